"""The audit over the real sample stack: the finished services, the three half-finished ones, and thirty sabotages of
files on disk, each caught by its item and by no other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from wizard.adapters.files import DiskFiles
from wizard.audit.audit import audit_service, audit_stack
from wizard.audit.matrix import matrix
from wizard.audit.ports import choose_port, port_table
from wizard.checklist import load
from wizard.session.sample import create_demo
from wizard.stack.infer import infer
from wizard.stack.read import read_stack
from wizard.values.facts import StackFacts
from wizard.values.finding import Report, Status
from wizard.values.spec import ServiceSpec

CHECKLIST = load()
LIVE = ("4.3", "5.1", "5.2", "5.3", "7.1", "7.2", "7.3", "7.4", "7.5")
COMPLETE = ("core", "risk", "execution", "ws")
DIGEST = "@sha256:" + "5f" * 32
DEV = "infrastructure/compose/dev.yml"
SCHEMA = "infrastructure/database/schema.sql"
SEED = "infrastructure/database/seed.sql"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return create_demo(tmp_path_factory.mktemp("demo") / "stack", author=("Ada", "ada@example.org"))


@pytest.fixture(scope="module")
def facts(demo: Path) -> StackFacts:
    return read_stack(DiskFiles(demo))


@pytest.fixture(scope="module")
def reports(facts: StackFacts) -> dict[str, Report]:
    specs = [infer(facts, service.name).spec for service in facts.services]
    return {report.service: report for report in audit_stack(facts, specs, CHECKLIST)}


def open_items(report: Report) -> dict[str, str]:
    return {f.item: str(f.status) for f in report.findings if not f.done}


@pytest.mark.parametrize("name", COMPLETE)
def test_a_finished_service_lacks_only_what_must_be_seen_running(name: str, reports: dict[str, Report]) -> None:
    report = reports[name]
    wanted = {item: "unknown" for item in ("1.2", *LIVE) if report.finding(item).status is not Status.NA}
    assert open_items(report) == {**wanted, "2.3": "unmet"}
    assert report.contradictions == ()


def test_market_is_a_stub_that_probes_another_services_port(reports: dict[str, Report]) -> None:
    report = reports["market"]
    assert {i: report.finding(i).status for i in ("1.1", "1.2", "1.3", "1.5", "2.1", "2.2", "3.1")} == {
        "1.1": "met",
        "1.2": "broken",
        "1.3": "unmet",
        "1.5": "unmet",
        "2.1": "broken",
        "2.2": "broken",
        "3.1": "unmet",
    }
    (found,) = report.contradictions
    values = {value for value, _ in found.says}
    assert (found.topic, values) == ("port", {"8005", "8006"})
    assert "services/market/Dockerfile" in {source.path for _, source in found.says}


def test_allocations_block_is_commented_out(reports: dict[str, Report]) -> None:
    finding = reports["allocation"].finding("3.1")
    assert finding.status is Status.BROKEN
    assert finding.summary.startswith(f"its block is commented out ({DEV}:")
    assert [reports["allocation"].finding(item).status for item in ("1.1", "1.3", "1.4", "1.5")] == ["met"] * 4


def test_regime_requires_what_nobody_sets(reports: dict[str, Report]) -> None:
    finding = reports["regime"].finding("1.5")
    assert finding.status is Status.BROKEN
    assert "nobody sets" in finding.summary and "dies while it is imported" in finding.summary
    assert all(source.line for source in finding.sources[:-1])


def test_every_finding_shows_where(reports: dict[str, Report]) -> None:
    for report in reports.values():
        for finding in report.findings:
            assert finding.sources or finding.observations, (report.service, finding.item)
            assert finding.done or finding.hint, (report.service, finding.item)


def test_ports_and_matrix_agree_with_the_document(facts: StackFacts, reports: dict[str, Report]) -> None:
    assert not [row for row in port_table(facts) if row.conflicts]
    assert [line.service for line in matrix(facts, reports.values()) if line.differs] == []
    assert choose_port(facts, "market") == 8005
    assert choose_port(facts, "alpha") == 8008


# -- sabotages ---------------------------------------------------------------------------------------------------------


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
}


def test_before_any_sabotage_nothing_is_open(lab: Lab, passed: Callable[..., Any]) -> None:
    assert open_items(lab.report([passed(live) for live in LIVE])) == {}


@pytest.mark.parametrize("item", SABOTAGES)
def test_a_sabotage_on_disk_is_caught_by_its_item_alone(
    item: str, lab: Lab, passed: Callable[..., Any], request: pytest.FixtureRequest
) -> None:
    status, path, old, new, after = SABOTAGES[item]
    observations = [passed(live) for live in LIVE]
    everywhere = item in ("5.2", "5.3")
    text = lab.change(path, old, new, after)
    request.addfinalizer(lambda: lab.files.write(path, text))
    if everywhere:
        lab.files.write(path, text.replace(old, new))
    report = lab.report(observations)
    assert open_items(report) == {item: status}, [(f.item, f.summary) for f in report.findings if not f.done]
    assert any(source.path for source in report.finding(item).sources)


@pytest.mark.parametrize("item", ["4.3", "7.1", "7.2", "7.3", "7.4", "7.5"])
def test_a_live_failure_is_caught_by_its_item_alone(item: str, lab: Lab, passed: Callable[..., Any]) -> None:
    report = lab.report([passed(live, live != item) for live in LIVE])
    assert open_items(report) == {item: "broken"}


def test_thirty_sabotages() -> None:
    assert len(SABOTAGES) + 6 == len(CHECKLIST.items) == 30


def test_a_service_that_does_not_exist(facts: StackFacts) -> None:
    report = audit_service(facts, None, ServiceSpec("alpha", "new", 8008), CHECKLIST)
    assert {f.status for f in report.findings if f.item[0] != "4"} == {Status.UNMET}
