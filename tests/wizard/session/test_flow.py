"""What is next, from findings and commits alone; and waivers."""

from __future__ import annotations

import pytest

from wizard.checklist.load import load
from wizard.errors import UsageError
from wizard.session.flow import left, next_phase, regressions, states
from wizard.session.waivers import add_waiver, check_waiver
from wizard.values.finding import Finding, Report, Status
from wizard.values.phase import Phase
from wizard.values.receipt import PhaseCommit
from wizard.values.spec import Manifest, ServiceSpec

ITEMS = tuple(item.id for item in load().items)


def _report(**other: Status) -> Report:
    """All met, but for the given ones: `i31=Status.UNMET`."""
    findings = (Finding(item, other.get(f"i{item.replace('.', '')}", Status.MET), "s") for item in ITEMS)
    return Report("market", tuple(findings))


def _untouched(phase: Phase, status: Status = Status.UNMET) -> dict[str, Status]:
    return {f"i{item.replace('.', '')}": status for item in ITEMS if Phase.of_item(item) is phase}


def _commit(phase: Phase, number: int = 0, reverts: str = "", service: str = "market", **items: str) -> PhaseCommit:
    said = {item: "met" for item in ITEMS if Phase.of_item(item) is phase} | {
        f"{key[1]}.{key[2]}": value for key, value in items.items()
    }
    pairs = tuple(said.items())
    return PhaseCommit(f"{phase.value}{number}", service, phase, "s", "a", "t", () if reverts else pairs, reverts)


def test_an_untouched_service_begins_at_the_first_phase() -> None:
    report = Report("market", tuple(Finding(item, Status.UNMET, "s") for item in ITEMS))
    assert next_phase(report, ()) is Phase.SERVICE
    assert len(left(report)) == 30


def test_a_half_finished_service_goes_on_where_something_is_left() -> None:
    report = _report(**_untouched(Phase.COMPOSE))
    assert next_phase(report, ()) is Phase.COMPOSE
    assert next_phase(report, (), after=Phase.COMPOSE) is None


def test_everything_done_is_the_end() -> None:
    assert next_phase(_report(i23=Status.WAIVED, i42=Status.NA), ()) is None


def test_a_committed_rest_that_cannot_be_decided_here_holds_nothing_up() -> None:
    log = (_commit(Phase.CONTAINER, i23="unmet"),)
    report = _report(i23=Status.UNMET, **_untouched(Phase.DATABASE))
    assert next_phase(report, log) is Phase.DATABASE
    state = states(report, log)[1]
    assert not state.done and not state.open and state.commit == log[0]


def test_what_came_undone_opens_its_phase_again() -> None:
    log = (_commit(Phase.DOCS), _commit(Phase.COMPOSE))
    report = _report(i35=Status.BROKEN)
    (regression,) = regressions(report, log)
    assert (regression.finding.item, regression.was, regression.commit) == ("3.5", "met", log[1])
    assert next_phase(report, log) is Phase.COMPOSE


def test_not_run_now_is_no_loss() -> None:
    log = (_commit(Phase.DEPLOYMENT),)
    assert regressions(_report(i71=Status.UNKNOWN), log) == ()
    assert next_phase(_report(i71=Status.UNKNOWN), log) is None


def test_live_items_never_run_are_next() -> None:
    assert next_phase(_report(**_untouched(Phase.DEPLOYMENT, Status.UNKNOWN)), ()) is Phase.DEPLOYMENT


def test_a_phase_taken_back_is_open() -> None:
    made = _commit(Phase.COMPOSE)
    back = _commit(Phase.COMPOSE, 1, reverts=made.commit)
    report = _report(**_untouched(Phase.COMPOSE))
    assert next_phase(report, (back, made)) is Phase.COMPOSE
    assert regressions(report, (back, made)) == ()
    again = _commit(Phase.COMPOSE, 2)
    assert states(_report(), (again, back, made))[2].commit == again


def test_the_newest_commit_that_speaks_of_an_item_counts() -> None:
    newer, older = _commit(Phase.COMPOSE, 1, i35="unmet"), _commit(Phase.COMPOSE)
    assert regressions(_report(i35=Status.UNMET), (newer, older)) == ()


def test_other_services_do_not_count() -> None:
    log = (_commit(Phase.COMPOSE, service="other"),)
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
    assert words in check_waiver(item, reason)
    with pytest.raises(UsageError):
        add_waiver(Manifest(1, ServiceSpec("market", "p", 8005)), item, reason, "Ada", "2026-11-24")


def test_a_waiver_replaces_the_earlier_one_and_keeps_the_order() -> None:
    manifest = Manifest(1, ServiceSpec("market", "p", 8005))
    for item, reason in (("3.5", "first"), ("2.3", "other"), ("3.5", " second\n line ")):
        assert check_waiver(item, reason) == ""
        manifest = add_waiver(manifest, item, reason, "Ada", "2026-11-24")
    assert [(waiver.item, waiver.reason) for waiver in manifest.waivers] == [("2.3", "other"), ("3.5", "second line")]
