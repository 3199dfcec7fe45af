"""Phase 3's planner on stacks that were read from disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from wizard.plan.compose.planner import plan
from wizard.plan.context import PlanContext
from wizard.syntax.yaml import parse, path
from wizard.syntax.yaml_data import Data, data
from wizard.values.edit import ChangeSet
from wizard.values.spec import Channel, Column, Table, Variable

ReadContext = Callable[..., PlanContext]
HEAD = """\
services:
  redis:
    image: redis:7
    healthcheck: {test: ["CMD", "redis-cli", "ping"]}

"""
APP = """\
import os
from flask import Flask
import redis

PORT = int(os.getenv("MARKET_PORT", "8005"))
WINDOW = os.environ["MARKET_WINDOW"]
client = redis.Redis(host=os.environ["MARKET_REDIS_HOST"])
app = Flask(__name__)


@app.get("/health")
def health():
    client.ping()
    return {"status": "ok"}


def main():
    app.run(port=PORT)
"""
DOCKER = 'FROM python:3.11-slim\nCOPY . /app\nCMD ["python", "-m", "market.service"]\n'
REGISTRY = "# Ports\n\n- 8001: Core Service\n- 8005: (reserved)\n- 8006: Other Service\n"


def _stack(block: str, **more: str) -> dict[str, str]:
    return {
        "compose.yml": HEAD + block,
        "services/market/service.py": APP,
        "services/market/Dockerfile": DOCKER,
        "services/core/service.py": "from flask import Flask\napp = Flask(__name__)\n",
        "services/core/Dockerfile": DOCKER.replace("market", "core"),
        "FUTURE_SERVICES.md": REGISTRY,
        **more,
    }


def _after(changes: ChangeSet, file: str = "compose.yml") -> str:
    return next(edit.after or "" for edit in changes.edits if edit.path == file)


def _service(text: str, key: str = "market") -> dict[Data, Data]:
    found = data(path(parse(text), "services", key))
    assert isinstance(found, dict)
    return found


def test_a_new_block_and_its_registry_line(tmp_path: Path, context_in: ReadContext) -> None:
    ctx = context_in(tmp_path, "market", _stack(""), port=8005, inputs=(Channel("a"),))
    changes = plan(ctx)
    before = ctx.text("compose.yml") or ""
    assert _after(changes).startswith(before.rstrip("\n"))
    service = _service(_after(changes))
    assert service["ports"] == ["127.0.0.1:8005:8005"]
    assert service["environment"] == {"MARKET_PORT": "8005", "MARKET_REDIS_HOST": "redis"}
    assert service["depends_on"] == {"redis": {"condition": "service_healthy"}}
    assert _after(changes, "FUTURE_SERVICES.md") == REGISTRY.replace("(reserved)", "Market Service")
    assert [(r.item, r.path) for r in changes.refusals] == [("compose-environment", "compose.yml")]
    assert "MARKET_WINDOW" in changes.refusals[0].paste


def test_values_the_spec_gives_are_set(tmp_path: Path, context_in: ReadContext) -> None:
    ctx = context_in(tmp_path, "market", _stack(""), port=8005, variables=(Variable("MARKET_WINDOW", None, "$5"),))
    changes = plan(ctx)
    assert changes.refusals == ()
    assert _service(_after(changes))["environment"] == {
        "MARKET_PORT": "8005",
        "MARKET_REDIS_HOST": "redis",
        "MARKET_WINDOW": "$$5",
    }


BLOCK = """\
  market:
    build: ./services/market   # its own image
    environment:
      - MARKET_REDIS_HOST=redis
      - 'MARKET_WINDOW=5'
    ports:
      - 8006:8005  # not the reserved one
    depends_on:
      - redis
    healthcheck:
      test: curl -f http://localhost:8006/health
    # the end
