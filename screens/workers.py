"""Thread workers and what comes of them: facts for every open screen, troubles, progress thirty times a second."""

from __future__ import annotations

import copy
import threading
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from textual.app import App
from textual.message import Message
from textual.reactive import reactive
from textual.screen import Screen
from textual.timer import Timer
from textual.worker import Worker, WorkerState

from screens.intents import (
    Done,
    Fact,
    Failed,
    LiveProgress,
    Observed,
    PhaseApplied,
    PhaseCommitted,
    ProofStarted,
    TakenBack,
)
from wizard.errors import CancelledError, WizardError

if TYPE_CHECKING:
    from wizard.values.observation import Progress

Answer = TypeVar("Answer")
Job = Callable[[], Fact | None]
FRAME = 1 / 30
QUIET = "-"  # what is not worth a word in the title
WRITE, LIVE = "write", "live"


class Workers(App[int]):
    """An app whose work is done in threads. A job returns a fact; writing jobs never replace each other."""

    doing: reactive[str] = reactive("", init=False)

    def __init__(self) -> None:
        super().__init__()
        self.stopping = threading.Event()
        self.commands: deque[str] = deque(maxlen=200)
        self.progress: deque[Progress] = deque(maxlen=20_000)
        self._frames: Timer | None = None
        self.waiting: dict[str, tuple[Job, str]] = {}
        self.typing: Timer | None = None

    # What runs

    @property
    def running(self) -> tuple[Worker[Fact | None], ...]:
        """The workers under way."""
        return tuple(worker for worker in self.workers if not worker.is_finished)

    @property
    def settled(self) -> bool:
        """True when nothing runs and nothing waits to run: the one signal that tests wait for."""
        return not self.running and not self.waiting and self.typing is None

    @property
    def writing(self) -> bool:
        """True while the repository is written, or live checks run: nothing else of the kind may begin then."""
        return any(worker.group in (WRITE, LIVE) for worker in self.running)

    # Screens

    def show(self, screen: Screen[Answer], answer: Callable[[Answer | None], None] | None = None) -> None:
        """Put a screen on top; `answer` is called with its result."""
        _ = self.push_screen(screen, answer)

    def leave(self) -> None:
        """Take the top screen away."""
        _ = self.pop_screen()

    # Workers

    def start_job(self, group: str, job: Job, label: str) -> None:
        """Run `job` now; `label` says in the title what is done, '' nothing."""
        self.run_worker(job, thread=True, group=group, description=label or QUIET, exit_on_error=False)

    def latest(self, group: str, job: Job, label: str) -> None:
        """Run `job`, or keep it for when the one of its group under way has ended; only the newest is kept."""
        if any(worker.group == group for worker in self.running):
            self.waiting[group] = (job, label)
        else:
            self.start_job(group, job, label)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A worker began or ended: say what is done, deliver its fact or its trouble, start the one that waits."""
        worker = event.worker
        if event.state is WorkerState.SUCCESS and isinstance(worker.result, Fact):
            self.deliver(worker.result)
        elif event.state is WorkerState.ERROR and worker.error is not None:
            self.deliver(self._trouble(worker.error, worker))
        if worker.is_finished:
            self._ended(worker.group)
        self.doing = next((w.description for w in self.running if w.description != QUIET), "")

    def _ended(self, group: str) -> None:
        if group in (WRITE, LIVE) and not self.writing:
            self.stopping.clear()
            self._end_live()
        if group in self.waiting:
            self.start_job(group, *self.waiting.pop(group))

    def _trouble(self, error: BaseException, worker: Worker[object]) -> Fact:
        if isinstance(error, CancelledError):
            return TakenBack(error.message)
        if isinstance(error, WizardError):
            return Failed(error.message, error.where, error.next_step, worker.group)
        from wizard.output.bug import record

        where = record(error)
        return Failed(f"this is a bug in the wizard: {type(error).__name__}: {error}", "", where, worker.group)

    # Facts

    def deliver(self, fact: Fact) -> None:
        """Take in a fact, then hand a copy to every open screen."""
        self.received(fact)
        for screen in self.screen_stack:
            screen.post_message(copy.copy(fact))

    def received(self, fact: Message) -> None:
        """What the app itself does with a fact."""
        said = _command(fact)
        if said:
            self.commands.append(f"{datetime.now():%H:%M:%S}  {said}")

    def on_phase_applied(self, fact: PhaseApplied) -> None:
        """From the thread to the screens."""
        self.deliver(fact)

    def on_observed(self, fact: Observed) -> None:
        """From the thread to the screens; what was said before it comes first."""
        self._send_progress()
        self.deliver(fact)

    def on_proof_started(self, fact: ProofStarted) -> None:
        """From the thread to the screens."""
        self.deliver(fact)

    def begin_live(self) -> None:
        """From now on what `progress` gathers is delivered with every frame, until nothing writes any more."""
        self.progress.clear()
        if self._frames is None:
            self._frames = self.set_interval(FRAME, self._send_progress)

    def _end_live(self) -> None:
        self._send_progress()
        if self._frames is not None:
            self._frames.stop()
            self._frames = None

    def _send_progress(self) -> None:
        """Thirty times a second: everything that arrived, as one message."""
        if self.progress:
            events = tuple(self.progress.popleft() for _ in range(len(self.progress)))
            self.deliver(LiveProgress(events))


def _command(fact: Message) -> str:
    """What was done to the repository or run on the stack, such that a person can repeat it; '' for the rest."""
    if isinstance(fact, PhaseApplied):
        changeset = fact.applied.planned.changeset
        return f"wrote {len(fact.applied.written.paths)} files of phase {changeset.phase.value} of {changeset.service}"
    if isinstance(fact, PhaseCommitted):
        return f"git commit --only {' '.join(fact.committed.receipt.paths)}"
    if isinstance(fact, Observed):
        return f"{fact.observation.action}  ({fact.observation.item}, {fact.observation.runtime})"
    if isinstance(fact, Done):
        return f"git commit: {fact.receipt.subject}"
    return "put the files back" if isinstance(fact, TakenBack) else ""
