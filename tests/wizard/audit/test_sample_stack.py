"""The audit over the real sample stack: the finished services and the three half-finished ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.adapters.files.files import DiskFiles
from wizard.audit.audit import audit_service, audit_stack
from wizard.audit.matrix import matrix
from wizard.audit.ports import choose_port, port_table
from wizard.checklist import load
from wizard.session.sample import create_demo
from wizard.stack.infer.infer import infer
from wizard.stack.read import read_stack
from wizard.values.facts.stack import StackFacts
from wizard.values.finding import Report, Status
from wizard.values.spec import ServiceSpec

CHECKLIST = load()
LIVE = ("4.3", "5.1", "5.2", "5.3", "7.1", "7.2", "7.3", "7.4", "7.5")
COMPLETE = ("core", "risk", "execution", "ws")
DEV = "infrastructure/compose/dev.yml"


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
        "1.2": "unmet",
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


def test_a_service_that_does_not_exist(facts: StackFacts) -> None:
    report = audit_service(facts, None, ServiceSpec("alpha", "new", 8008), CHECKLIST)
    assert {f.status for f in report.findings if f.item[0] != "4"} == {Status.UNMET}


def test_a_service_is_judged_alike_whoever_else_is_read(demo: Path, reports: dict[str, Report]) -> None:
    """`check NAME` leaves the code of the others unread, which is most of its time in a large repository."""
    for name, whole in reports.items():
        part = read_stack(DiskFiles(demo), only=name)
        (report,) = audit_stack(part, [infer(part, name).spec], CHECKLIST)
        assert report == whole
