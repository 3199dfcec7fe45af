"""Which service: one of the stack's, or a new one that is named here."""

from __future__ import annotations

from wizard.output.clean import one_line
from wizard.pipeline.desk import Desk
from wizard.pipeline.guided import Overview, answered, drop_draft, keep_draft
from wizard.pipeline.sheet import Sheet
from wizard.plain.voice import BACK, HELP, Option, Voice
from wizard.plain.words import service_words
from wizard.values.lean import dataclass, replace
from wizard.values.spec import Inferred

NEW = "new"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A service to work on: what the stack says of it, and the answers so far (`drafted`: kept from before)."""

    name: str
    inferred: Inferred
    sheet: Sheet
    drafted: bool
    new: bool


def choose_service(voice: Voice, desk: Desk, view: Overview) -> Chosen:
    """Ask which service; half-finished ones come first. Raises `Quit`, `Ended`."""
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
            name = _name(voice, desk, view)
            if name:
                return _described(desk, name, new=True)
        else:
            return _described(desk, picked, new=picked in drafts)


def _described(desk: Desk, name: str, *, new: bool) -> Chosen:
    inferred, sheet, drafted = desk.describe(name)
    return Chosen(name, inferred, replace(sheet, name=name), drafted, new)


def _name(voice: Voice, desk: Desk, view: Overview) -> str:
    """The name of a new service, '' to go back. Answers that were typed without a name go over to it."""
    inferred, sheet, drafted = desk.describe("")
    suggested = sheet.name if drafted else ""
    voice.say("", "The new service's name: its Python package, folder and compose key. Lower-case letters, digits, _.")
    while True:
        reply = voice.ask(f"Name, Enter for {suggested}: " if suggested else "Name: ")
        if reply.word == BACK:
            return ""
        name = reply.text or suggested
        problem = answered(view.facts, inferred, replace(sheet, name=name), new=True).problem("name")
        if not problem and not reply.word:
            if drafted:
                keep_draft(desk.stack, name, replace(sheet, name=name))
                drop_draft(desk.stack, "")
            return name
        voice.say(f"That cannot be taken: {one_line(problem, 300)}." if problem else "A name such as order_router.")
