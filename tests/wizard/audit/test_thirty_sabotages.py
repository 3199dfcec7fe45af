"""Thirty sabotages, one an item: each breaks one thing of a finished service of the sample stack, on disk or seen
running, is caught by its item, and changes no other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from wizard.adapters.files.files import DiskFiles
from wizard.audit.audit import audit_service
from wizard.checklist import load
from wizard.session.sample import create_demo
from wizard.stack.infer.infer import infer
from wizard.stack.read import read_stack
from wizard.values.finding import Report

CHECKLIST = load()
LIVE = "seen running"
OBSERVED = ("4.3", "5.1", "5.2", "5.3", "7.1", "7.2", "7.3", "7.4", "7.5")
DIGEST = "@sha256:" + "5f" * 32
DEV = "infrastructure/compose/dev.yml"
SCHEMA = "infrastructure/database/schema.sql"
SEED = "infrastructure/database/seed.sql"


def open_items(report: Report) -> dict[str, str]:
    return {f.item: str(f.status) for f in report.findings if not f.done}


class Lab:
    """A finished `risk` with digest and seed rows; one text at a time is changed and put back."""

    def __init__(self, root: Path) -> None:
        self.files = DiskFiles(root)
        dockerfile = "services/risk/Dockerfile"
        self.change(dockerfile, "FROM python:3.11-slim\n", f"FROM python:3.11-slim{DIGEST}\n")
        rows = "INSERT INTO risk_decisions (event_id, symbol, approved) VALUES ('seed', 'BTCUSDT', false)"
        self.files.write(SEED, f"{self.files.read(SEED)}\n{rows}\nON CONFLICT DO NOTHING;\n")
        facts = read_stack(self.files)
        self.spec = replace(infer(facts, "risk").spec, seed=True)

    def change(self, path: str, old: str, new: str, after: str = "") -> str:
        """Replace `old` (its first occurrence behind `after`) and return the text before."""
        text = self.files.read(path) if self.files.exists(path) else ""
        start = text.index(after)
        assert old in text[start:], (path, old)
        self.files.write(path, text[:start] + text[start:].replace(old, new, 1))
        return text

    def report(self, observations: list[Any]) -> Report:
        facts = read_stack(self.files)
        return audit_service(facts, facts.service("risk"), self.spec, CHECKLIST, tuple(observations))


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    return Lab(create_demo(tmp_path_factory.mktemp("lab") / "stack", author=("Ada", "ada@example.org")))


RISK = "services/risk/"
HEALTH = """\
        dependencies = {"redis": bus.state(), "postgres": store.state()}
        ok = all(state == "ok" for state in dependencies.values())
        body = jsonify(status="ok" if ok else "degraded", service=NAME, dependencies=dependencies)
        return body, 200 if ok else 503
"""
HANDLER = """\
    reason = _refusal(event)
    quantity = 0.0 if reason else round(max_quantity * min(event.strength, 1.0), 4)
    return Order(
        id=event.id,
        time=event.time,
        symbol=event.symbol,
        side=event.side,
        quantity=quantity,
        approved=not reason,
        reason=reason,
    )
