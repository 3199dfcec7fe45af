"""Which service: one of the stack's, or a new one that is named here."""

from __future__ import annotations

from wizard.pipeline.answer_form import AnswerForm
from wizard.pipeline.asking.corrections import correction
from wizard.pipeline.asking.questions import NAME_HELP
from wizard.pipeline.guided import Overview, answered, drop_draft, keep_draft
from wizard.pipeline.guided_session import GuidedSession
from wizard.plain.voice import BACK, HELP, Option, Voice
from wizard.plain.words import service_words
from wizard.rules.text import one_line
from wizard.values.lean import dataclass, replace
from wizard.values.spec import Inferred

NEW = "new"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A service to work on: what the stack says of it, and the answers so far (`drafted`: kept from before)."""

    name: str
    inferred: Inferred
    form: AnswerForm
    drafted: bool
    new: bool


def choose_service(voice: Voice, session: GuidedSession, view: Overview) -> Chosen:
    """Asks which service; half-finished ones come first. Raises `Quit`, `Ended`."""
    known = [report.service for report in view.reports]
    drafts = [name for name in view.drafts if name and name not in known]
    options = [Option(report.service, service_words(view, report)) for report in view.reports]
    options += [Option(name, "a new service, answers kept from before") for name in drafts]
    options.append(Option(NEW, "begin a new service"))
    while True:
        picked = voice.choose("Which service?", options)
        if picked in (BACK, HELP):
            voice.say("Choose a service to go on with, or begin a new one. quit leaves.")
        elif picked == NEW:
            name = _name(voice, session, view)
            if name:
                return _described(session, name, new=True)
        else:
            return _described(session, picked, new=picked in drafts)


def _described(session: GuidedSession, name: str, *, new: bool) -> Chosen:
    inferred, form, drafted = session.describe(name)
    return Chosen(name, inferred, replace(form, name=name), drafted, new)


def _name(voice: Voice, session: GuidedSession, view: Overview) -> str:
    """The name of a new service, '' to go back. Answers that were typed without a name go over to it."""
    inferred, form, drafted = session.describe("")
    suggested = form.name if drafted else ""
    voice.say("", "The name of the new service.", *NAME_HELP.split("\n"))
    while True:
        reply = voice.ask(f"Name, Enter for {suggested}: " if suggested else "Name: ")
        if reply.word == BACK:
            return ""
        name = reply.text or suggested
        typed = replace(form, name=name)
        problem = answered(view.facts, inferred, typed, new=True).problem("name")
        if not problem and not reply.word:
            if drafted:
                keep_draft(session.stack, name, typed)
                drop_draft(session.stack, "")
            return name
        suggested = correction(view.facts, inferred, typed, ("name",), new=True) if reply.text else suggested
        voice.say(f"That cannot be taken: {one_line(problem, 300)}." if problem and not reply.word else NAME_HELP)
