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
    from wizard.pipeline.guided import Overview
    from wizard.pipeline.sheet import Sheet
    from wizard.pipeline.work import Applied, Committed, Judged, Planned
    from wizard.values.observation import Observation, Progress
    from wizard.values.phase import Phase
    from wizard.values.receipt import Receipt
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
class OpenRequested(Message):
    """Go on with a service, or begin one (`''`)."""

    name: str


@dataclass(eq=False, repr=False)
class SpecRequested(Message):
    """Show the answers about a service (it need not exist)."""

    name: str


@dataclass(eq=False, repr=False)
class SpecInferred(Fact):
    """The spec with its sources, the sheet to show, and whether that was typed earlier. `form`: show it as a form."""

    name: str
    inferred: Inferred
    sheet: Sheet
    drafted: bool
    form: bool


@dataclass(eq=False, repr=False)
class DraftChanged(Message):
    """An answer was typed."""

    name: str
    sheet: Sheet


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
    sheet: Sheet
    draft: str


@dataclass(eq=False, repr=False)
class PlanRequested(Message):
    """Plan one phase of a service."""

    spec: ServiceSpec
    phase: Phase


@dataclass(eq=False, repr=False)
class PhasePlanned(Fact):
    """What the phase would write."""

    planned: Planned


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
class WaiveRequested(Message):
    """Record that an item need not be met."""

    service: str
    item: str
    reason: str


@dataclass(eq=False, repr=False)
class UndoRequested(Message):
    """Take a phase's commit back."""

    service: str
    phase: Phase


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
    """A waiver or an undo is committed."""

    receipt: Receipt


@dataclass(eq=False, repr=False)
class Failed(Fact):
    """Something the person can act on: what is wrong, where, what to do next. `job`: what was being done."""

    message: str
    where: str
    next_step: str
    job: str = ""
