"""The base app: holds every thread worker. A worker calls the core and returns a fact for every open screen.

Nothing here blocks: reads may replace each other, writes never do. The core is imported inside the workers only, so
that the first screen is painted before it.
"""

from __future__ import annotations

import copy
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from textual.app import App
from textual.message import Message
from textual.reactive import reactive
from textual.screen import Screen
from textual.timer import Timer
from textual.worker import Worker, WorkerState

from screens.intents import (
    Done,
    Edited,
    Fact,
    Failed,
    LiveProgress,
    Observed,
    PhaseApplied,
    PhaseCommitted,
    PhaseJudged,
    PhasePlanned,
    Previewed,
    ProofFinished,
    ProofStarted,
    SpecInferred,
    StackRead,
    TakenBack,
)
from wizard.errors import CancelledError, WizardError

if TYPE_CHECKING:
    from wizard.pipeline.desk import Desk
    from wizard.pipeline.guided import Overview
    from wizard.pipeline.sheet import Sheet
    from wizard.pipeline.work import Event, Planned
    from wizard.values.observation import Observation, Progress
    from wizard.values.phase import Phase
    from wizard.values.spec import ServiceSpec

Answer = TypeVar("Answer")
Job = Callable[[], Fact | None]
FRAME = 1 / 30
QUIET = "-"  # what is not worth a word in the title
PAUSE = 0.3  # a preview costs a plan: it is made when the typing pauses
WRITE, LIVE = "write", "live"


