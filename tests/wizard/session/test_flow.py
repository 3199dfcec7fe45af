"""What is next, from findings and commits alone; and waivers."""

from __future__ import annotations

import pytest

from tests.phases import COMPOSE, CONTAINER, DATABASE, DEPLOYMENT, DOCS, SERVICE, phase_of
from wizard.checklist.load import load
from wizard.session.flow import Regression, left, next_phase, states
from wizard.session.waivers import check_waiver
from wizard.values.finding import Finding, Report, Status
from wizard.values.phase import Phase
from wizard.values.receipt import PhaseCommit

ITEMS = tuple(item.id for item in load().items)


def _report(**other: Status) -> Report:
    """All met, but for the given ones: `i31=Status.UNMET`."""
    findings = (
        Finding(item, phase_of(item), other.get(f"i{item.replace('.', '')}", Status.MET), "s") for item in ITEMS
    )
    return Report("market", tuple(findings))


def _untouched(phase: Phase, status: Status = Status.UNMET) -> dict[str, Status]:
    return {f"i{item.replace('.', '')}": status for item in ITEMS if phase_of(item) == phase}


def _commit(phase: Phase, number: int = 0, reverts: str = "", service: str = "market", **items: str) -> PhaseCommit:
    said = {item: "met" for item in ITEMS if phase_of(item) == phase} | {
        f"{key[1]}.{key[2]}": value for key, value in items.items()
    }
    pairs = tuple(said.items())
    return PhaseCommit(f"{phase.name}{number}", service, phase, "s", "a", "t", () if reverts else pairs, reverts)


def test_an_untouched_service_begins_at_the_first_phase() -> None:
    report = Report("market", tuple(Finding(item, phase_of(item), Status.UNMET, "s") for item in ITEMS))
    assert next_phase(report, ()) == SERVICE
    assert len(left(report)) == 30


def _undone(report: Report, log: tuple[PhaseCommit, ...]) -> tuple[Regression, ...]:
    return tuple(regression for state in states(report, log) for regression in state.undone)


def test_a_half_finished_service_goes_on_where_something_is_left() -> None:
    report = _report(**_untouched(COMPOSE))
    assert next_phase(report, ()) == COMPOSE
    assert next_phase(report, (), after=COMPOSE) is None


def test_everything_done_is_the_end() -> None:
    assert next_phase(_report(i23=Status.WAIVED, i42=Status.NA), ()) is None


def test_a_committed_rest_that_cannot_be_decided_here_holds_nothing_up() -> None:
    log = (_commit(CONTAINER, i23="unmet"),)
    report = _report(i23=Status.UNMET, **_untouched(DATABASE))
    assert next_phase(report, log) == DATABASE
    state = states(report, log)[1]
    assert not state.done and not state.open and state.commit == log[0]


def test_what_came_undone_opens_its_phase_again() -> None:
    log = (_commit(DOCS), _commit(COMPOSE))
    report = _report(i35=Status.BROKEN)
    (regression,) = _undone(report, log)
    assert (regression.finding.item, regression.was, regression.commit) == ("3.5", "met", log[1])
    assert next_phase(report, log) == COMPOSE


def test_not_run_now_is_no_loss() -> None:
    log = (_commit(DEPLOYMENT),)
    assert _undone(_report(i71=Status.UNKNOWN), log) == ()
    assert next_phase(_report(i71=Status.UNKNOWN), log) is None


def test_live_items_never_run_are_next() -> None:
    assert next_phase(_report(**_untouched(DEPLOYMENT, Status.UNKNOWN)), ()) == DEPLOYMENT


def test_a_phase_taken_back_is_open() -> None:
    made = _commit(COMPOSE)
    back = _commit(COMPOSE, 1, reverts=made.commit)
    report = _report(**_untouched(COMPOSE))
    assert next_phase(report, (back, made)) == COMPOSE
    assert _undone(report, (back, made)) == ()
    again = _commit(COMPOSE, 2)
    assert states(_report(), (again, back, made))[2].commit == again


def test_the_newest_commit_that_speaks_of_an_item_counts() -> None:
    newer, older = _commit(COMPOSE, 1, i35="unmet"), _commit(COMPOSE)
    assert _undone(_report(i35=Status.UNMET), (newer, older)) == ()


def test_other_services_do_not_count() -> None:
    log = (_commit(COMPOSE, service="other"),)
    assert states(_report(), log)[2].commit is None


@pytest.mark.parametrize(
    ("item", "reason", "words"),
    [
        ("9.9", "r", "no item '9.9'"),
        ("", "r", "no item"),
        ("3", "r", "no item"),
        ("3.5", "  \n", "needs a reason"),
        ("3.5", "x" * 501, "501 characters"),
        ("3.5", "\x1b[31m", "control characters"),
    ],
)
def test_waivers_that_are_none(item: str, reason: str, words: str) -> None:
    assert words in check_waiver(item, reason, load())
