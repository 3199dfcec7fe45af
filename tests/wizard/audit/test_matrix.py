"""The status matrix from evidence, which service comes first, and where an example lies."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from wizard.audit.matrix import matrix
from wizard.audit.ranking import by_urgency, example_for, left
from wizard.values.facts.compose import ComposeService
from wizard.values.facts.documents import MatrixRow
from wizard.values.facts.stack import ServiceFacts
from wizard.values.finding import Report
from wizard.values.source import Source

DEV = "infrastructure/compose/dev.yml"


def line(case: Any, name: str, *observations: Any) -> Any:
    return next(row for row in matrix(case.facts, (case.report(*observations),)) if row.service == name)


def test_the_documents_rows_come_first_and_keep_their_order(good: Any) -> None:
    new = ServiceFacts("alpha", "services/alpha", "services/alpha/service.py")
    case = good.stack(services=(new, *good.facts.services))
    assert [row.service for row in matrix(case.facts, ())] == ["risk", "market", "alpha"]
    row = line(case, "alpha")
    assert row.document is None
    assert row.differs == ("service.py", "Dockerfile", "Compose", "Status")


def test_cells_say_what_is_there(good: Any, passed: Any) -> None:
    row = line(good, "market")
    assert dict(row.cells) == {
        "service.py": "✅",
        "Dockerfile": "✅",
        "Compose": "✅",
        "Status": "Enabled (not verified)",
    }
    assert row.differs == ("Compose", "Status")
    assert line(good, "market", passed("7.1")).status == "Running"
    assert line(good, "market", passed("7.1", False)).status == "Failing (does not start)"


def test_a_row_that_is_right_keeps_the_documents_words(good: Any) -> None:
    off = good.market(compose=None)
    assert line(off, "market").differs == ()
    assert line(off, "market").status == "Disabled (config pending)"
    assert line(good, "risk").differs == ()
    words = MatrixRow(
        "risk",
        (("service.py", "yes"), ("Dockerfile", "-"), ("Compose", "x"), ("Status", "läuft")),
        Source("d", 1),
    )
    case = good.stack(registry=replace(good.facts.registry, matrix=(words,)))
    assert line(case, "risk").differs == ()


def test_rows_that_promise_too_much(good: Any) -> None:
    running = MatrixRow("market", (("Status", "Running"),), Source("d", 1))
    ghost = MatrixRow("ghost", (("Compose", "✅"), ("Status", "Running")), Source("d", 2))
    registry = replace(
        good.facts.registry, matrix=(running, ghost), matrix_header=("Service", "Compose", "Owner", "Status")
    )
    case = good.market(compose=None, commented=(ComposeService("market", (Source(DEV, 40),), 60),)).stack(
        registry=registry
    )
    row = line(case, "market")
    assert dict(row.cells)["Status"] == "Disabled (compose block commented out)"
    assert dict(row.cells)["Owner"] == ""
    assert Source(DEV, 40) in row.sources
    gone = line(case, "ghost")
    assert (dict(gone.cells)["Compose"], gone.status) == ("❌", "Missing (no code)")


def test_servers_are_not_in_the_matrix(good: Any) -> None:
    redis = ServiceFacts("redis", "", compose=good.facts.compose.service("redis"))
    case = good.stack(services=(*good.facts.services, redis))
    assert "redis" not in [row.service for row in matrix(case.facts, ())]


def test_contradictions_first_then_closest_to_done(good: Any, passed: Any) -> None:
    plain = good.report()
    worse = replace(good.market(readme=None).report(), service="worse")
    torn = replace(good.runbook("stack_market", "old_market").report(), service="torn")
    done = Report("done", tuple(f for f in plain.findings if f.done))
    assert [r.service for r in by_urgency((done, worse, plain, torn))] == ["torn", "market", "worse", "done"]
    assert (plain.count.met, plain.count.applies) == (20, 30)
    assert left(plain) == 10


def test_an_example_is_a_line_of_another_service(good: Any) -> None:
    reports = (good.report(),)
    assert example_for("2.1", good.facts, reports, excluding="alpha") == Source("services/market/Dockerfile", 8)
    assert example_for("2.1", good.facts, reports, excluding="market") is None
    assert example_for("5.2", good.facts, reports) == Source("tests/integration/market/test_market_integration.py")
    assert example_for("2.1", good.facts, (good.dockerfile(user=None).report(),)) is None


def test_a_stack_without_a_matrix_has_nothing_to_differ_from(good: Any) -> None:
    case = good.stack(registry=replace(good.facts.registry, matrix=(), matrix_header=(), matrix_at=None))
    assert [row.differs for row in matrix(case.facts, ())] == [(), ()]
    assert [row.service for row in matrix(good.stack(registry=None).facts, ())] == ["market", "risk"]


def test_a_planned_service_that_is_in_compose_differs_in_any_language(good: Any) -> None:
    row = MatrixRow("market", (("Compose", "✅"), ("Status", "Geplant")), Source("d", 1))
    registry = replace(good.facts.registry, matrix=(row,), matrix_header=("Service", "Compose", "Status"))
    assert line(good.stack(registry=registry), "market").differs == ("Status",)
