"""Documents of a service on a Swarm: their commands are `docker stack deploy` and `docker service`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from wizard.plan.context import PlanContext
from wizard.plan.docs.planner import plan
from wizard.plan.docs.swarm import as_swarm
from wizard.values.lean import replace
from wizard.values.spec import Channel, Deploy

Context = Callable[..., PlanContext]
COMPOSE = "docker compose -f infra/stack.yml"
INSIDE = 'docker exec -i "$(docker ps -q -f name=shop_{}. | head -n 1)" '


def files(target: str = "swarm") -> dict[str, str]:
    profile = "schema: 1\ncompose_files: [infra/stack.yml]\nedit_file: infra/stack.yml\nproject: shop\nprefix: x_\n"
    return {
        ".stack-wizard/stack.yaml": f"{profile}deploy_target: {target}\nredis: {{service: x_redis, port: 6379}}\n",
        "infra/stack.yml": "services:\n  x_redis: {image: 'redis:7'}\n  x_market: {image: 'a.example/b/market:1'}\n",
        "services/market/service.py": "from flask import Flask\napp = Flask(__name__)\n",
        "services/market/Dockerfile": "FROM python:3.11-slim\n",
    }


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            f"{COMPOSE} up -d --build x_market\n",
            f"{COMPOSE} build x_market\n{COMPOSE} push x_market\n"
            "docker stack deploy --with-registry-auth -c infra/stack.yml shop\n",
        ),
        (f"{COMPOSE} up -d x_market\n", "docker stack deploy --with-registry-auth -c infra/stack.yml shop\n"),
        (f"{COMPOSE} stop x_market\n", "docker service scale shop_x_market=0\n"),
        (f"{COMPOSE} ps x_market\n", "docker service ps shop_x_market\n"),
        (f"{COMPOSE} logs -f --tail=100 x_market\n", "docker service logs -f --tail=100 shop_x_market\n"),
        (f"{COMPOSE} exec x_redis sh -c 'redis-cli PING'\n", INSIDE.format("x_redis") + "sh -c 'redis-cli PING'\n"),
        (f"{COMPOSE} exec -T x_db psql < a.sql\n", INSIDE.format("x_db") + "psql < a.sql\n"),
        (
            f"{COMPOSE} build --build-arg A=1 x_market\n",
            f"{COMPOSE} build --build-arg A=1 x_market\n{COMPOSE} push x_market\n",
        ),
        ("port 8010, published on 127.0.0.1 only\n", "port 8010, in its networks only\n"),
        ("docker run --rm redis\n", "docker run --rm redis\n"),
        ("curl -sS http://127.0.0.1:9999/x\n", "curl -sS http://127.0.0.1:9999/x\n"),
    ],
)
def test_each_command_has_its_twin(tmp_path: Path, context_in: Context, before: str, after: str) -> None:
    assert as_swarm(before, context_in(tmp_path, "market", files(), port=8010)) == after


def test_a_request_is_made_from_inside(tmp_path: Path, context_in: Context) -> None:
    ctx = context_in(tmp_path, "market", files(), port=8010)
    text = as_swarm("curl -fsS http://127.0.0.1:8010/health | grep ok\n", ctx)
    assert text.startswith(INSIDE.format("x_market") + 'python -c "')
    assert "'/health'" in text
    assert text.endswith('" | grep ok\n')
    again = as_swarm(f"{COMPOSE} up -d --build --force-recreate x_market\n", ctx)
    assert again.startswith("docker service update --force shop_x_market\n")
    assert "docker service rollback shop_x_market" in again


def test_a_port_on_the_host_names_the_firewall(tmp_path: Path, context_in: Context) -> None:
    ctx = context_in(tmp_path, "market", files(), port=8010, deploy=Deploy(order="stop-first", publish="host"))
    assert "the nodes' firewall" in as_swarm("port 8010 on 127.0.0.1.\n", ctx)


def test_no_command_of_a_whole_document_is_left_to_compose(tmp_path: Path, context_in: Context) -> None:
    ctx = context_in(tmp_path, "market", files(), port=8010, inputs=(Channel("ticks"),))
    written = {edit.path: edit.after or "" for edit in plan(ctx).edits}
    text = "".join(written[path] for path in written if path.endswith(".md"))
    assert "docker stack deploy --with-registry-auth -c infra/stack.yml shop" in text
    assert "docker service logs" in text
    left = [line for line in text.splitlines() if line.strip().startswith("docker compose")]
    assert all(" build " in line or " push " in line for line in left)


def test_where_compose_starts_the_stack_nothing_is_exchanged(tmp_path: Path, context_in: Context) -> None:
    ctx = context_in(tmp_path, "market", files("compose"), port=8010)
    text = "".join(edit.after or "" for edit in plan(replace(ctx)).edits if edit.path.endswith(".md"))
    assert f"{COMPOSE} up -d" in text
    assert "docker service" not in text
