"""The session from beginning to end, and its exit code."""

from __future__ import annotations

import shlex
import sys
from contextlib import closing, suppress
from pathlib import Path

from wizard.cli_types import Ended as Stopped
from wizard.pipeline.guided import Overview
from wizard.pipeline.guided_session import GuidedSession
from wizard.pipeline.opening import problems_of
from wizard.plain.interview import Interview
from wizard.plain.phases import Walk
from wizard.plain.services import Chosen, choose_service
from wizard.plain.tour import offer_tour
from wizard.plain.voice import BACK, Ended, Option, Quit, Voice
from wizard.plain.words import standing, summary
from wizard.rules.text import one_line, plural
from wizard.session.settings import Settings
from wizard.values.spec import ServiceSpec

INTERRUPTED = 130


def run(stack: Path, tour: bool, settings: Settings | None = None, *, remote: bool = False) -> int:
    """Holds the session on standard input and output. `remote`: live checks may use an engine on another machine.

    0: gone through, or left with `quit`; 1: the input ended before; 130, 143, 129: Ctrl-C, SIGTERM, SIGHUP. Whatever
    is written and not committed is put back; answers stay kept. Raises `WizardError` for a stack that cannot be opened.
    """
    voice = Voice(sys.stdin, sys.stdout)
    wanted = settings or Settings()
    made = GuidedSession(stack, log_window=wanted.log_window, runtime=wanted.runtime, remote=remote)
    with closing(made) as session:
        try:
            if tour:
                offer_tour(voice)
            _session(voice, session)
        except (Quit, Ended, KeyboardInterrupt) as end:
            open_phase = session.applied
            session.close()
            with suppress(OSError):  # the terminal may be gone
                voice.say("", *_farewell(session, back=open_phase is not None))
            return _code(end)
    return 0


def _code(end: BaseException) -> int:
    if isinstance(end, Stopped):
        return 128 + end.number
    return 0 if isinstance(end, Quit) else 1 if isinstance(end, Ended) else INTERRUPTED


def _farewell(session: GuidedSession, *, back: bool) -> tuple[str, ...]:
    """Says what becomes of the session. `back`: files of a phase that was not committed were put back."""
    place = shlex.quote(str(session.stack.root))
    if session.stack.repo is None:
        return ("Your answers are not kept: that needs a git repository.", f"Begin one with: git init {place}")
    kept = ("What was not committed is put back.",) if back else ()
    return (*kept, "Your answers are kept.", f"Go on with: stack-wizard --plain {place}")


def _session(voice: Voice, session: GuidedSession) -> None:
    view = session.open()
    _greet(voice, view)
    while True:
        chosen = choose_service(voice, session, view)
        if _work(voice, session, view, chosen):
            return
        view = session.look()


def _greet(voice: Voice, view: Overview) -> None:
    branch = f", branch {one_line(view.branch)}" if view.branch else ""
    voice.say(f"Stack {view.facts.root}{branch}: {plural(len(view.reports), 'service')}.")
    voice.tell(one_line(sentence, 400) for sentence in view.recovered)
    if view.trouble:
        voice.say(f"Nothing can be written now: {one_line(view.trouble, 400)}")
    voice.tell(f"Not read: {problem.source}: {one_line(problem.message, 300)}" for problem in problems_of(view.facts))
    voice.say("Type ? for help, back to go back, quit to leave; nothing you typed is lost.", "")


def _work(voice: Voice, session: GuidedSession, view: Overview, chosen: Chosen) -> bool:
    """One service from its answers to its summary; False to choose another one."""
    interview = Interview(
        voice, session, view.facts, chosen.inferred, chosen.form, new=chosen.new, drafted=chosen.drafted
    )
    spec = _settled(voice, view, chosen, interview)
    while spec is not None:
        if Walk(voice, session, view, spec).go():
            _conclude(voice, session, spec)
            return True
        spec = interview.hold()
    return False


def _settled(voice: Voice, view: Overview, chosen: Chosen, interview: Interview) -> ServiceSpec | None:
    """The answers: asked for, or, when all is said already, taken as they are."""
    report = view.report(chosen.name)
    if report is None:
        return interview.hold()
    voice.say("", f"{chosen.name}:")
    voice.tell(standing(view, report))
    spec = interview.spec()
    if spec is None:
        return interview.hold()
    options = (
        Option("phases", "go on with the phases"),
        Option("answers", "look through the answers first; each says where it was read"),
    )
    picked = voice.choose("What now?", options, "answers" if chosen.inferred.assumed else "phases")
    if picked == BACK:
        return None
    return spec if picked == "phases" else interview.hold()


def _conclude(voice: Voice, session: GuidedSession, spec: ServiceSpec) -> None:
    view = session.look()
    report = view.report(spec.name)
    if report is not None:
        voice.say("")
        voice.tell(summary(view, report))
