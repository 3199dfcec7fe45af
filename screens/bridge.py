"""The base app: everything that can be asked of the core, each in a thread worker that returns a fact.

Nothing here blocks: reads may replace each other, writes never do. The core is imported inside the workers only, so
that the first screen is painted before it.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

from screens.intents import (
    Done,
    Edited,
    Fact,
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
from screens.workers import LIVE, WRITE, Job, Workers
from wizard.errors import CancelledError, WizardError

if TYPE_CHECKING:
    from wizard.pipeline.desk import Desk
    from wizard.pipeline.guided import Overview
    from wizard.pipeline.sheet import Sheet
    from wizard.pipeline.work import Event, Planned
    from wizard.values.observation import Observation
    from wizard.values.phase import Phase
    from wizard.values.spec import ServiceSpec

PATIENCE = 1.0  # seconds that keys have to arrive when the terminal is closed
PAUSE = 0.3  # a preview costs a plan: it is made when the typing pauses


class Bridge(Workers):
    """Runs the core in threads; see the methods for what can be asked of it."""

    def __init__(self, root: Path, *, log_window: float = 5.0) -> None:
        super().__init__()
        self.root = root
        self.view: Overview | None = None
        self._log_window = log_window
        self._desk: Desk | None = None
        self._due: Callable[[], None] | None = None
        self._desk_made = threading.Lock()

    def received(self, fact: Message) -> None:
        """Keep the newest reading of the stack."""
        super().received(fact)
        if isinstance(fact, StackRead):
            self.view = fact.view

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

    # What can be asked

    def read_stack(self, *, first: bool = False) -> None:
        """Read and judge everything; `first`: put right what a killed run left."""
        self.latest("read", lambda: StackRead(self.desk().open() if first else self.desk().look()), "reading the stack")

    def describe(self, name: str, *, form: bool) -> None:
        """Infer the spec of a service."""

        def job() -> Fact:
            inferred, sheet, drafted = self.desk().describe(name)
            return SpecInferred(name, inferred, sheet, drafted, form)

        self.latest("describe", job, f"reading {name or 'the stack'}")

    def preview(self, spec: ServiceSpec) -> None:
        """Plan the first open phase for answers that are still being typed."""

        def job() -> Fact:
            from wizard.pipeline.guided import preview

            return Previewed(preview(self.desk().stack, spec))

        if self.typing is not None:
            self.typing.stop()
        self.typing = self.set_timer(PAUSE, lambda: self._pause(job))

    def _pause(self, job: Job) -> None:
        self.typing = None
        self.latest("preview", job, "")

    def keep_draft(self, name: str, sheet: Sheet) -> None:
        """Keep what was typed."""

        def job() -> None:
            from wizard.pipeline.guided import keep_draft

            keep_draft(self.desk().stack, name, sheet)

        self._keep(job)

    def rename_draft(self, old: str, new: str, sheet: Sheet) -> None:
        """Keep what was typed under the service's name from now on."""

        def job() -> None:
            from wizard.pipeline.guided import drop_draft, keep_draft

            keep_draft(self.desk().stack, new, sheet)
            drop_draft(self.desk().stack, old)

        self._keep(job)

    def _keep(self, job: Callable[[], None]) -> None:
        """Run the newest of these jobs, at the latest when the app has ended: ending cancels workers that wait."""
        self._due = job

        def run() -> None:
            job()
            if self._due is job:
                self._due = None

        self.latest("draft", run, "")

    def drop_draft(self, name: str) -> None:
        """Forget what was typed."""

        def job() -> None:
            from wizard.pipeline.guided import drop_draft

            drop_draft(self.desk().stack, name)

        self._keep(job)

    def plan_phase(self, spec: ServiceSpec, phase: Phase) -> None:
        """Plan one phase on the stack as it is now."""
        self.latest("plan", lambda: PhasePlanned(self.desk().plan(spec, phase)), f"planning {phase.value}")

    def apply_phase(self, planned: Planned) -> None:
        """Write a phase, run its checks, judge it; it stays open."""
        self.begin_live()
        self.start_job(WRITE, lambda: self._carry_out(planned), f"applying {planned.changeset.phase.value}")

    def commit_phase(self, message: str) -> None:
        """Commit the open phase."""
        self.start_job(WRITE, lambda: PhaseCommitted(self.desk().commit(message)), "committing")

    def take_back(self, reason: str = "") -> None:
        """Put the open phase's files back."""

        def job() -> Fact:
            self.desk().close()
            return TakenBack(reason)

        self.start_job(WRITE, job, "putting the files back")

    def prove(self, spec: ServiceSpec, items: tuple[str, ...]) -> None:
        """Run live checks."""
        self.begin_live()
        self.start_job(LIVE, lambda: self._prove(spec, items), f"checking {spec.name} live")

    def waive(self, service: str, item: str, reason: str) -> None:
        """Record a waiver."""
        self.start_job(WRITE, lambda: Done(self.desk().waive(service, item, reason)), f"waiving {item}")

    def undo(self, service: str, phase: Phase) -> None:
        """Take a phase back."""
        self.start_job(WRITE, lambda: Done(self.desk().undo(service, phase)), f"undoing {phase.value}")

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
        if self._due is not None:
            self._due()
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
            self.progress.append(event)
        elif isinstance(event, Observation):
            self.post_message(Observed(event))
        elif isinstance(event, Applied):
            self.post_message(PhaseApplied(event))
        elif isinstance(event, Judged):
            return PhaseJudged(event)
        return None

    # The end

    def listen_for_hangup(self) -> None:
        """A closed terminal or a SIGTERM ends the app as if one had quit: what is open is put back."""
        import asyncio

        loop = asyncio.get_running_loop()
        for number in (signal.SIGHUP, signal.SIGTERM):
            loop.add_signal_handler(number, self._hang_up, number)

    def _hang_up(self, number: int) -> None:
        self.stopping.set()
        self.set_timer(PATIENCE, lambda: self.exit(return_code=128 + number))
        self.after_typing(lambda: self.exit(return_code=128 + number))

    def after_typing(self, do: Callable[[], object]) -> None:
        """Call `do` once the keys pressed before have arrived where they were typed."""
        from screens.base import WizardScreen

        screen = self.screen
        if isinstance(screen, WizardScreen):
            screen.after_typing(lambda: self.call_later(do))
        else:
            do()
