"""Fingerprints survive moved lines and nothing else; what is new, known and gone beside a baseline."""

from __future__ import annotations

import pytest

from wizard.audit.concerns import baseline_of, compare, concerning, concerns, looked_at
from wizard.values.finding import Contradiction, Finding, Report, Status
from wizard.values.gate import Baseline, Concern, KnownConcern
from wizard.values.phase import Phase
from wizard.values.source import Source

COMPOSE = Phase(3, "compose")


def report(*findings: Finding, service: str = "core", contradictions: tuple[Contradiction, ...] = ()) -> Report:
    return Report(service, findings, contradictions)


def finding(status: Status = Status.BROKEN, line: int = 2, item: str = "3.1", path: str = "a.yml") -> Finding:
    return Finding(item, COMPOSE, status, "no port is published", (Source(path, line),), hint="publish one")


def only(text: str = "a\nports: []\n", **kind: object) -> Concern:
    (found,) = concerns((report(finding(**kind)),), {"a.yml": text})  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize(
    ("text", "kind", "same"),
    [
        ("a\nports: []\n", {}, True),
        ("a\n# new\n\nports: []\n", {"line": 4}, True),
        ("a\n    ports:   []  \n", {}, True),
        ("a\nports: [1]\n", {}, False),
        ("a\nports: []\n", {"status": Status.UNMET}, False),
        ("a\nports: []\n", {"item": "3.2"}, False),
        ("a\nports: []\n", {"path": "b.yml"}, False),
    ],
)
def test_a_fingerprint_is_of_the_content(text: str, kind: dict[str, object], same: bool) -> None:
    assert (only(text, **kind).fingerprint == only().fingerprint) is same


def test_the_words_of_a_summary_do_not_count() -> None:
    other = Finding("3.1", COMPOSE, Status.BROKEN, "said in other words", (Source("a.yml", 2),))
    (found,) = concerns((report(other),), {"a.yml": "a\nports: []\n"})
    assert found.fingerprint == only().fingerprint


def test_two_equal_concerns_have_two_fingerprints() -> None:
    two = concerns((report(finding(line=2), finding(line=3)),), {"a.yml": "a\nx\nx\n"})
    assert len({one.fingerprint for one in two}) == 2


@pytest.mark.parametrize("status", [Status.MET, Status.UNKNOWN, Status.WAIVED, Status.NA])
def test_only_what_check_fails_for_is_a_concern(status: Status) -> None:
    assert concerns((report(finding(status)),), {}) == ()


def test_new_known_and_gone() -> None:
    before = concerns((report(finding(), finding(item="3.2")),), {"a.yml": "a\nx\n"})
    now_report = (report(finding(), finding(Status.MET, item="3.2"), finding(item="3.3")),)
    compared = compare(concerns(now_report, {"a.yml": "a\nx\n"}), baseline_of(before), looked_at(now_report))
    assert [one.rule for one in compared.new] == ["3.3"]
    assert [one.rule for one in compared.known] == ["3.1"]
    assert [one.rule for one in compared.gone] == ["3.2"]


def test_what_was_not_looked_at_is_not_gone() -> None:
    entries = (KnownConcern("f1", "core", "4.1", "unmet"), KnownConcern("f2", "risk", "3.1", "unmet"))
    now = (report(finding(Status.MET)),)
    assert compare((), Baseline(1, entries), looked_at(now)).gone == ()


def test_a_touched_service_brings_what_it_makes_contradict_elsewhere() -> None:
    told = Contradiction("risk", "channel signals", "risk needs x", (("x", Source("m.py", 1)),), other="core")
    own = Contradiction("risk", "port", "8001 and 8002", (("8001", Source("m.py", 2)),))
    reports = (report(finding()), report(finding(), service="risk", contradictions=(own, told)), report(service="ws"))
    found = list(concerning(reports, ["core"]))
    assert [one.service for one in found] == ["core", "risk"]
    assert found[1].findings == ()
    assert found[1].contradictions == (told,)
