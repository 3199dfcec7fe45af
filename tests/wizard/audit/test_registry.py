"""Checklist and registry agree, and every finding shows where it comes from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from wizard.audit.audit import audit_service, audit_stack
from wizard.audit.registry import REGISTRY
from wizard.checklist import load
from wizard.values.finding import Report, Status
from wizard.values.source import Problem
from wizard.values.spec import Manifest, ServiceSpec, Waiver

LIVE = ("4.3", "5.1", "5.2", "5.3", "7.1", "7.2", "7.3", "7.4", "7.5")


def evidence_is_complete(report: Report) -> bool:
    return all(
        (f.sources or f.observations) and f.summary and "\n" not in f.summary and (f.done or f.hint)
        for f in report.findings
    )


def test_checks_and_functions_match_one_to_one() -> None:
    named = [item.check for item in load().items]
    assert sorted(named) == sorted(REGISTRY)
    assert len(set(map(id, REGISTRY.values()))) == len(REGISTRY) == 30


def test_a_good_service_leaves_only_the_live_items(good: Any) -> None:
    report = good.report()
    assert {f.item for f in report.findings if f.status is not Status.MET} == {"1.2", *LIVE}
    assert {f.status for f in report.findings} == {Status.MET, Status.UNKNOWN}
    assert report.contradictions == ()
    assert evidence_is_complete(report)


def test_observed_everything_is_met(good: Any, passed: Any) -> None:
    report = good.report(*(passed(item) for item in LIVE))
    assert {f.status for f in report.findings} == {Status.MET}
    assert report.finding("7.2").observations[0].runtime == "embedded"


def test_a_service_that_does_not_exist_has_everything_to_do(good: Any) -> None:
    tables = (replace(good.spec.tables[0], name="alphas"),)
    spec = ServiceSpec("alpha", "a new one", 8008, tables=tables, seed=True)
    report = audit_service(good.facts, None, spec, load())
    assert {f.status for f in report.findings} == {Status.UNMET}
    empty = audit_service(good.facts, None, ServiceSpec("alpha", "a new one", 8008), load())
    assert {f.item for f in empty.findings if f.status is Status.NA} == {"4.1", "4.2", "4.3"}
    assert {f.status for f in empty.findings if f.item[0] != "4"} == {Status.UNMET}
    assert evidence_is_complete(report) and evidence_is_complete(empty)


def test_the_whole_stack_is_audited_with_one_index(good: Any) -> None:
    reports = audit_stack(good.facts, (good.spec, ServiceSpec("risk", "limits", 8002)), load())
    assert [r.service for r in reports] == ["market", "risk"]
    assert reports[0] == good.report()


def test_a_waiver_covers_what_is_open_and_says_who(good: Any) -> None:
    waivers = (
        Waiver("2.1", "the appliance needs\nroot", "Ada", "2026-02-01"),
        Waiver("2.2", "never needed", "Ada", "2026-02-01"),
    )
    case = good.market(manifest=Manifest(1, good.spec, waivers)).dockerfile(user=None)
    waived = case.finding("2.1")
    assert waived.status is Status.WAIVED
    assert waived.summary.startswith("waived by Ada on 2026-02-01: the appliance needs root (was broken: no USER")
    assert str(waived.sources[0]) == ".stack-wizard/services/market.yaml"
    assert case.finding("2.2").status is Status.MET
    assert case.wants(tables=()).finding("4.1").status is Status.NA


def test_files_that_cannot_be_read_give_reasons_not_crashes(good: Any, at_line: Any) -> None:
    problem = Problem("invalid syntax", at_line("service.py", 7))
    stripped = good.file("service.py", problems=(problem,), routes=(), imports=(), local_imports=(), served_ports=())
    assert stripped.finding("1.1").status is Status.BROKEN
    assert stripped.finding("1.1").sources == (at_line("service.py", 7),)
    assert stripped.finding("6.2").status is Status.UNKNOWN
    everything = good
    for name in ("service.py", "logic.py", "models.py", "config.py", "bus.py"):
        bare = {
            "imports": (),
            "routes": (),
            "variables": (),
            "functions": (),
            "models": (),
            "redis": (),
            "served_ports": (),
        }
        everything = everything.file(
            name, problems=(Problem("invalid syntax", at_line(name, 1)),), local_imports=(), **bare
        )
    report = everything.report()
    assert {i: report.finding(i).status for i in ("1.1", "1.2", "1.3", "1.4", "1.5")} == {
        "1.1": Status.BROKEN,
        "1.2": Status.UNKNOWN,
        "1.3": Status.UNKNOWN,
        "1.4": Status.BROKEN,
        "1.5": Status.BROKEN,
    }
    assert evidence_is_complete(report)


def test_a_file_for_a_newer_python_is_not_called_wrong(good: Any, at_line: Any) -> None:
    newer = Problem("needs a newer Python than 3.11", at_line("service.py", 7))
    case = good.file("service.py", problems=(newer,), routes=())
    assert case.finding("1.1").status is Status.UNKNOWN


@pytest.mark.parametrize(("file", "item"), [("models.py", "1.4"), ("config.py", "1.5")])
@pytest.mark.parametrize(("message", "status"), [("needs a newer Python than 3.11", "unknown"), ("bad", "broken")])
def test_each_item_of_such_a_file_is_open(
    good: Any, at_line: Any, file: str, item: str, message: str, status: str
) -> None:
    """`except A, B:` is right in Python 3.14, whatever this one says."""
    finding = good.file(file, problems=(Problem(message, at_line(file, 3)),)).finding(item)
    assert finding.status == status
    assert finding.hint.startswith("Correct the line" if status == "broken" else "Install stack-wizard under")
