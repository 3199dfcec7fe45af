"""Messages between screens and the app: intents go up (`…Requested`), facts come back in the past tense.

A screen posts an intent and forgets; the app's workers call the pipeline and post the result to the screen on top.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from screens.state import StackView
    from wizard.pipeline.work import Applied, Committed, Judged, Planned
    from wizard.values.observation import Observation, Progress
    from wizard.values.phase import Phase
    from wizard.values.receipt import Receipt
    from wizard.values.spec import Inferred, ServiceSpec


@dataclass
class ReadRequested(Message):
    """Read the stack again."""


@dataclass
class StackRead(Message):
    """The stack was read and judged."""

    view: StackView


@dataclass
class SpecRequested(Message):
    """Infer the spec of a service (it need not exist)."""

    name: str


@dataclass
class SpecInferred(Message):
    """The spec with its sources, and the draft typed earlier (empty dict: none)."""

    inferred: Inferred
    draft: dict[str, object]


@dataclass
class PlanRequested(Message):
    """Plan one phase of a service."""

    spec: ServiceSpec
    phase: Phase


@dataclass
class PhasePlanned(Message):
    """What the phase would write."""

    planned: Planned


@dataclass
class ApplyRequested(Message):
    """Write the planned files and run the phase's live checks; nothing is committed yet."""

    planned: Planned


@dataclass
class PhaseApplied(Message):
    """The files are written."""

    applied: Applied


@dataclass
class PhaseJudged(Message):
    """The stack was audited after the write; the message is ready to be edited."""

    applied: Applied
    judged: Judged


@dataclass
class CommitRequested(Message):
    """Commit the applied phase with this message."""

    applied: Applied
    message: str


@dataclass
class PhaseCommitted(Message):
    """The phase is a commit."""

    committed: Committed


@dataclass
class TakeBackRequested(Message):
    """Put the applied files back."""

    applied: Applied


@dataclass
class TakenBack(Message):
    """The files are as they were before the apply."""


@dataclass
class ProofRequested(Message):
    """Run live items of a service now."""

    spec: ServiceSpec
    items: tuple[str, ...]


@dataclass
class LiveProgress(Message):
    """Steps, log lines and samples of a live run, gathered over a thirtieth of a second."""

    events: tuple[Progress, ...]


@dataclass
class Observed(Message):
    """One live result."""

    observation: Observation


@dataclass
class ProofFinished(Message):
    """The live run is over; `reason` is empty unless no runtime could be used."""

    observations: tuple[Observation, ...]
    runtime: str
    reason: str = ""


@dataclass
class WaiveRequested(Message):
    """Record that an item need not be met."""

    service: str
    item: str
    reason: str


@dataclass
class UndoRequested(Message):
    """Take a phase's commit back; None: the latest."""

    service: str
    phase: Phase | None


@dataclass
class Done(Message):
    """A waiver or an undo is committed."""

    receipt: Receipt


@dataclass
class Failed(Message):
    """Something the user can fix: what is wrong, where, what to do next. `intent`: the message that asked for it."""

    message: str
    where: str
    next_step: str
    intent: str
