"""The walk through the phases of one service: what would be written, apply, checks, commit."""

from __future__ import annotations

from contextlib import closing

from wizard.errors import WizardError
from wizard.output.clean import one_line
from wizard.output.events import diff_lines, event_lines
from wizard.output.style import Style
from wizard.pipeline.desk import Desk
from wizard.pipeline.guided import Overview
from wizard.pipeline.walk import deployment_is_proven
from wizard.pipeline.work import LIVE_ITEMS, Event, Judged, Planned
from wizard.plain.message import settle
from wizard.plain.trouble import say_trouble
from wizard.plain.voice import BACK, HELP, Option, Voice
from wizard.plain.words import finding_details, finding_line
from wizard.values.edit import FileEdit
from wizard.values.finding import Finding
from wizard.values.observation import Observation, Progress
from wizard.values.phase import Phase
from wizard.values.spec import ServiceSpec

PLAIN = Style(colour=False, unicode=False)
APPLY, WRITE, CHECK, DIFF = "apply", "write", "check", "diff"
ITEMS, WAIVE, SKIP, ANSWERS = "items", "waive", "skip", "answers"


class Walk:
    """The phases of one service with settled answers."""

    def __init__(self, voice: Voice, desk: Desk, view: Overview, spec: ServiceSpec) -> None:
        self._voice, self._desk, self._view, self._spec = voice, desk, view, spec

    def go(self) -> bool:
        """Through all seven; False when the person wants to change the answers."""
        return all(self._phase(phase) for phase in Phase)

    def _phase(self, phase: Phase) -> bool:
        checked = False
        while True:
            planned = self._desk.plan(self._spec, phase)
            if self._nothing_left(planned):
                return True
            self._show(planned)
            unproven = phase is Phase.DEPLOYMENT and not checked and not deployment_is_proven(planned)
            picked = self._choose(planned, unproven)
            if picked in (ANSWERS, BACK):
                return False
            if picked == SKIP:
                self._voice.say(f"Phase {phase.number} {phase} is left as it is.")
                return True
            if picked == CHECK:
                checked = self._check(phase)
            elif picked in (APPLY, WRITE):
                if self._apply(planned, live=picked == APPLY):
                    return True
            else:
                self._look(planned, picked)

    def _nothing_left(self, planned: Planned) -> bool:
        phase = planned.changeset.phase
        left = [finding for finding in planned.report.of_phase(phase) if not finding.done]
        if left or not planned.changeset.empty:
            return False
        self._voice.say("", f"Phase {phase.number} of {len(Phase)}, {phase}: nothing to do, every item is decided.")
        return True

    def _show(self, planned: Planned) -> None:
        changes, phase = planned.changeset, planned.changeset.phase
        findings = planned.report.of_phase(phase)
        done = sum(finding.done for finding in findings)
        self._voice.say("", f"Phase {phase.number} of {len(Phase)}, {phase}: {done} of {len(findings)} items are done.")
        self._voice.say(f"  What it is for: {' '.join(self._view.checklist.phase(phase).purpose.split())}")
        self._voice.tell(finding_line(finding, self._view.checklist) for finding in findings)
        if changes.empty:
            self._voice.say("There is nothing the wizard can write here.")
        else:
            count = len(changes.edits)
            self._voice.say(f"It would write {'one file' if count == 1 else f'{count} files'}:")
            self._voice.tell(f"  {_verb(edit)} {edit.path}: {one_line(edit.why)}" for edit in changes.edits)
        for refusal in changes.refusals:
            place = f"{refusal.path}:{refusal.line}" if refusal.line else refusal.path
            self._voice.say(f"  It will not do {refusal.item} at {place}: {one_line(refusal.reason, 400)}")
            self._voice.tell(f"    to paste: {line}" for line in refusal.paste.splitlines())
        self._voice.tell(f"  Yours: {one_line(note, 400)}" for note in changes.notes)

    def _choose(self, planned: Planned, unproven: bool) -> str:
        changes, options = planned.changeset, []
        live = bool(LIVE_ITEMS.get(changes.phase)) and changes.phase is not Phase.DEPLOYMENT
        if unproven:
            options.append(Option(CHECK, "start the service and run every live check"))
        elif not changes.empty:
            options.append(
                Option(APPLY, f"write it{', run the live checks' if live else ''}, then show the commit message")
            )
        if live and not changes.empty:
            options.append(Option(WRITE, "write it without the live checks, then show the commit message"))
        if not changes.empty:
            options.append(Option(DIFF, "show line by line what would change"))
        options.append(Option(ITEMS, "why each item exists, its evidence, and where to look for a good example"))
        if any(not finding.done for finding in planned.report.of_phase(changes.phase)):
            options.append(Option(WAIVE, "record that an item need not be met, with the reason"))
        options += [Option(SKIP, "go to the next phase"), Option(ANSWERS, "change an answer")]
        options.append(Option("quit", "leave; nothing is lost"))
        default = options[0].word if options[0].word in (CHECK, APPLY) else SKIP
        picked = self._voice.choose("What now?", options, default)
        return ITEMS if picked == HELP else picked

    def _look(self, planned: Planned, picked: str) -> None:
        if picked == DIFF:
            self._voice.tell(diff_lines(planned.changeset, PLAIN))
        elif picked == ITEMS:
            for finding in planned.report.of_phase(planned.changeset.phase):
                item = self._view.checklist.item(finding.item)
                example = self._view.example(finding.item, self._spec.name)
                self._voice.tell(finding_details(finding, item, example))
        else:
            self._waive(tuple(f for f in planned.report.of_phase(planned.changeset.phase) if not f.done))

    def _waive(self, left: tuple[Finding, ...]) -> None:
        options = [Option(f.item, one_line(self._view.checklist.item(f.item).title, 100)) for f in left]
        item = self._voice.choose("Which item need not be met?", options)
        if item in (BACK, HELP):
            return
        reason = self._voice.ask("The reason, as a colleague will read it next year: ")
        if reason.word or not reason.text:
            self._voice.say("Nothing is waived: a waiver needs a reason.")
            return
        try:
            receipt = self._desk.waive(self._spec.name, item, reason.text, self._spec)
        except WizardError as trouble:
            say_trouble(self._voice, trouble)
            return
        self._voice.say(f"Waived: {item}. Commit {receipt.commit[:10]} {one_line(receipt.subject)}")

    def _check(self, phase: Phase) -> bool:
        """Run the live checks; whether they were run."""
        try:
            with closing(self._desk.verify(self._spec, LIVE_ITEMS[phase], _never)) as events:  # type: ignore[type-var]
                for event in events:
                    self._hear(event)
        except WizardError as trouble:
            say_trouble(self._voice, trouble)
            return False
        return True

    def _apply(self, planned: Planned, *, live: bool) -> bool:
        """Write, check, agree on the message, commit; whether the phase is through."""
        message = ""
        try:
            with closing(self._desk.carry_out(planned, _never, live=live)) as events:  # type: ignore[type-var]
                for event in events:
                    self._hear(event)
                    if isinstance(event, Judged):
                        message = event.message
            message = settle(self._voice, message)
            if not message:
                self._desk.close()
                self._voice.say("The files are as they were before.")
                return False
            self._hear(self._desk.commit(message))
        except WizardError as trouble:
            self._desk.close()
            say_trouble(self._voice, trouble)
            return False
        return True

    def _hear(self, event: Event | Observation | Progress) -> None:
        if not isinstance(event, Judged):
            self._voice.tell(event_lines(event, PLAIN))


def _never() -> bool:
    return False


def _verb(edit: FileEdit) -> str:
    return "New file" if edit.before is None else "Change" if edit.after is not None else "Remove"