"""


def test_a_block_that_is_there_gets_the_least_edits(tmp_path: Path, context_in: ReadContext) -> None:
    ctx = context_in(tmp_path, "market", _stack(BLOCK), port=8005)
    changes = plan(ctx)
    python = "import urllib.request as r; r.urlopen('http://127.0.0.1:8005/health', timeout=4)"
    assert _after(changes) == HEAD + BLOCK.replace("- 8006:8005", "- 127.0.0.1:8005:8005").replace(
        "      - redis\n    health", "      redis:\n        condition: service_healthy\n    health"
    ).replace(
        " curl -f http://localhost:8006/health",
        f'\n        - CMD\n        - python\n        - -c\n        - "{python}"',
    )
    assert changes.refusals == ()


def test_missing_keys_are_added_in_the_blocks_style(tmp_path: Path, context_in: ReadContext) -> None:
    block = "  market:\n    build: ./services/market\n    environment:\n      MARKET_WINDOW: '5'\n"
    ctx = context_in(tmp_path, "market", _stack(block), port=8005)
    text = _after(plan(ctx))
    assert text.startswith(HEAD + block + "      MARKET_REDIS_HOST: 'redis'\n")
    service = _service(text)
    assert list(service) == ["build", "environment", "depends_on", "healthcheck", "ports"]


def test_a_good_block_is_not_touched(tmp_path: Path, context_in: ReadContext) -> None:
    files = _stack("", **{"FUTURE_SERVICES.md": REGISTRY.replace("(reserved)", "Market Service")})
    spec = {"port": 8005, "variables": (Variable("MARKET_WINDOW", "5"),)}
    first = plan(context_in(tmp_path, "market", files, **spec))
    files["compose.yml"] = _after(first)
    again = plan(context_in(tmp_path, "market", files, **spec))
    assert again.edits == () and again.refusals == ()


@pytest.mark.parametrize(
    ("entry", "wanted"),
    [
        ("- 8005:8005", "- 127.0.0.1:8005:8005"),
        ('- "0.0.0.0:8005:8005"', '- "127.0.0.1:8005:8005"'),
        ("- '${P:-8005}:8005/tcp'", "- '127.0.0.1:${P:-8005}:8005/tcp'"),
        ('- "8005"', '- "127.0.0.1:8005:8005"'),
        ("- {target: 8005, published: 8005}", '- {target: 8005, published: 8005, host_ip: "127.0.0.1"}'),
        (
            "- target: 8005\n        published: '8006'\n        host_ip: 0.0.0.0",
            "- target: 8005\n        published: '8005'\n        host_ip: 127.0.0.1",
        ),
    ],
)
def test_ports_are_corrected_in_their_own_form(
    tmp_path: Path, context_in: ReadContext, entry: str, wanted: str
) -> None:
    block = f"  market:\n    build: ./services/market\n    ports:\n      {entry}\n      - 9090:9090\n"
    changes = plan(context_in(tmp_path, "market", _stack(block), port=8005))
    text = _after(changes)
    assert wanted in text
    assert '- "127.0.0.1:9090:9090"' in text or "- 127.0.0.1:9090:9090" in text


def test_a_port_of_somebody_else_is_refused(tmp_path: Path, context_in: ReadContext) -> None:
    changes = plan(context_in(tmp_path, "market", _stack(""), port=8006))
    refused = next(r for r in changes.refusals if r.item == "compose-ports")
    assert (refused.path, refused.line) == ("FUTURE_SERVICES.md", 5)
    assert "Other Service" in refused.reason


def test_what_comes_from_an_anchor_is_refused(tmp_path: Path, context_in: ReadContext) -> None:
    block = (
        "  market:\n    <<: &shared\n      environment:\n        A: b\n    build: ./services/market\n"
        "  other:\n    <<: *shared\n    image: x\n"
    )
    changes = plan(context_in(tmp_path, "market", _stack(block), port=8005))
    assert {r.item for r in changes.refusals} >= {"compose-environment"}
    assert "A: b" in _after(changes)
    assert data(path(parse(_after(changes)), "services", "other")) == {"environment": {"A": "b"}, "image": "x"}


def test_a_commented_out_block_stays_and_is_named(tmp_path: Path, context_in: ReadContext) -> None:
    old = '  # market:\n  #   build: ./services/market\n  #   ports: ["8005:8005"]\n'
    ctx = context_in(tmp_path, "market", _stack(old), port=8005)
    changes = plan(ctx)
    assert old in _after(changes)
    assert any("commented-out" in note for note in changes.notes)


def test_a_broken_compose_file_is_refused_with_its_line(tmp_path: Path, context_in: ReadContext) -> None:
    ctx = context_in(tmp_path, "market", _stack("  bad: [\n"), port=8005)
    refusals = plan(ctx).refusals
    assert refusals and refusals[0].line > 0 and "cannot be read" in refusals[0].reason


def test_a_service_without_a_port_gets_no_block(tmp_path: Path, context_in: ReadContext) -> None:
    changes = plan(context_in(tmp_path, "market", _stack(""), port=0))
    assert changes.edits == ()
    assert "no port" in changes.refusals[0].reason


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            {"compose.dbg.yml": "services:\n  market:\n    build: ./services/market\n"},
            "compose.dbg.yml:2 has a service",
        ),
        (
            {
                ".env": "COMPOSE_FILE=compose.yml:more.yml\n",
                "more.yml": HEAD + "  core:\n    build: ./services/core\n",
                "compose.yml": HEAD + "  api:\n    build: ./services/core\n",
            },
            "compose.yml and more.yml are equally likely",
        ),
    ],
)
def test_a_block_goes_nowhere_when_its_place_is_a_guess_or_it_stands_elsewhere(
    tmp_path: Path, context_in: ReadContext, more: dict[str, str], said: str
) -> None:
    changes = plan(context_in(tmp_path, "market", {**_stack(""), **more}, port=8005))
    assert changes.edits == ()
    refused = next(refusal for refusal in changes.refusals if refusal.item == "compose-service")
    assert said in refused.reason
    assert "build:" in refused.paste


@pytest.mark.parametrize("second", ["services:\n  mail:\n    image: mail  # last\n", "volumes: {data: {}}\n...\n"])
def test_a_new_block_goes_into_the_document_with_the_services(
    tmp_path: Path, context_in: ReadContext, second: str
) -> None:
    files = _stack("")
    text = files["compose.yml"] + "---\n" + second
    changes = plan(context_in(tmp_path, "market", {**files, "compose.yml": text}, port=8005))
    after = _after(changes)
    assert after.endswith("\n---\n" + second)
    assert after.startswith(HEAD.rstrip("\n"))
    assert _service(after.split("---\n")[0])["ports"] == ["127.0.0.1:8005:8005"]


def test_a_block_in_a_later_document_is_edited_there(tmp_path: Path, context_in: ReadContext) -> None:
    files = _stack("---\n# more\nservices:\n" + BLOCK + "---\nservices: {mail: {image: mail}}\n")
    after = _after(plan(context_in(tmp_path, "market", files, port=8005)))
    first, second, third = after.split("---\n")
    assert (first, third) == (HEAD, "services: {mail: {image: mail}}\n")
    assert second.startswith("# more\nservices:\n  market:\n    build: ./services/market   # its own image\n")
    assert "- 127.0.0.1:8005:8005  # not the reserved one" in second


@pytest.mark.parametrize(
    ("given", "own", "free"),
    [
        ("[cache]", "", True),
        ("\n      - cache\n      - web", "", True),
        ("[cache]", "[web]", True),
        ("[cache, web]", "[web]", False),
        ("[]", "", False),
    ],
)
def test_a_dependency_of_a_profile_may_be_left_out(
    tmp_path: Path, context_in: ReadContext, given: str, own: str, free: bool
) -> None:
    """As docker-compose 5 takes it: without `required: false` it refuses files whose dependency is switched off."""
    block = f"  market:\n    build: ./services/market\n    profiles: {own}\n" if own else ""
    files = _stack(block)
    files["compose.yml"] = files["compose.yml"].replace("redis:7\n", f"redis:7\n    profiles: {given}\n")
    service = _service(_after(plan(context_in(tmp_path, "market", files, port=8005, inputs=(Channel("a"),)))))
    assert service["depends_on"] == {"redis": {"condition": "service_healthy"} | ({"required": False} if free else {})}


OPEN = """\
services:
  db:
    image: postgres:16
    environment:
      - POSTGRES_PASSWORD=hunter2
  redis:
    image: redis:7
    command: redis-server --requirepass hunter2
