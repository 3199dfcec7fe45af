"""The base app: everything that can be asked of the core, each in a thread worker that returns a fact.

Nothing here blocks: reads may replace each other, writes never do. The core is imported inside the workers only, so
that the first screen is painted before it.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

from screens.intents import (
    CommitSeen,
    Done,
    Edited,
    Fact,
    Followed,
    Observed,
    PhaseApplied,
    PhaseCommitted,
    PhaseJudged,
    PhasePlanned,
    Previewed,
    ProofFinished,
    ProofStarted,
    Proposed,
    SidesFound,
    SpecInferred,
    StackRead,
    TakenBack,
)
from screens.layers.keeping import Keeping
from screens.layers.workers import LIVE, WRITE, Job
from screens.steps import Steps
from wizard.errors import CancelledError, WizardError

if TYPE_CHECKING:
    from wizard.pipeline.answer_form import AnswerForm
    from wizard.pipeline.guided import Overview
    from wizard.pipeline.guided_session import GuidedSession
    from wizard.pipeline.work import Event, Planned
    from wizard.plan.sides import Side
    from wizard.session.settings import SettingsFile
    from wizard.values.checklist import Checklist
    from wizard.values.choice import Choice
    from wizard.values.observation import Observation
    from wizard.values.phase import Phase
    from wizard.values.proposal import Proposal
    from wizard.values.receipt import PhaseCommit
    from wizard.values.spec import ServiceSpec

TERMINAL_SECONDS = 1.0  # between two looks whether the terminal is there: what reads its end spins until then
HELD_SECONDS = 0.02  # between two looks whether the keys that wait for their turn have had it
PATIENCE = 2.0  # seconds that keys have to arrive when the terminal is closed
PAUSE = 0.3  # a preview costs a plan: it is made when the typing pauses


class Bridge(Keeping):
    """Runs the core in threads; see the methods for what can be asked of it."""

    def __init__(self, root: Path, *, log_window: float = 5.0) -> None:
        super().__init__()
        self.root = root
        self.view: Overview | None = None
        self.own_keys: dict[str, str] = {}  # deeds that the settings give other keys
        self.remote = False
        """Whether live checks may use an engine on another machine."""
        self._log_window = log_window
        self._session: GuidedSession | None = None
        self._desk_made = threading.Lock()
        self.steps = Steps()
        self.forms: dict[str, tuple[list[AnswerForm], list[AnswerForm]]] = {}  # what was typed before, and undone

    def received(self, fact: Message) -> None:
        """Keeps the newest reading of the stack."""
        super().received(fact)
        if isinstance(fact, StackRead):
            self.view = fact.view
            self.choices = {**fact.view.chosen, **self.choices}
        elif isinstance(fact, PhaseCommitted):
            self.steps.committed(fact.committed.receipt)
        elif isinstance(fact, Done):
            self.steps.committed(fact.receipt, fact.proposal)

    @property
    def checklist(self) -> Checklist:
        """Returns the checklist of the newest reading; the shipped one before there is any."""
        from wizard.checklist.load import load

        return self.view.checklist if self.view is not None else load()

    @property
    def uncommitted(self) -> bool:
        """True while a phase is written and neither committed nor taken back."""
        return self._session is not None and self._session.applied is not None

    def session(self) -> GuidedSession:
        """Returns the session on the stack; made by the first worker that needs it."""
        from wizard.pipeline.guided_session import GuidedSession

        with self._desk_made:
            if self._session is None:
                found = self._preferred()
                window = self._log_window if found.path is None else found.settings.log_window
                self._session = GuidedSession(
                    self.root, log_window=window, runtime=found.settings.runtime, remote=self.remote
                )
            return self._session

    def _preferred(self) -> SettingsFile:
        """Returns the settings; the defaults where they are wrong, which is said by whoever validates them."""
        from wizard.session.settings import Settings, SettingsFile, apply_editor, load_settings

        try:
            found = load_settings(os.environ)
        except WizardError:
            return SettingsFile(Settings())
        apply_editor(found.settings)
        return found

    # What can be asked

    def read_stack(self, *, first: bool = False) -> None:
        """Reads and judges everything; `first`: puts right what a killed run left."""

        def job() -> Fact:
            with suppress(WizardError, OSError):  # said by the job that was to keep it
                self.keep_due()  # what was typed is read back as a draft
            return StackRead(self.session().open() if first else self.session().look())

        self.latest("read", job, "reading the stack")

    def describe(self, name: str, *, as_form: bool) -> None:
        """Infers the spec of a service."""

        def job() -> Fact:
            inferred, form, drafted = self.session().describe(name)
            return SpecInferred(name, inferred, form, drafted, as_form)

        self.latest("describe", job, f"reading {name or 'the stack'}")

    def preview(self, spec: ServiceSpec) -> None:
        """Plans the first open phase for answers that are still being typed."""

        def job() -> Fact:
            from wizard.pipeline.guided import preview

            return Previewed(preview(self.session().stack, spec))

        if self.typing is not None:
            self.typing.stop()
        self.typing = self.set_timer(PAUSE, lambda: self._pause(job))

    def _pause(self, job: Job) -> None:
        self.typing = None
        self.latest("preview", job, "")

    def plan_phase(self, spec: ServiceSpec, phase: Phase, choice: Choice) -> None:
        """Plans what is taken of one phase, on the stack as it is now."""

        def job() -> Fact:
            return PhasePlanned(self.session().plan(spec, phase, choice), choice)

        self.latest("plan", job, f"planning {phase.name}")

    def apply_phase(self, planned: Planned) -> None:
        """Writes a phase, runs its checks, judges it; it stays open."""
        self.begin_live()
        self.start_job(WRITE, lambda: self._carry_out(planned), f"applying {planned.changeset.phase.name}")

    def commit_phase(self, message: str) -> None:
        """Commits the open phase."""
        self.start_job(WRITE, lambda: PhaseCommitted(self.session().commit(message)), "committing")

    def take_back(self, reason: str = "") -> None:
        """Puts the open phase's files back."""

        def job() -> Fact:
            self.session().close()
            return TakenBack(reason)

        self.start_job(WRITE, job, "putting the files back")

    def prove(self, spec: ServiceSpec, items: tuple[str, ...]) -> None:
        """Runs live checks."""
        self.begin_live()
        self.start_job(LIVE, lambda: self._prove(spec, items), f"checking {spec.name} live")

    def propose(self, think: Callable[[GuidedSession], Proposal], label: str) -> None:
        """Works out a commit beside the phases; nothing is written yet."""
        self.latest("propose", lambda: Proposed(think(self.session())), label)

    def make(self, proposal: Proposal) -> None:
        """Makes a commit that was shown."""
        self.start_job(WRITE, lambda: Done(self.session().make(proposal), proposal), f"committing: {proposal.says}")

    def find_sides(self, name: str) -> None:
        """Reads the answers about a service that its contradictions are about."""
        self.latest("sides", lambda: SidesFound(name, self.session().describe(name)[0].spec), f"reading {name}")

    def follow(self, side: Side) -> None:
        """Works out what follows when a side of a contradiction is right."""
        self.latest("follow", lambda: Followed(self.session().follow(side)), "looking what follows")

    def see_commit(self, made: PhaseCommit) -> None:
        """Reads what a commit changed."""
        self.latest("see", lambda: CommitSeen(made, self.session().shown(made)), "")

    def edited(self, path: str) -> None:
        """Tells the screens that a file was edited, and reads anew."""
        self.deliver(Edited(path))
        self.read_stack()

    def stop(self) -> None:
        """Stops writing and checking; the workers put back what they wrote and end."""
        if self.writing:
            self.stopping.set()

    def close_desk(self) -> None:
        """Keeps what was typed last, puts back whatever is open. Called when the app has ended, all threads with it."""
        self.keep_due()
        if self._session is not None:
            self._session.close()

    # Threads

    def _carry_out(self, planned: Planned) -> Fact:
        with closing(self._stoppable(self.session().carry_out(planned, self.stopping.is_set))) as events:  # type: ignore[type-var]
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
            self.post_message(ProofStarted(items, self.session().runtime()))
            with closing(self.session().verify(spec, items, self.stopping.is_set)) as events:  # type: ignore[type-var]
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
        """Lets a closed terminal or a SIGTERM end the app as if one had quit: what is open is put back."""
        import asyncio

        loop = asyncio.get_running_loop()
        for number in (signal.SIGHUP, signal.SIGTERM):
            loop.add_signal_handler(number, self._hang_up, number)
        if sys.stdin.isatty():
            self.set_interval(TERMINAL_SECONDS, self._look_for_terminal)

    def _look_for_terminal(self) -> None:
        """Ends the app when its terminal is gone and no signal said so: the process has no controlling terminal then,
        as under `docker exec`, and Textual would read the end of the file for ever."""
        terminal = select.poll()
        terminal.register(sys.stdin.fileno(), 0)
        if not self.stopping.is_set() and any(what & select.POLLHUP for _, what in terminal.poll(0)):
            self._hang_up(signal.SIGHUP)

    def _hang_up(self, number: int) -> None:
        self.stopping.set()
        self.set_timer(PATIENCE, lambda: self.exit(return_code=128 + number))
        self._end_after_keys(128 + number)

    def _end_after_keys(self, code: int) -> None:
        """Ends the app once every key that was pressed has had its turn and has arrived."""
        if self.holds_keys:
            self.set_timer(HELD_SECONDS, lambda: self._end_after_keys(code))
        else:
            self.after_typing(lambda: self.exit(return_code=code))

    def after_typing(self, do: Callable[[], object]) -> None:
        """Calls `do` once the keys pressed before have arrived where they were typed."""
        from screens.base import WizardScreen

        screen = self.screen
        if isinstance(screen, WizardScreen):
            screen.after_typing(lambda: self.call_later(do))
        else:
            do()
