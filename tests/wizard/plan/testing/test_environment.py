"""How generated tests start a service that people wrote: with the test run's servers, without the stack's secrets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from wizard.plan.testing import planner as testing
from wizard.plan.testing.environment import STAND_IN, environment_of, fixed_hosts, server_variables

COMPOSE = """\
services:
  cache:
    image: redis:7-alpine
    container_name: desk_cache
    command: ["sh", "-c", "exec redis-server --requirepass \\"$$DESK_PW\\""]
    environment:
      DESK_PW: ${DESK_PW}
  orders:
    build: services/orders
    env_file: [orders.env]
    environment:
%s
    ports:
      - "127.0.0.1:8077:8077"
"""
CODE = """\
import os
import redis
from flask import Flask

app = Flask(__name__)
client = redis.Redis(host=os.environ["QUEUE_HOST"], port=int(os.environ.get("QUEUE_PORT", "6379")))


@app.get("/health")
def health():
    client.ping()
    return "ok"


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=%s)
"""


def stack(*lines: str, port: str = "8077") -> dict[str, str]:
    return {
        "docker-compose.yml": COMPOSE % "\n".join(f"      {line}" for line in lines),
        ".env": "DESK_PW=s3cr3t-of-the-desk\nMODE=fast\n",
        "orders.env": "API_TOKEN=t0ken-of-the-desk\nREGION=eu\n",
        "services/orders/service.py": CODE % port,
        "services/orders/requirements.txt": "flask\nredis\n",
        "services/orders/Dockerfile": 'FROM python:3.11-slim\nCOPY . .\nCMD ["python", "service.py"]\n',
    }


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("CACHE_SECRET: ${DESK_PW}", "CACHE_SECRET", STAND_IN),
        ("ANYTHING: ${DB_PASSWORD:-s3cr3t-of-the-desk}", "ANYTHING", STAND_IN),
        ("LEDGER: http://me:s3cr3t-of-the-desk@ledger:80/x", "LEDGER", STAND_IN),
        ("QUEUE_HOST: cache", "API_TOKEN", STAND_IN),
        ("SPEED: ${MODE}", "SPEED", "fast"),
        ("QUEUE_HOST: cache", "REGION", "eu"),
        ("API_TOKEN_FILE: /run/secrets/api", "API_TOKEN_FILE", "/run/secrets/api"),
    ],
)
def test_no_secret_of_the_stack_gets_into_a_test(
    context_in: Any, tmp_path: Path, line: str, name: str, value: str
) -> None:
    ctx = context_in(tmp_path, "orders", stack(line))
    assert {setting.name: setting.value for setting in environment_of(ctx)}[name] == value
    text = "".join(edit.after or "" for edit in testing.plan(ctx).edits)
    assert name in text
    assert "of-the-desk" not in text


@pytest.mark.parametrize(
    ("line", "name", "expression"),
    [
        ("QUEUE_HOST: cache", "QUEUE_HOST", 'REDIS.hostname or ""'),
        ("QUEUE_HOST: desk_cache", "QUEUE_HOST", 'REDIS.hostname or ""'),
        ("QUEUE_HOST: cache", "QUEUE_PORT", "str(REDIS.port or 6379)"),
        ("BROKER: redis://cache:6379/0", "BROKER", "REDIS.geturl()"),
        ("CACHE_SECRET: ${DESK_PW}", "CACHE_SECRET", 'unquote(REDIS.password or "")'),
        ("QUEUE_HOST: elsewhere", "QUEUE_HOST", None),
    ],
)
def test_what_leads_to_a_server_is_told_by_its_value(
    context_in: Any, tmp_path: Path, line: str, name: str, expression: str | None
) -> None:
    assert dict(server_variables(context_in(tmp_path, "orders", stack(line)))).get(name) == expression


@pytest.mark.parametrize(("port", "fixed"), [("8077", True), ('int(os.environ.get("PORT", "8077"))', False)])
def test_a_port_that_nothing_moves_is_taken_as_it_is(context_in: Any, tmp_path: Path, port: str, fixed: bool) -> None:
    changes = testing.plan(context_in(tmp_path, "orders", stack("QUEUE_HOST: cache", port=port)))
    process = next(edit.after or "" for edit in changes.edits if edit.path.endswith("_process.py"))
    assert ("port = 8077" in process) is fixed
    assert ("port = free_port()" in process) is not fixed
    compile(process, "x", "exec")


@pytest.mark.parametrize(
    ("client", "hosts"),
    [
        ('redis.Redis(host="cache")', ("cache",)),
        ('redis.Redis("desk_cache", 6379)', ("desk_cache",)),
        ('redis.from_url("redis://cache:6379/0")', ("cache",)),
        ("redis.Redis(host=REDIS_HOST)", ("cache",)),
        ('redis.Redis(host=os.environ.get("QUEUE_HOST", "cache"))', ("cache",)),
        ('redis.Redis(host=os.environ.get("QUEUE_HOST", "cache"), port=os.environ["QUEUE_PORT"])', ()),
        ('redis.Redis(host=os.environ.get("QUEUE_HOST", "elsewhere.example"))', ()),
        ('redis.Redis(host="elsewhere.example")', ()),
        ('redis.Redis(host=os.environ["QUEUE_HOST"], client_name="cache")', ()),
    ],
)
def test_a_host_that_no_variable_moves_is_moved_by_the_test(
    tmp_path: Path, context_in: Any, client: str, hosts: tuple[str, ...]
) -> None:
    files = stack()
    old = 'redis.Redis(host=os.environ["QUEUE_HOST"], port=int(os.environ.get("QUEUE_PORT", "6379")))'
    constant = 'REDIS_HOST = "cache"\n' if "REDIS_HOST)" in client else ""
    path = "services/orders/service.py"
    files[path] = files[path].replace(f"client = {old}", f"{constant}client = {client}")
    ctx = context_in(tmp_path, "orders", files)
    assert fixed_hosts(ctx) == tuple((host, "REDIS") for host in hosts)
    text = str(next(edit.after for edit in testing.plan(ctx).edits if edit.path.endswith("_process.py")))
    compile(text, "test.py", "exec")
    assert ("sitecustomize.py" in text) is bool(hosts)
