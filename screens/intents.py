"""Messages between screens and the app: intents go up (`…Requested`), facts come back in the past tense.

A screen posts an intent and forgets. The app's workers call the core and post the fact to the app, which hands a copy
to every open screen; facts do not bubble, so that the copies do not come back. None is compared or printed, which saves
half of what making the classes costs at start.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from wizard.pipeline.answer_form import AnswerForm
    from wizard.pipeline.guided import Overview
    from wizard.pipeline.work import Applied, Committed, Judged, Planned
    from wizard.plan.sides import Consequences, Side
    from wizard.session.settings import SettingsFile
    from wizard.values.choice import Choice
    from wizard.values.edit import ChangeSet
    from wizard.values.observation import Observation, Progress
    from wizard.values.phase import Phase
    from wizard.values.proposal import Proposal
    from wizard.values.receipt import PhaseCommit, Receipt
    from wizard.values.spec import Inferred, ServiceSpec


class Fact(Message):
    """Something that happened; handed to every open screen."""

    def __init_subclass__(cls) -> None:
        """No fact bubbles: Textual lets every subclass bubble unless told again."""
        super().__init_subclass__(bubble=False)


@dataclass(eq=False, repr=False)
class ReadRequested(Message):
    """Read the stack again."""


@dataclass(eq=False, repr=False)
class StackRead(Fact):
    """The stack was read and judged."""

    view: Overview


@dataclass(eq=False, repr=False)
class SettingsRead(Fact):
    """What the person prefers was read, and is right."""

    found: SettingsFile


@dataclass(eq=False, repr=False)
class OpenRequested(Message):
    """Go on with a service, or begin one (`''`)."""

    name: str


@dataclass(eq=False, repr=False)
class SpecRequested(Message):
    """Show the answers about a service (it need not exist)."""

    name: str


@dataclass(eq=False, repr=False)
class SpecInferred(Fact):
    """The spec with its sources, the form to show, and whether that was typed earlier. `as_form`: show it as a form."""

    name: str
    inferred: Inferred
    form: AnswerForm
    drafted: bool
    as_form: bool


@dataclass(eq=False, repr=False)
class DraftChanged(Message):
    """An answer was typed."""

    name: str
    form: AnswerForm


@dataclass(eq=False, repr=False)
class DraftDiscarded(Message):
    """The typed answers are given up."""

    name: str


@dataclass(eq=False, repr=False)
class PreviewRequested(Message):
    """Show what these answers would make."""

    spec: ServiceSpec


@dataclass(eq=False, repr=False)
class Previewed(Fact):
    """The first open phase's plan for the answers as they are."""

    planned: Planned


@dataclass(eq=False, repr=False)
class SpecSettled(Message):
    """The answers are complete: go on to the phases. `draft`: the name under which they were kept while typed."""

    spec: ServiceSpec
    form: AnswerForm
    draft: str


@dataclass(eq=False, repr=False)
class SidesRequested(Message):
    """Show what contradicts what in a service. `spec`: the answers of this session, None for what the stack says."""

    service: str
    spec: ServiceSpec | None = None


@dataclass(eq=False, repr=False)
class SidesFound(Fact):
    """The answers about the service, to say which side is right."""

    service: str
    spec: ServiceSpec


@dataclass(eq=False, repr=False)
class ConsequencesRequested(Message):
    """Work out what follows when a side is right."""

    side: Side


@dataclass(eq=False, repr=False)
class Followed(Fact):
    """What follows from a side."""

    consequences: Consequences


@dataclass(eq=False, repr=False)
class SideTaken(Message):
    """A side is right: its answers count from now on."""

    consequences: Consequences


@dataclass(eq=False, repr=False)
class PlanRequested(Message):
    """Plan what a person takes of one phase of a service."""

    spec: ServiceSpec
    phase: Phase
    choice: Choice


@dataclass(eq=False, repr=False)
class PhasePlanned(Fact):
    """What the phase would write, of what was chosen."""

    planned: Planned
    choice: Choice


@dataclass(eq=False, repr=False)
class ApplyRequested(Message):
    """Write the planned files and run the phase's live checks; nothing is committed yet."""

    planned: Planned


@dataclass(eq=False, repr=False)
class PhaseApplied(Fact):
    """The files are written."""

    applied: Applied


@dataclass(eq=False, repr=False)
class PhaseJudged(Fact):
    """The stack was audited after the write; the message is ready to be edited."""

    judged: Judged


@dataclass(eq=False, repr=False)
class CommitRequested(Message):
    """Commit the open phase with this message."""

    message: str


@dataclass(eq=False, repr=False)
class PhaseCommitted(Fact):
    """The phase is a commit."""

    committed: Committed


@dataclass(eq=False, repr=False)
class TakeBackRequested(Message):
    """Put the applied files back."""


@dataclass(eq=False, repr=False)
class TakenBack(Fact):
    """The files are as they were before the apply; `reason` says why when nobody asked for it."""

    reason: str = ""


@dataclass(eq=False, repr=False)
class ProofRequested(Message):
    """Run live items of a service now."""

    spec: ServiceSpec
    items: tuple[str, ...]


@dataclass(eq=False, repr=False)
class ProofStarted(Fact):
    """A live run began, in this runtime."""

    items: tuple[str, ...]
    runtime: str


@dataclass(eq=False, repr=False)
class LiveProgress(Fact):
    """Steps, log lines and samples of a live run, gathered over a thirtieth of a second."""

    events: tuple[Progress, ...]


@dataclass(eq=False, repr=False)
class Observed(Fact):
    """One live result."""

    observation: Observation


@dataclass(eq=False, repr=False)
class ProofFinished(Fact):
    """The live run is over; `reason` says why when it could not be done or was stopped."""

    observations: tuple[Observation, ...]
    reason: str = ""


@dataclass(eq=False, repr=False)
class StopRequested(Message):
    """Stop what runs; what it wrote is put back."""


@dataclass(eq=False, repr=False)
class QuitRequested(Message):
    """Ask whether to quit."""


@dataclass(eq=False, repr=False)
class WaiveRequested(Message):
    """Show the commit that says that an item need not be met."""

    spec: ServiceSpec
    item: str
    reason: str


@dataclass(eq=False, repr=False)
class UndoRequested(Message):
    """Show the commit that takes one of the wizard's back. `made`: its hash, empty for the newest of the service."""

    service: str
    made: str = ""


@dataclass(eq=False, repr=False)
class RedoRequested(Message):
    """Show the commit that brings back what was taken back last."""

    service: str


@dataclass(eq=False, repr=False)
class Proposed(Fact):
    """A commit as it would be: it is made when the person agrees."""

    proposal: Proposal


@dataclass(eq=False, repr=False)
class SeeRequested(Message):
    """Show what a commit of the wizard changed."""

    made: PhaseCommit


@dataclass(eq=False, repr=False)
class CommitSeen(Fact):
    """What a commit changed."""

    made: PhaseCommit
    changeset: ChangeSet


@dataclass(eq=False, repr=False)
class EditRequested(Message):
    """Open a file of the stack in the person's editor."""

    path: str
    line: int = 0


@dataclass(eq=False, repr=False)
class Edited(Fact):
    """The editor was closed."""

    path: str


@dataclass(eq=False, repr=False)
class Done(Fact):
    """A waiver, an undo or a redo is committed."""

    receipt: Receipt
    proposal: Proposal


@dataclass(eq=False, repr=False)
class Failed(Fact):
    """Something the person can act on: what is wrong, where, what to do next. `job`: what was being done."""

    message: str
    where: str
    next_step: str
    job: str = ""
