"""Thread workers and what comes of them: facts for every open screen, troubles, progress thirty times a second."""

from __future__ import annotations

import copy
import threading
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

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
from screens.layers.typeahead import TypeAhead
from wizard.errors import CancelledError, WizardError

if TYPE_CHECKING:
    from wizard.values.observation import Progress

Answer = TypeVar("Answer")
Job = Callable[[], Fact | None]
FRAME = 1 / 30
WRITE_PAUSE, WRITE_TRIES = 0.1, 10  # a second: what a commit without hooks takes on a slow machine
QUIET = "-"  # what is not worth a word in the title
WRITE, LIVE = "write", "live"
OPENS = ("describe", "propose", "sides")
"""Groups of work whose outcome is a screen: keys wait for it."""


class Workers(TypeAhead):
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
        self._coming: set[str] = set()
        self._unwanted: set[Worker[Fact | None]] = set()

    # What runs

    @property
    def running(self) -> tuple[Worker[Fact | None], ...]:
        """The workers under way."""
        return tuple(worker for worker in self.workers if not worker.is_finished)

    @property
    def settled(self) -> bool:
        """True when nothing runs and nothing waits to run: the one signal that tests wait for."""
        return not self.running and not self.waiting and self.typing is None and not self.holds_keys

    @property
    def coming(self) -> bool:
        """Whether a screen was asked for that is still being worked out."""
        return bool(self._coming)

    def give_up_coming(self) -> None:
        """Wants no longer what is coming: what its workers bring is dropped."""
        for group in self._coming:
            self.waiting.pop(group, None)
        self._unwanted.update(worker for worker in self.running if worker.group in self._coming)
        self._coming.clear()

    @property
    def writing(self) -> bool:
        """True while the repository is written, or live checks run: nothing else of the kind may begin then."""
        return any(worker.group in (WRITE, LIVE) for worker in self.running)

    def when_written(self, do: Callable[[], object], tries: int = WRITE_TRIES) -> None:
        """Calls `do` once a write under way has ended, and soon in any case: a hook or a live check may last."""
        groups = {worker.group for worker in self.running}
        if tries and WRITE in groups and LIVE not in groups:
            self.set_timer(WRITE_PAUSE, lambda: self.when_written(do, tries - 1))
        else:
            do()

    # Screens

    def show(self, screen: Screen[Answer], answer: Callable[[Answer | None], None] | None = None) -> None:
        """Puts a screen on top; `answer` is called with its result."""
        _ = self.push_screen(screen, answer)

    def leave(self) -> None:
        """Takes the top screen away."""
        _ = self.pop_screen()

    # Workers

    def start_job(self, group: str, job: Job, label: str) -> None:
        """Runs `job` now; `label` says in the title what is done, '' nothing."""
        self.run_worker(job, thread=True, group=group, description=label or QUIET, exit_on_error=False)

    def latest(self, group: str, job: Job, label: str) -> None:
        """Runs `job`, or keeps it for when the one of its group under way has ended; only the newest is kept."""
        if group in OPENS:
            self._coming.add(group)
        if any(worker.group == group for worker in self.running):
            self.waiting[group] = (job, label)
        else:
            self.start_job(group, job, label)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Says what is done when a worker began or ended, delivers its fact or its trouble, starts the one that
        waits.
        """
        worker = event.worker
        if worker in self._unwanted:
            pass
        elif event.state is WorkerState.SUCCESS and isinstance(worker.result, Fact):
            self.deliver(worker.result)
        elif event.state is WorkerState.ERROR and worker.error is not None:
            self.deliver(self._trouble(worker.error, worker))
        if worker.is_finished:
            self._unwanted.discard(worker)
            self._ended(worker.group)
        self.doing = next((w.description for w in self.running if w.description != QUIET), "")

    def _ended(self, group: str) -> None:
        if group in (WRITE, LIVE) and not self.writing:
            self.stopping.clear()
            self._end_live()
        if group in self.waiting:
            self.start_job(group, *self.waiting.pop(group))
        else:
            self._coming.discard(group)
            self.call_later(self.take_held)

    def _trouble(self, error: BaseException, worker: Worker[object]) -> Fact:
        if isinstance(error, CancelledError):
            return TakenBack(error.message)
        if isinstance(error, WizardError):
            return Failed(error.message, error.where, error.next_step, worker.group)
        from wizard.adapters.bugs import record

        where = record(error)
        return Failed(f"this is a bug in the wizard: {type(error).__name__}: {error}", "", where, worker.group)

    # Facts

    def deliver(self, fact: Fact) -> None:
        """Takes in a fact, then hands a copy to every open screen."""
        self.received(fact)
        for screen in self.screen_stack:
            screen.post_message(copy.copy(fact))

    def received(self, fact: Message) -> None:
        """Does what the app itself does with a fact."""
        said = _command(fact)
        if said:
            self.commands.append(f"{datetime.now():%H:%M:%S}  {said}")

    def on_phase_applied(self, fact: PhaseApplied) -> None:
        """Passes it from the thread to the screens."""
        self.deliver(fact)

    def on_observed(self, fact: Observed) -> None:
        """Passes it from the thread to the screens; what was said before it comes first."""
        self._send_progress()
        self.deliver(fact)

    def on_proof_started(self, fact: ProofStarted) -> None:
        """Passes it from the thread to the screens."""
        self.deliver(fact)

    def begin_live(self) -> None:
        """Delivers with every frame, from now on, what `progress` gathers, until nothing writes any more."""
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
        from wizard.rules.text import plural

        changeset = fact.applied.planned.changeset
        files = plural(len(fact.applied.written.paths), "file")
        return f"wrote {files} of phase {changeset.phase.name} of {changeset.service}"
    if isinstance(fact, PhaseCommitted):
        return f"git commit --only {' '.join(fact.committed.receipt.paths)}"
    if isinstance(fact, Observed):
        return f"{fact.observation.action}  ({fact.observation.item}, {fact.observation.runtime})"
    if isinstance(fact, Done):
        return f"git commit: {fact.receipt.subject}"
    return "put the files back" if isinstance(fact, TakenBack) else ""
