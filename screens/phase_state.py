"""What the phase screen shows, as one value: where the phase stands and what may be done. No widget, no Textual."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING

from wizard.values.finding import Finding, Report, Status
from wizard.values.lean import dataclass, replace
from wizard.values.phase import Phase
from wizard.values.source import Source

if TYPE_CHECKING:
    from wizard.pipeline.work import Judged, Planned
    from wizard.values.observation import Observation, Progress
    from wizard.values.receipt import Receipt
    from wizard.values.spec import ServiceSpec

LIVE = {Phase.DATABASE: ("4.3",), Phase.TESTING: ("5.1", "5.2", "5.3")}


class Step(Enum):
    """How far the phase is."""

    PLANNING = "planning"
    PLANNED = "planned"
    WRITING = "writing"
    CHECKING = "checking"
    JUDGED = "judged"
    COMMITTED = "committed"


KEPT = 12
OPEN = (Step.WRITING, Step.CHECKING, Step.JUDGED)


@dataclass(frozen=True, slots=True)
class PhaseView:
    """A phase of a service. `observations`: of this session, newest of each item.

    `steps`, `output`: what the checks said last.
    """

    spec: ServiceSpec
    phase: Phase
    step: Step = Step.PLANNING
    planned: Planned | None = None
    judged: Judged | None = None
    receipt: Receipt | None = None
    observations: tuple[Observation, ...] = ()
    steps: tuple[Progress, ...] = ()
    output: tuple[str, ...] = ()

    # Changes

    def planned_for(self, planned: Planned) -> bool:
        """Whether a plan that arrives is for what is shown."""
        return planned.changeset.phase is self.phase and planned.spec == self.spec and self.step not in OPEN

    def with_plan(self, planned: Planned) -> PhaseView:
        """The plan is there."""
        done = self.receipt is not None and planned.changeset.empty
        step = Step.COMMITTED if done else Step.PLANNED
        return replace(self, step=step, planned=planned, judged=None, steps=(), observations=planned.observations)

    def with_step(self, step: Step) -> PhaseView:
        """Something began."""
        fresh = step is Step.WRITING
        return replace(self, step=step, steps=() if fresh else self.steps, output=() if fresh else self.output)

    def with_progress(self, events: Sequence[Progress]) -> PhaseView:
        """The checks said something; of their output the newest lines are kept."""
        said = tuple(event for event in events if event.kind == "step")
        output = tuple(event.text for event in events[-KEPT:] if event.kind == "log")
        return replace(self, steps=(*self.steps, *said)[-KEPT:], output=(*self.output, *output)[-KEPT:])

    def with_observation(self, seen: Observation) -> PhaseView:
        """A check has its result."""
        others = tuple(o for o in self.observations if o.item != seen.item)
        return replace(self, observations=(*others, seen))

    def with_judgement(self, judged: Judged) -> PhaseView:
        """The phase is written, checked and judged again."""
        return replace(self, step=Step.JUDGED, judged=judged, observations=judged.observations)

    def with_commit(self, receipt: Receipt) -> PhaseView:
        """The phase is a commit."""
        return replace(self, step=Step.COMMITTED, receipt=receipt)

    # What is shown

    @property
    def report(self) -> Report | None:
        """The newest report."""
        if self.judged is not None:
            return self.judged.report
        return self.planned.report if self.planned is not None else None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The phase's items."""
        return self.report.of_phase(self.phase) if self.report is not None else ()

    def finding(self, item: str) -> Finding | None:
        """One item of the phase."""
        return next((finding for finding in self.findings if finding.item == item), None)

    def is_running(self, item: str) -> bool:
        """Whether the item's live check is under way or still to come."""
        waits = self.step is Step.CHECKING and item in LIVE.get(self.phase, ())
        return waits and not any(seen.item == item and self.fresh(seen) for seen in self.observations)

    def fresh(self, seen: Observation) -> bool:
        """Whether an observation was made in this run rather than before it."""
        return self.planned is None or seen not in self.planned.observations

    @property
    def has_checks(self) -> bool:
        """Whether applying this phase runs live checks."""
        return self.phase in LIVE

    @property
    def changes_in_short(self) -> str:
        """`3 files`, or nothing."""
        count = len(self.planned.changeset.edits) if self.planned is not None else 0
        return "" if not count else "1 file" if count == 1 else f"{count} files"

    @property
    def no_message(self) -> str:
        """Why there is no message to edit."""
        return (
            "The message is written once the phase is applied: it says what was met."
            if self.receipt is None
            else (f"Committed as {self.receipt.commit[:10]}: {self.receipt.subject}")
        )

    def place(self, item: str) -> Source | None:
        """The file an item is about: where the finding was read, else a file the wizard wrote for it."""
        finding = self.finding(item)
        if finding is None or self.planned is None:
            return None
        known = self.planned.facts.texts
        here = [source for source in finding.sources if source.path in known]
        edited = [Source(e.path) for e in self.planned.changeset.edits if item in e.items and e.before is not None]
        return next(iter((*here, *edited)), None)

    # What may be done

    @property
    def unproven(self) -> bool:
        """Phase 7 before its live run: something live is not decided on these very files."""
        return self.phase is Phase.DEPLOYMENT and any(f.status is Status.UNKNOWN for f in self.findings)

    @property
    def tried(self) -> bool:
        """Whether phase 7 has been run live in this session."""
        return any(seen.item.startswith("7.") for seen in self.observations)

    @property
    def following(self) -> Phase | None:
        """The next phase with open items behind this one, else the first before it; None when all are through."""
        if self.report is None:
            return None
        open_ones = [p for p in Phase if p is not self.phase and any(not f.done for f in self.report.of_phase(p))]
        later = [p for p in open_ones if p.number > self.phase.number]
        return next(iter(later), None)

    @property
    def next_action(self) -> str:
        """What Enter does: `see` the changes, `commit`, `verify`, go to the `following` phase, or `wait`."""
        if self.step in (Step.PLANNING, Step.WRITING, Step.CHECKING):
            return "wait"
        if self.step is Step.JUDGED:
            return "commit"
        if self.unproven and not self.tried:
            return "verify"
        if self.step is Step.PLANNED and self.planned is not None and not self.planned.changeset.empty:
            return "see"
        return "following"

    def why_not(self, action: str, item: str) -> str:
        """Why an action is not possible now, '' when it is."""
        if action in ("apply", "verify", "waive", "edit", "go", "jump", "answers", "read", "following"):
            if self.step is Step.JUDGED:
                return "this phase is written: commit it (c) or take it back (t) first"
            if self.step in (Step.WRITING, Step.CHECKING):
                return "the phase is being written and checked: wait, or stop it with ctrl+x"
        if action == "apply":
            return self._why_not_apply()
        if action in ("commit", "take_back") and self.step is not Step.JUDGED:
            return "nothing is written yet: apply (a) comes first"
        if action in ("waive", "edit") and not item:
            return "there is no item yet"
        if action == "waive" and (finding := self.finding(item)) is not None and finding.done:
            return f"{item} is {finding.status.value} already"
        if action == "edit" and self.place(item) is None:
            return "there is no file for this item yet"
        return ""

    def _why_not_apply(self) -> str:
        if self.planned is None or self.step is Step.PLANNING:
            return "the plan is being made"
        if self.planned.changeset.empty:
            return "there is nothing to write in this phase"
        return ""
