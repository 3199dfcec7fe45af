"""Live items: an old run proves nothing."""

from __future__ import annotations

from typing import Any

import pytest

from wizard.values.finding import Status
from wizard.values.spec import Manifest, VerifiedItem

LIVE = ("4.3", "7.1", "7.2", "7.3", "7.4", "7.5")


def recorded(case: Any, item: str, fingerprint: str, ok: bool = True) -> Any:
    record = VerifiedItem(
        item, ok, "GET /health", "200 market", "docker", "2026-01-01T00:00:00Z", "abc1234def", fingerprint
    )
    return case.market(manifest=Manifest(1, case.spec, verified=(record,)))


@pytest.mark.parametrize("item", LIVE)
def test_without_an_observation_nothing_is_known(good: Any, item: str) -> None:
    finding = good.finding(item)
    assert (finding.status, finding.hint) == ("unknown", "run `stack-wizard verify market`")
    assert finding.sources


@pytest.mark.parametrize("item", LIVE)
def test_a_record_counts_while_the_files_are_the_same(good: Any, item: str) -> None:
    finding = recorded(good, item, "f" * 64).finding(item)
    assert finding.status == "met"
    assert finding.observations[0].commit == "abc1234def"
    assert "docker, 2026-01-01" in finding.summary


@pytest.mark.parametrize("item", LIVE)
def test_a_record_of_other_files_does_not_count(good: Any, item: str) -> None:
    for old in ("0" * 64, ""):
        finding = recorded(good, item, old).finding(item)
        assert (finding.status, finding.summary) == ("unknown", "observed at commit abc1234 before the files changed")
        assert finding.hint == "run `stack-wizard verify market`"


def test_a_record_without_known_files_does_not_count(good: Any) -> None:
    assert recorded(good, "7.1", "f" * 64).stack(fingerprints={}).finding("7.1").status == "unknown"


def test_this_run_wins_over_the_record(good: Any, passed: Any) -> None:
    case = recorded(good, "7.1", "f" * 64)
    assert case.finding("7.1", passed("7.1", False, result="exit code 1")).status == "broken"
    undecided = case.finding("7.1", passed("7.1", None, result="needs an engine"))
    assert (undecided.status, undecided.summary) == ("unknown", "needs an engine")
    stale = passed("7.1", fingerprint="0" * 64, commit="1234567890")
    assert case.finding("7.1", stale).summary == "observed at commit 1234567 before the files changed"


def test_one_failure_among_many_decides(good: Any, passed: Any) -> None:
    finding = good.finding("7.5", passed("7.5"), passed("7.5", False, result="ERROR\nTraceback"), passed("7.5", None))
    assert (finding.status, finding.summary, len(finding.observations)) == (Status.BROKEN, "ERROR Traceback", 3)


def test_nothing_to_start_is_unmet(good: Any) -> None:
    empty = good.market(entry="", python=())
    assert {empty.finding(item).status for item in LIVE if item != "4.3"} == {"unmet"}
    deaf = good.without("bus.py")
    assert [deaf.finding(item).status for item in ("7.3", "7.4", "7.5")] == ["unmet", "unmet", "unknown"]
    mute = good.file("service.py", routes=())
    assert mute.finding("7.2").status == "unmet"
