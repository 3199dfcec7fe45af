"""What the phase screen shows, as one value: where the phase stands and what may be done. No widget, no Textual."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING

from wizard.checklist.load import checklist_of, load
from wizard.values.checklist import Checklist
from wizard.values.choice import EVERYTHING, Choice, Offer
from wizard.values.finding import Finding, Report, Status
from wizard.values.lean import dataclass, field, replace
from wizard.values.phase import Phase
from wizard.values.source import Source

if TYPE_CHECKING:
    from wizard.pipeline.work import Judged, Planned
    from wizard.values.observation import Observation, Progress
    from wizard.values.receipt import Receipt
    from wizard.values.spec import ServiceSpec


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
class PhaseScreenState:
    """A phase of a service. `observations`: of this session, newest of each item.

    `steps`, `output`: what the checks said last. `choice`: what of the plan the person takes; `offers`: the recipes
    that this phase has for hand-written code, taken or not. `overtaken`: files changed since it was planned; `newer`:
    what would be written since then, when it is something else than what is shown. `checklist`: the one that the stack
    is judged by.
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
    choice: Choice = EVERYTHING
    offers: tuple[Offer, ...] = ()
    checklist: Checklist = field(default_factory=load)
    overtaken: bool = False
    newer: Planned | None = None

    # Changes

    def planned_for(self, planned: Planned, choice: Choice) -> bool:
        """Tells whether a plan that arrives is for what is shown and chosen."""
        same = planned.changeset.phase == self.phase and planned.spec == self.spec and choice == self.choice
        return same and self.step not in OPEN

    def with_newer(self, planned: Planned) -> PhaseScreenState:
        """Returns the state once the plan was made again because files changed: what is on the screen stays there until
        the person asks for the new one, unless both write the same."""
        shown = self.planned.changeset if self.planned is not None else None
        if (
            shown is None
            or shown.empty
            or (shown.edits, shown.refusals)
            == (
                planned.changeset.edits,
                planned.changeset.refusals,
            )
        ):
            return self.with_plan(planned)
        return replace(self, newer=planned)

    def with_plan(self, planned: Planned) -> PhaseScreenState:
        """Returns the state once the plan is there."""
        done = self.receipt is not None and planned.changeset.empty
        step = Step.COMMITTED if done else Step.PLANNED
        taken = tuple(offer for offer in self.offers if self.choice.names(offer.recipe, offer.item))
        offers = tuple(dict.fromkeys((*taken, *planned.changeset.offers)))
        seen = planned.observations
        kept = replace(
            self,
            step=step,
            planned=planned,
            judged=None,
            steps=(),
            observations=seen,
            offers=offers,
            checklist=checklist_of(planned.facts),
        )
        return kept.current

    @property
    def current(self) -> PhaseScreenState:
        """The state with what is shown taken for new."""
        return replace(self, overtaken=False, newer=None)

    def with_choice(self, choice: Choice) -> PhaseScreenState:
        """Returns the state once the person takes something else of the plan, which is made anew."""
        return replace(self.current, choice=choice, step=Step.PLANNING)

    def with_step(self, step: Step) -> PhaseScreenState:
        """Returns the state once something began."""
        fresh = step is Step.WRITING
        return replace(self, step=step, steps=() if fresh else self.steps, output=() if fresh else self.output)

    def with_progress(self, events: Sequence[Progress]) -> PhaseScreenState:
        """Returns the state with what the checks said; of their output the newest lines are kept."""
        said = tuple(event for event in events if event.kind == "step")
        output = tuple(event.text for event in events[-KEPT:] if event.kind == "log")
        return replace(self, steps=(*self.steps, *said)[-KEPT:], output=(*self.output, *output)[-KEPT:])

    def with_observation(self, seen: Observation) -> PhaseScreenState:
        """Returns the state with a check's result."""
        others = tuple(o for o in self.observations if o.item != seen.item)
        return replace(self, observations=(*others, seen))

    def with_judgement(self, judged: Judged) -> PhaseScreenState:
        """Returns the state of a phase that is written, checked and judged again."""
        return replace(self, step=Step.JUDGED, judged=judged, observations=judged.observations)

    def with_commit(self, receipt: Receipt) -> PhaseScreenState:
        """Returns the state of a phase that is a commit."""
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
        """Returns one item of the phase."""
        return next((finding for finding in self.findings if finding.item == item), None)

    def refused(self, item: str) -> str:
        """Returns why the plan does not write an item, '' where it does or says nothing of it."""
        changes = self.planned.changeset if self.planned is not None else None
        return next((one.reason for one in changes.refusals if one.item == item), "") if changes is not None else ""

    def is_running(self, item: str) -> bool:
        """Tells whether the item's live check is under way or still to come."""
        waits = self.step is Step.CHECKING and item in self.proven
        return waits and not any(seen.item == item and self.fresh(seen) for seen in self.observations)

    def fresh(self, seen: Observation) -> bool:
        """Tells whether an observation was made in this run rather than before it."""
        return self.planned is None or seen not in self.planned.observations

    @property
    def has_checks(self) -> bool:
        """Whether applying this phase runs live checks."""
        return bool(self.proven)

    @property
    def proven(self) -> frozenset[str]:
        """Returns the items that the live checks after Apply decide; none for a phase that records its live run."""
        checklist = self.checklist
        records = checklist.phase(self.phase).records
        return frozenset() if records else frozenset(item.id for item in checklist.proven_in(self.phase))

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
        """Returns the file an item is about: where the finding was read, else a file the wizard wrote for it."""
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
        """True before the live run that this phase records: something live is not decided on these very files."""
        return self.checklist.phase(self.phase).records and any(f.status is Status.UNKNOWN for f in self.findings)

    @property
    def tried(self) -> bool:
        """True when items of this phase were observed in this session."""
        own = {finding.item for finding in self.findings}
        return any(seen.item in own for seen in self.observations)

    @property
    def following(self) -> Phase | None:
        """The next phase with open items behind this one, else the first before it; None when all are through."""
        if self.report is None:
            return None
        report = self.report
        open_ones = [p for p in report.phases if p != self.phase and any(not f.done for f in report.of_phase(p))]
        later = [p for p in open_ones if p.number > self.phase.number]
        return next(iter((*later, *open_ones)), None)

    @property
    def next_action(self) -> str:
        """What Enter does: `see` the changes, `commit`, `verify`, go to the `following` phase, or `wait`."""
        if self.step in (Step.PLANNING, Step.WRITING, Step.CHECKING):
            return "wait"
        if self.step is Step.JUDGED:
            return "commit"
        if self.overtaken:
            return "renew" if self.newer is not None else "wait"
        if self.unproven and not self.tried:
            return "verify"
        if self.step is Step.PLANNED and self.planned is not None and not self.planned.changeset.empty:
            return "see"
        return "following"

    def why_not(self, action: str, item: str) -> str:
        """Says why an action is not possible now, '' when it is."""
        if action in ("apply", "verify", "waive", "edit", "go", "jump", "answers", "read", "following"):
            if self.step is Step.JUDGED:
                return "this phase is written: commit it (C) or take it back (T) first"
            if self.step in (Step.WRITING, Step.CHECKING):
                return "the phase is being written and checked: wait, or stop it with ctrl+x"
        if action == "apply":
            return self._why_not_apply()
        if action in ("commit", "take_back") and self.step is not Step.JUDGED:
            return "nothing is written yet: apply (A) comes first"
        if action in ("waive", "edit") and not item:
            return "no item is under the cursor"
        if action == "waive" and (finding := self.finding(item)) is not None and finding.done:
            return f"{item} is {finding.status.value} already"
        if action == "edit" and self.place(item) is None:
            return "there is no file for this item yet"
        return ""

    def _why_not_apply(self) -> str:
        if self.planned is None or self.step is Step.PLANNING:
            return "the plan is being made"
        if self.newer is not None:
            return "files changed since this was planned: Enter shows what would be written now"
        if self.overtaken:
            return "files changed: it is planned again"
        if self.planned.changeset.empty:
            return "there is nothing to write in this phase"
        return ""