class Bridge(App[int]):
    """Runs the core in threads; see the methods for what can be asked of it."""

    doing: reactive[str] = reactive("", init=False)

    def __init__(self, root: Path, *, log_window: float = 5.0) -> None:
        super().__init__()
        self.root = root
        self.view: Overview | None = None
        self.stopping = threading.Event()
        self._log_window = log_window
        self._desk: Desk | None = None
        self._desk_made = threading.Lock()
        self._progress: deque[Progress] = deque(maxlen=20_000)
        self._frames: Timer | None = None
        self._waiting: dict[str, tuple[Job, str]] = {}
        self._typing: Timer | None = None
        self.commands: deque[str] = deque(maxlen=200)

    # What runs

    @property
    def running(self) -> tuple[Worker[Fact | None], ...]:
        """The workers under way."""
        return tuple(worker for worker in self.workers if not worker.is_finished)

    @property
    def settled(self) -> bool:
        """True when nothing runs and nothing waits to run: the one signal that tests wait for."""
        return not self.running and not self._waiting and self._typing is None

    @property
    def writing(self) -> bool:
        """True while the repository is written, or live checks run: nothing else of the kind may begin then."""
        return any(worker.group in (WRITE, LIVE) for worker in self.running)

    @property
    def uncommitted(self) -> bool:
        """True while a phase is written and neither committed nor taken back."""
        return self._desk is not None and self._desk.applied is not None

    def desk(self) -> Desk:
        """The session on the stack; made by the first worker that needs it."""
        from wizard.pipeline.desk import Desk

        with self._desk_made:
            if self._desk is None:
                self._desk = Desk(self.root, log_window=self._log_window)
            return self._desk

    # Screens

    def show(self, screen: Screen[Answer], answer: Callable[[Answer | None], None] | None = None) -> None:
        """Put a screen on top; `answer` is called with its result."""
        _ = self.push_screen(screen, answer)

    def leave(self) -> None:
        """Take the top screen away."""
        _ = self.pop_screen()

    # What can be asked

    def read_stack(self, *, first: bool = False) -> None:
        """Read and judge everything; `first`: put right what a killed run left."""
        self._latest(
            "read", lambda: StackRead(self.desk().open() if first else self.desk().look()), "reading the stack"
        )

    def describe(self, name: str, *, form: bool) -> None:
        """Infer the spec of a service."""

        def job() -> Fact:
            inferred, sheet, drafted = self.desk().describe(name)
            return SpecInferred(name, inferred, sheet, drafted, form)

        self._latest("describe", job, f"reading {name or 'the stack'}")

    def preview(self, spec: ServiceSpec) -> None:
        """Plan the first open phase for answers that are still being typed."""

        def job() -> Fact:
            from wizard.pipeline.guided import preview

            return Previewed(preview(self.desk().stack, spec))

        if self._typing is not None:
            self._typing.stop()
        self._typing = self.set_timer(PAUSE, lambda: self._pause(job))

    def _pause(self, job: Job) -> None:
        self._typing = None
        self._latest("preview", job, "")

    def keep_draft(self, name: str, sheet: Sheet) -> None:
        """Keep what was typed."""

        def job() -> None:
            from wizard.pipeline.guided import keep_draft

            keep_draft(self.desk().stack, name, sheet)

        self._latest("draft", job, "")

    def rename_draft(self, old: str, new: str, sheet: Sheet) -> None:
        """Keep what was typed under the service's name from now on."""

        def job() -> None:
            from wizard.pipeline.guided import drop_draft, keep_draft

            keep_draft(self.desk().stack, new, sheet)
            drop_draft(self.desk().stack, old)

        self._latest("draft", job, "")

    def drop_draft(self, name: str) -> None:
        """Forget what was typed."""

        def job() -> None:
            from wizard.pipeline.guided import drop_draft

            drop_draft(self.desk().stack, name)

        self._latest("draft", job, "")

    def plan_phase(self, spec: ServiceSpec, phase: Phase) -> None:
        """Plan one phase on the stack as it is now."""
        self._latest("plan", lambda: PhasePlanned(self.desk().plan(spec, phase)), f"planning {phase.value}")

    def apply_phase(self, planned: Planned) -> None:
        """Write a phase, run its checks, judge it; it stays open."""
        self._begin_live()
        self._start(WRITE, lambda: self._carry_out(planned), f"applying {planned.changeset.phase.value}")

    def commit_phase(self, message: str) -> None:
        """Commit the open phase."""
        self._start(WRITE, lambda: PhaseCommitted(self.desk().commit(message)), "committing")

    def take_back(self, reason: str = "") -> None:
        """Put the open phase's files back."""

        def job() -> Fact:
            self.desk().close()
            return TakenBack(reason)

        self._start(WRITE, job, "putting the files back")

    def prove(self, spec: ServiceSpec, items: tuple[str, ...]) -> None:
        """Run live checks."""
        self._begin_live()
        self._start(LIVE, lambda: self._prove(spec, items), f"checking {spec.name} live")

    def waive(self, service: str, item: str, reason: str) -> None:
        """Record a waiver."""
        self._start(WRITE, lambda: Done(self.desk().waive(service, item, reason)), f"waiving {item}")

    def undo(self, service: str, phase: Phase) -> None:
        """Take a phase back."""
        self._start(WRITE, lambda: Done(self.desk().undo(service, phase)), f"undoing {phase.value}")

    def edited(self, path: str) -> None:
        """Tell the screens that a file was edited, and read anew."""
        self.deliver(Edited(path))
        self.read_stack()

    def stop(self) -> None:
        """Stop writing and checking; the workers put back what they wrote and end."""
        if self.writing:
            self.stopping.set()

    def close_desk(self) -> None:
        """Keep what was typed last, put back whatever is open. Called when the app has ended, all threads with it."""
        job, _ = self._waiting.pop("draft", (None, ""))
        if job is not None:
            job()
        if self._desk is not None:
            self._desk.close()

    # Threads

    def _carry_out(self, planned: Planned) -> Fact:
        with closing(self._stoppable(self.desk().carry_out(planned, self.stopping.is_set))) as events:  # type: ignore[type-var]
            judged: Fact | None = None
            for event in events:
                judged = self._tell(event) or judged
        if judged is None:
            raise RuntimeError("a phase ended without its judgement")
        return judged

    def _prove(self, spec: ServiceSpec, items: tuple[str, ...]) -> Fact:
        from wizard.values.observation import Observation

        seen: list[Observation] = []
        try:
            self.post_message(ProofStarted(items, self.desk().runtime()))
            with closing(self.desk().verify(spec, items, self.stopping.is_set)) as events:  # type: ignore[type-var]
                for event in events:
                    self._tell(event)
                    if isinstance(event, Observation):
                        seen.append(event)
        except CancelledError as stopped:
            return ProofFinished(tuple(seen), stopped.message)
        except WizardError as trouble:
            return ProofFinished(tuple(seen), f"{trouble.message}; {trouble.next_step}")
        return ProofFinished(tuple(seen))

    def _stoppable(self, events: Iterator[Event]) -> Iterator[Event]:
        with closing(events):  # type: ignore[type-var]
            for event in events:
                if self.stopping.is_set():
                    raise CancelledError("stopped; the files are as before", next_step="apply again when you like")
                yield event

    def _tell(self, event: Event) -> PhaseJudged | None:
        """Post what happened from a worker; progress only joins the queue that the next frame empties."""
        from wizard.pipeline.work import Applied, Judged
        from wizard.values.observation import Observation, Progress

        if isinstance(event, Progress):
            self._progress.append(event)
        elif isinstance(event, Observation):
            self.post_message(Observed(event))
        elif isinstance(event, Applied):
            self.post_message(PhaseApplied(event))
        elif isinstance(event, Judged):
            return PhaseJudged(event)
        return None

    # Workers

    def _start(self, group: str, job: Job, label: str) -> None:
        self.run_worker(job, thread=True, group=group, description=label or QUIET, exit_on_error=False)

    def _latest(self, group: str, job: Job, label: str) -> None:
        """Run `job`, or keep it for when the one of its group under way has ended; only the newest is kept."""
        if any(worker.group == group for worker in self.running):
            self._waiting[group] = (job, label)
        else:
            self._start(group, job, label)

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
        if group in self._waiting:
            self._start(group, *self._waiting.pop(group))

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
        if isinstance(fact, StackRead):
            self.view = fact.view
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

    def _begin_live(self) -> None:
        self._progress.clear()
        if self._frames is None:
            self._frames = self.set_interval(FRAME, self._send_progress)

    def _end_live(self) -> None:
        self._send_progress()
        if self._frames is not None:
            self._frames.stop()
            self._frames = None

    def _send_progress(self) -> None:
        """Thirty times a second: everything that arrived, as one message."""
        if self._progress:
            events = tuple(self._progress.popleft() for _ in range(len(self._progress)))
            self.deliver(LiveProgress(events))

    # The end

    def listen_for_hangup(self) -> None:
        """A closed terminal or a SIGTERM ends the app as if one had quit: what is open is put back."""
        import asyncio

        loop = asyncio.get_running_loop()
        for number in (signal.SIGHUP, signal.SIGTERM):
            loop.add_signal_handler(number, self._hang_up, number)

    def _hang_up(self, number: int) -> None:
        self.stopping.set()
        self.exit(return_code=128 + number)


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
