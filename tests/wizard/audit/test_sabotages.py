"""A second way to break each item that needs nothing running, in facts (the table of thirty on disk is in
test_thirty_sabotages.py): caught by its item, and by no other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from wizard.values.facts.code import Model, PythonFile, TestFunction
from wizard.values.facts.compose import DependsOn, EnvEntry, PublishedPort
from wizard.values.facts.documents import SqlFacts, SqlStatement
from wizard.values.finding import Status
from wizard.values.source import Fact, Problem, Source

LIVE = ("4.3", "5.1", "5.2", "5.3", "7.1", "7.2", "7.3", "7.4", "7.5")
DEV = "infrastructure/compose/dev.yml"
SCHEMA = "infrastructure/database/schema.sql"
SEED = "infrastructure/database/seed.sql"


def own(filename: str, line: int = 1) -> Source:
    return Source(f"services/market/{filename}", line)


def file(case: Any, name: str) -> PythonFile:
    found = case.service.module(name)
    assert found is not None
    return found  # type: ignore[no-any-return]


def always_ok(case: Any) -> Any:
    health, metrics = file(case, "service.py").routes
    return case.file("service.py", routes=(replace(health, static_ok=True), metrics))


def stub(case: Any) -> Any:
    handler = file(case, "logic.py").functions[0]
    return case.file("logic.py", functions=(replace(handler, placeholder="only logs"),))


def other_channel(case: Any) -> Any:
    uses = file(case, "bus.py").redis
    return case.file("bus.py", redis=tuple(replace(u, value="quotez") if u.kind == "subscribe" else u for u in uses))


def plain_models(case: Any) -> Any:
    return case.file("models.py", models=(Model("Quote", "stdlib_dataclass", (), own("models.py", 9)),))


def leaked_default(case: Any) -> Any:
    variables = file(case, "config.py").variables
    return case.file(
        "config.py",
        variables=tuple(replace(v, default="hunter2", required=False) if v.secret else v for v in variables),
    )


def no_user(case: Any) -> Any:
    return case.dockerfile(user=None, created_users=(("app", 1000),))


def probes_another_port(case: Any) -> Any:
    return case.dockerfile(healthcheck=replace(case.service.dockerfile.healthcheck, port=8006))


def tag_only(case: Any) -> Any:
    return case.dockerfile(bases=(replace(case.service.dockerfile.bases[0], digest=""),))


def forgotten_requirement(case: Any) -> Any:
    wanted = case.service.requirements
    return case.market(requirements=replace(wanted, requirements=wanted.requirements[1:]))


def wrong_dockerfile(case: Any) -> Any:
    return case.compose(dockerfile=Fact("services/market/Dockerfile.dev", Source(DEV, 11)))


def plain_password(case: Any) -> Any:
    entry = EnvEntry("MARKET_REDIS_PASSWORD", "hunter2", "hunter2", Source(DEV, 16))
    return case.compose(environment=(*case.service.compose.environment, entry))


def short_form(case: Any) -> Any:
    first, second = case.service.compose.depends_on
    return case.compose(depends_on=(DependsOn(first.service, "", first.source), second))


def compose_probes_another(case: Any) -> Any:
    return case.compose(healthcheck=replace(case.service.compose.healthcheck, port=8080))


def open_to_all(case: Any) -> Any:
    return case.compose(ports=(PublishedPort("", 8005, 8005, "8005:8005", Source(DEV, 30)),))


def schema_syntax(case: Any) -> Any:
    schema, seed = case.facts.sql
    return case.stack(sql=(replace(schema, problems=(Problem("syntax error at CREAT", Source(SCHEMA, 9)),)), seed))


def unguarded_seed(case: Any) -> Any:
    schema, _ = case.facts.sql
    return case.stack(sql=(schema, SqlFacts(SEED, (SqlStatement("insert", "quotes", False, Source(SEED, 2)),))))


def unreadable_test(case: Any) -> Any:
    path = "tests/unit/market/test_market_models.py"
    bad = PythonFile(path, problems=(Problem("invalid syntax", Source(path, 3)),))
    return case.tests("unit", *case.service.tests["unit"], bad)


def nothing_collected(kind: str) -> Callable[[Any], Any]:
    def spoil(case: Any) -> Any:
        return case.tests(kind, PythonFile(f"tests/{kind}/market/test_market_{kind}.py"))

    return spoil


def unmarked(case: Any) -> Any:
    path = "tests/e2e/market/test_market_e2e.py"
    bare = TestFunction("test_bare", (), frozenset(), Source(path, 20))
    return case.tests("e2e", replace(case.service.tests["e2e"][0], tests=(*case.service.tests["e2e"][0].tests, bare)))


STATIC: dict[str, tuple[Status, Callable[[Any], Any]]] = {
    "1.1": (Status.BROKEN, always_ok),
    "1.2": (Status.BROKEN, stub),
    "1.3": (Status.BROKEN, other_channel),
    "1.4": (Status.BROKEN, plain_models),
    "1.5": (Status.BROKEN, leaked_default),
    "2.1": (Status.BROKEN, no_user),
    "2.2": (Status.BROKEN, probes_another_port),
    "2.3": (Status.UNMET, tag_only),
    "2.4": (Status.BROKEN, forgotten_requirement),
    "3.1": (Status.BROKEN, wrong_dockerfile),
    "3.2": (Status.BROKEN, plain_password),
    "3.3": (Status.BROKEN, short_form),
    "3.4": (Status.BROKEN, compose_probes_another),
    "3.5": (Status.BROKEN, open_to_all),
    "4.1": (Status.BROKEN, schema_syntax),
    "4.2": (Status.BROKEN, unguarded_seed),
    "5.1": (Status.BROKEN, unreadable_test),
    "5.2": (Status.BROKEN, nothing_collected("integration")),
    "5.3": (Status.BROKEN, nothing_collected("e2e")),
    "5.4": (Status.BROKEN, unmarked),
    "6.1": (Status.BROKEN, lambda case: case.readme("Port: `8005`", "Port: `8050`")),
    "6.2": (Status.BROKEN, lambda case: case.readme("`/metrics`", "`/stats`")),
    "6.3": (Status.UNMET, lambda case: case.readme("`ss -ltnp`", "Look for it.")),
    "6.4": (Status.BROKEN, lambda case: case.runbook("stack_market", "old_market")),
}


@pytest.mark.parametrize("item", STATIC)
def test_a_sabotage_is_caught_by_its_item_alone(item: str, good: Any, passed: Any) -> None:
    observations = [passed(live) for live in LIVE]
    status, spoil = STATIC[item]
    before, after = good.report(*observations), spoil(good).report(*observations)
    changed = {
        f.item: f.status for f, g in zip(after.findings, before.findings, strict=True) if f.status is not g.status
    }
    assert changed == {item: status}
    assert any(s.line or s.path for s in after.finding(item).sources)


@pytest.mark.parametrize("item", ["4.3", "7.1", "7.2", "7.3", "7.4", "7.5"])
def test_a_live_failure_is_caught_by_its_item_alone(item: str, good: Any, passed: Any) -> None:
    failed = passed(item, False, result="connection refused", cause="port-taken", next_step="stop the other program")
    observations = [failed if live == item else passed(live) for live in LIVE]
    report = good.report(*observations)
    assert {f.item: f.status for f in report.findings if f.status is not Status.MET} == {item: Status.BROKEN}
    assert report.finding(item).summary == "port-taken: connection refused"
    assert report.finding(item).hint == "stop the other program"