"""
TWICE = "CREATE TABLE IF NOT EXISTS risk_decisions (id bigint);\n\n-- execution\n"
BLOCK = "    cdb_risk:\n"
ALWAYS_OK = '        return jsonify(status="ok", service=NAME), 200\n'
PASSWORD = 'redis_password: SecretStr = Field(validation_alias="redis_password")'
LEAKED = 'redis_password: SecretStr = Field(default="hunter2", validation_alias="redis_password")'
UNIT = "tests/unit/risk/test_risk_logic.py"
CONDITION = "cdb_postgres:\n                condition: service_healthy"
# item: (status, path, text, what it becomes, behind which text)
SABOTAGES: dict[str, tuple[str, str, str, str, str]] = {
    "1.1": ("broken", f"{RISK}service.py", HEALTH, ALWAYS_OK, ""),
    "1.2": ("broken", f"{RISK}logic.py", HANDLER, "    raise NotImplementedError\n", ""),
    "1.3": ("broken", f"{RISK}models.py", '("signals",)', '("signal",)', ""),
    "1.4": ("broken", f"{RISK}models.py", "from pydantic.dataclasses", "from dataclasses", ""),
    "1.5": ("broken", f"{RISK}config.py", PASSWORD, LEAKED, ""),
    "2.1": ("broken", f"{RISK}Dockerfile", "USER 10001:10001\n", "", ""),
    "2.2": ("broken", f"{RISK}Dockerfile", "127.0.0.1:8002", "127.0.0.1:8003", ""),
    "2.3": ("unmet", f"{RISK}Dockerfile", DIGEST, "", ""),
    "2.4": ("broken", f"{RISK}requirements.txt", "waitress==3.0.2\n", "", ""),
    "3.1": ("broken", DEV, "../../services/risk", "../../services/risc", BLOCK),
    "3.2": ("broken", DEV, "RISK_MAX_QUANTITY:", "RISK_MAX_QUANTTY:", BLOCK),
    "3.3": ("broken", DEV, CONDITION, CONDITION.replace("healthy", "started"), BLOCK),
    "3.4": ("broken", DEV, "127.0.0.1:8002/health", "127.0.0.1:8003/health", BLOCK),
    "3.5": ("broken", DEV, '"127.0.0.1:8002:8002"', '"8002:8002"', BLOCK),
    "4.1": ("broken", SCHEMA, "-- execution\n", TWICE, ""),
    "4.2": ("broken", SEED, "\nON CONFLICT DO NOTHING;", ";", "risk_decisions"),
    "5.1": ("broken", "tests/unit/risk/test_risk_service.py", "class Part:", "class Part(:", ""),
    "5.2": ("broken", "tests/integration/risk/test_risk_store.py", "def test_", "def check_", ""),
    "5.3": ("broken", "tests/e2e/risk/test_risk_flow.py", "def test_", "def check_", ""),
    "5.4": ("broken", UNIT, "pytestmark = pytest.mark.unit\n", "", ""),
    "6.1": ("broken", f"{RISK}README.md", "**Port**: 8002", "**Port**: 8020", ""),
    "6.2": ("broken", f"{RISK}README.md", "`/metrics`", "`/stats`", ""),
    "6.3": ("unmet", f"{RISK}README.md", "`docker compose -p cdb ps cdb_redis`; t", "T", ""),
    "6.4": ("broken", "DOCKER_STACK_RUNBOOK.md", "dc stop cdb_risk", "dc stop risk_service", ""),
    "4.3": ("broken", LIVE, "permission denied to create database", "", ""),
    "7.1": ("broken", LIVE, "ended with exit code 1", "", ""),
    "7.2": ("broken", LIVE, "503 redis: down", "", ""),
    "7.3": ("broken", LIVE, "nobody of that name among 3 connections", "", ""),
    "7.4": ("broken", LIVE, "no answer within 10 s", "", ""),
    "7.5": ("broken", LIVE, "2 lines at ERROR", "", ""),
}


def test_before_any_sabotage_nothing_is_open(lab: Lab, passed: Callable[..., Any]) -> None:
    assert open_items(lab.report([passed(live) for live in OBSERVED])) == {}


@pytest.mark.parametrize("item", sorted(SABOTAGES))
def test_a_sabotage_is_caught_by_its_item_alone(
    item: str, lab: Lab, passed: Callable[..., Any], request: pytest.FixtureRequest
) -> None:
    status, path, old, new, after = SABOTAGES[item]
    observations = [passed(live) for live in OBSERVED if (live, path) != (item, LIVE)]
    if path == LIVE:
        observations.append(passed(item, False, result=old))
    else:
        text = lab.change(path, old, new, after)
        request.addfinalizer(lambda: lab.files.write(path, text))
        if item in ("5.2", "5.3"):
            lab.files.write(path, text.replace(old, new))
    report = lab.report(observations)
    finding = report.finding(item)
    assert open_items(report) == {item: status}, [(f.item, f.summary) for f in report.findings if not f.done]
    assert any(source.path for source in finding.sources)
    assert old in finding.summary or path != LIVE


def test_every_item_has_its_sabotage() -> None:
    assert sorted(SABOTAGES) == sorted(item.id for item in CHECKLIST.items)
    assert len(SABOTAGES) == 30