"""


@pytest.mark.parametrize(
    ("servers", "secrets"),
    [
        (OPEN, {"postgres_password": "POSTGRES_PASSWORD", "redis_password": "REDIS_PASSWORD"}),
        (
            OPEN.replace("hunter2\n  redis", "${DB_PW:?set it}\n  redis"),
            {"db_pw": "DB_PW", "redis_password": "REDIS_PASSWORD"},
        ),
        (OPEN.replace(" --requirepass hunter2", ""), {"postgres_password": "POSTGRES_PASSWORD"}),
    ],
)
def test_a_password_that_stands_open_is_handed_over_by_a_secret(
    tmp_path: Path, context_in: ReadContext, servers: str, secrets: dict[str, str]
) -> None:
    """The password is not written a second time, and the service gets what its own audit asks for."""
    made = {"port": 8005, "inputs": (Channel("a"),), "tables": (Table("ticks", (Column("symbol"),)),)}
    changes = plan(context_in(tmp_path, "market", {"compose.yml": servers}, **made))
    text = _after(changes)
    declared = "".join(f"  {name}:\n    environment: {variable}\n" for name, variable in secrets.items())
    assert sorted(text.partition("\nsecrets:\n")[2].splitlines()) == sorted(declared.splitlines())
    assert sorted(map(str, _service(text)["secrets"])) == sorted(secrets)  # type: ignore[arg-type]
    assert text.count("hunter2") == servers.count("hunter2")
    said = [note for note in changes.notes if "stands open" in str(note)]
    assert len(said) == servers.count("hunter2") and "hunter2" not in repr(said)
