"""Whatever is missing or odd, the audit answers: thirty findings, each with evidence and, while open, a next step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wizard.audit.matrix import matrix
from wizard.audit.ports import choose_port, port_table
from wizard.audit.ranking import example_for
from wizard.values.facts.compose import ComposeService, EnvEntry, PublishedPort
from wizard.values.finding import Status
from wizard.values.source import Problem, Source

ODD = Source("odd", 1)
SPOILERS: list[Callable[[Any], Any]] = [
    lambda c: c.stack(registry=None),
    lambda c: c.stack(runbook=None),
    lambda c: c.stack(pytest=None),
    lambda c: c.stack(sql=()),
    lambda c: c.stack(texts={}, fingerprints={}),
    lambda c: c.stack(compose=replace(c.facts.compose, problems=(Problem("bad", ODD),), secrets=())),
    lambda c: c.market(compose=None),
    lambda c: c.market(compose=None, commented=(ComposeService("market", (ODD,), commented=True),)),
    lambda c: c.market(compose=ComposeService("market", (ODD,))),
    lambda c: c.market(compose=ComposeService("market", (ODD,), ports=(PublishedPort("", None, 1, "x", ODD),))),
    lambda c: c.market(compose=ComposeService("market", (ODD,), environment=(EnvEntry("", None, "", ODD),))),
    lambda c: c.market(dockerfile=None),
    lambda c: c.dockerfile(bases=(), user=None, healthcheck=None, command=None, problems=(Problem("bad", ODD),)),
    lambda c: c.market(requirements=None),
    lambda c: c.market(readme=None),
    lambda c: c.market(readme=replace(c.facts.runbook, text="", sections=(), tables=()) if c.facts.runbook else None),
    lambda c: c.market(tests={}),
    lambda c: c.market(python=(), entry=""),
    lambda c: c.market(entry="services/market/elsewhere.py"),
    lambda c: c.market(folder=""),
    lambda c: c.without("service.py"),
    lambda c: c.without("config.py"),
    lambda c: c.file("bus.py", redis=()),
    lambda c: c.file("logic.py", functions=(), problems=(Problem("bad", ODD),)),
    lambda c: c.wants(tables=(), seed=False),
    lambda c: c.wants(inputs=(), outputs=()),
    lambda c: c.wants(port=0),
    lambda c: c.wants(port=8006, handler="", talks_to=("nobody",)),
]


@given(st.lists(st.sampled_from(SPOILERS), min_size=1, max_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_mixture_of_missing_parts_is_judged(good: Any, spoilers: list[Callable[[Any], Any]]) -> None:
    case = good
    for spoil in spoilers:
        try:
            case = spoil(case)
        except AssertionError:
            continue  # the part that this one spoils is gone already
    report = case.report()
    assert len(report.findings) == 30
    for finding in report.findings:
        assert finding.sources or finding.observations, finding
        assert finding.summary and "\n" not in finding.summary, finding
        assert finding.status in (Status.MET, Status.NA) or finding.hint, finding
    for row in port_table(case.facts):
        assert row.claims
    matrix(case.facts, (report,))
    choose_port(case.facts, "market")
    example_for("3.5", case.facts, (report,))
