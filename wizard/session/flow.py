"""Where an integration stands and what is next: from the findings and the commits alone, no memory of its own."""

from __future__ import annotations

from collections.abc import Iterable

from wizard.adapters.git.log import in_force
from wizard.values.finding import Finding, Report, Status
from wizard.values.lean import dataclass
from wizard.values.phase import Phase
from wizard.values.receipt import PhaseCommit


@dataclass(frozen=True, slots=True)
class Regression:
    """An item that a phase's commit recorded as done, and that the audit no longer finds so."""

    finding: Finding
    was: str
    commit: PhaseCommit


@dataclass(frozen=True, slots=True)
class PhaseState:
    """A phase of one service. `commit`: its newest in force. `left`: what is not done. `undone`: what was, and is not.

    `open`: the wizard has work here: something is left, and the phase was never committed or something came undone.
    """

    phase: Phase
    commit: PhaseCommit | None
    left: tuple[Finding, ...]
    undone: tuple[Regression, ...]

    @property
    def done(self) -> bool:
        """True when every item is met, waived or not applicable."""
        return not self.left

    @property
    def open(self) -> bool:
        """True when the wizard should go through this phase (again)."""
        return not self.done and (self.commit is None or bool(self.undone))


def states(report: Report, log: Iterable[PhaseCommit]) -> tuple[PhaseState, ...]:
    """Returns the phases of the report's service. `log`: its commits, newest first, as the repository gives them."""
    standing = tuple(made for made in in_force(log) if made.service == report.service and not made.waived)
    return tuple(_state(phase, report, standing) for phase in report.phases)


def next_phase(report: Report, log: Iterable[PhaseCommit], after: Phase | None = None) -> Phase | None:
    """Returns the first open phase (behind `after`, when given), None when the wizard has nothing left to write.

    A committed phase whose rest nobody here can decide (an image digest without a network) does not hold up the others.
    """
    first = after.number if after else 0
    return next((state.phase for state in states(report, log) if state.open and state.phase.number > first), None)


def left(report: Report) -> tuple[Finding, ...]:
    """Returns what is not done, in checklist order."""
    return tuple(finding for finding in report.findings if not finding.done)


def _state(phase: Phase, report: Report, standing: tuple[PhaseCommit, ...]) -> PhaseState:
    commit = next((made for made in standing if made.phase == phase), None)
    remaining = tuple(finding for finding in report.of_phase(phase) if not finding.done)
    undone = tuple(_regressed(remaining, standing, phase))
    return PhaseState(phase, commit, remaining, undone)


def _regressed(remaining: tuple[Finding, ...], standing: tuple[PhaseCommit, ...], phase: Phase) -> Iterable[Regression]:
    """Judged by the newest commit that says something of the item; `unknown` now is no loss: it was only not run."""
    for finding in remaining:
        if finding.status is Status.UNKNOWN:
            continue
        for commit in standing:
            was = dict(commit.items).get(finding.item, "") if commit.phase == phase else ""
            if was:
                if was in (Status.MET, Status.WAIVED, Status.NA):
                    yield Regression(finding, was, commit)
                break
