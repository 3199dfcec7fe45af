"""The walk through the phases of one service: what would be written, apply, checks, commit."""

from __future__ import annotations

from contextlib import closing

from wizard.errors import WizardError
from wizard.output.events import diff_lines, event_lines
from wizard.output.style import Style
from wizard.pipeline.conductor import deployment_is_proven
from wizard.pipeline.guided import Overview, chosen, keep_choice
from wizard.pipeline.guided_session import GuidedSession
from wizard.pipeline.work import Event, Judged, Planned
from wizard.plain.message import settle
from wizard.plain.voice import BACK, HELP, Option, Voice
from wizard.plain.words import finding_details, finding_line, items_done
from wizard.plan.diff import counts
from wizard.rules.text import one_line
from wizard.session.waivers import check_reason
from wizard.values.choice import EVERYTHING, Choice, Left
from wizard.values.edit import ChangeSet, FileEdit
from wizard.values.finding import Finding, count_of
from wizard.values.lean import replace
from wizard.values.observation import Observation, Progress
from wizard.values.phase import Phase
from wizard.values.spec import ServiceSpec, manifest_path

PLAIN = Style(colour=False, unicode=False)
APPLY, WRITE, CHECK, DIFF, FILE = "apply", "write", "check", "diff", "file"
ITEMS, WAIVE, SKIP, ANSWERS = "items", "waive", "skip", "answers"
LEAVE, FIX = "leave", "fix"


class Walk:
    """The phases of one service with settled answers."""

    def __init__(self, voice: Voice, session: GuidedSession, view: Overview, spec: ServiceSpec) -> None:
        self._voice, self._session, self._view, self._spec = voice, session, view, spec
        self._total = len(view.checklist.phases)
        self._phase_now = view.checklist.sequence[0]
        self._choice = EVERYTHING
        self._seen: ChangeSet | None = None

    def go(self) -> bool:
        """Goes through all of them; False when the person wants to change the answers."""
        return all(self._phase(phase) for phase in self._view.checklist.sequence)

    def _records(self, phase: Phase) -> bool:
        return self._view.checklist.phase(phase).records

    def _phase(self, phase: Phase) -> bool:
        checked = False
        self._phase_now, self._choice = phase, chosen(self._session.stack, self._spec.name, phase)
        while True:
            planned = self._session.plan(self._spec, phase, self._choice)
            if self._nothing_left(planned):
                return True
            self._show(planned)
            unproven = self._records(phase) and not checked and not deployment_is_proven(planned)
            picked = self._choose(planned, unproven)
            if picked in (ANSWERS, BACK):
                return False
            if picked == SKIP:
                self._voice.say(f"Phase {phase.number} {phase} is left as it is.")
                return True
            if picked == CHECK:
                checked = self._check(phase)
            elif picked in (APPLY, WRITE):
                if self._agreed(planned) and self._apply(planned, live=picked == APPLY):
                    return True
            else:
                self._look(planned, picked)

    def _nothing_left(self, planned: Planned) -> bool:
        phase = planned.changeset.phase
        left = [finding for finding in planned.report.of_phase(phase) if not finding.done]
        if left or not planned.changeset.empty:
            return False
        self._voice.say("", f"Phase {phase.number} of {self._total}, {phase}: nothing to do, every item is decided.")
        return True

    def _show(self, planned: Planned) -> None:
        changes, phase = planned.changeset, planned.changeset.phase
        findings = planned.report.of_phase(phase)
        self._voice.say("", f"Phase {phase.number} of {self._total}, {phase}: {items_done(count_of(findings))}.")
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
        for offer in changes.offers:
            self._voice.say(f"  It could {offer.says} in {offer.path} ({offer.item}, {offer.safety}): choose fix.")

    def _choose(self, planned: Planned, unproven: bool) -> str:
        changes, options = planned.changeset, []
        live = bool(self._view.checklist.proven_in(changes.phase)) and not self._records(changes.phase)
        if unproven:
            options.append(Option(CHECK, "start the service and run every live check"))
        elif not changes.empty:
            options.append(
                Option(
                    APPLY, f"show it, write it{', run the live checks' if live else ''}, then show the commit message"
                )
            )
        if live and not changes.empty:
            options.append(Option(WRITE, "show it, write it without the live checks, then show the commit message"))
        if not changes.empty:
            options.append(Option(DIFF, "show line by line what would change"))
        if len(changes.edits) > 1:
            options.append(Option(FILE, "show that of one file, by its number"))
        if _choosable(changes):
            options.append(Option(LEAVE, "leave one of these files as it is, with the reason"))
        if changes.offers:
            options.append(Option(FIX, "change hand-written code, too: one of the offers"))
        options.append(Option(ITEMS, "why each item exists, its evidence, and where to look for a good example"))
        if any(not finding.done for finding in planned.report.of_phase(changes.phase)):
            options.append(Option(WAIVE, "record that an item need not be met, with the reason"))
        options += [Option(SKIP, "go to the next phase"), Option(ANSWERS, "change an answer")]
        options.append(Option("quit", "leave; nothing is lost"))
        default = options[0].word if options[0].word in (CHECK, APPLY) else SKIP
        picked = self._voice.choose("What now?", options, default)
        return ITEMS if picked == HELP else picked

    def _agreed(self, planned: Planned) -> bool:
        """Shows what would be written, unless it was looked at just now, and asks: nothing is written unseen."""
        changes = planned.changeset
        if self._seen != changes:
            self._diff(changes)
        count = len(changes.edits)
        return self._voice.agree(f"Write {'this file' if count == 1 else f'these {count} files'}?")

    def _diff(self, changes: ChangeSet) -> None:
        self._voice.tell(diff_lines(changes, PLAIN))
        self._seen = changes

    def _files(self, changes: ChangeSet) -> None:
        """Shows the diffs of single files until the person goes back; all of them seen is the whole seen."""
        options = [Option(str(n), _counted(edit)) for n, edit in enumerate(changes.edits, 1)]
        seen: set[str] = set()
        while True:
            picked = self._voice.choose("Which file?", options)
            if picked in (BACK, HELP):
                return
            edit = changes.edits[int(picked) - 1]
            self._voice.tell(diff_lines(replace(changes, edits=(edit,)), PLAIN))
            seen.add(edit.path)
            if len(seen) == len(changes.edits):
                self._seen = changes

    def _look(self, planned: Planned, picked: str) -> None:
        if picked == LEAVE:
            self._leave(_choosable(planned.changeset))
        elif picked == FIX:
            self._fix(planned.changeset)
        elif picked == DIFF:
            self._diff(planned.changeset)
        elif picked == FILE:
            self._files(planned.changeset)
        elif picked == ITEMS:
            for finding in planned.report.of_phase(planned.changeset.phase):
                item = self._view.checklist.item(finding.item)
                example = self._view.example(finding.item, self._spec.name)
                self._voice.tell(finding_details(finding, item, example))
        else:
            self._waive(tuple(f for f in planned.report.of_phase(planned.changeset.phase) if not f.done))

    def _leave(self, edits: tuple[FileEdit, ...]) -> None:
        """Takes one edit out of the plan; the manifest keeps the reason."""
        options = [Option(str(n), f"{edit.path}: {one_line(edit.why, 100)}") for n, edit in enumerate(edits, 1)]
        picked = self._voice.choose("Which file stays as it is?", options)
        if picked in (BACK, HELP):
            return
        reason = self._voice.ask("The reason, as a colleague will read it next year: ")
        if reason.word or check_reason("it", reason.text):
            self._voice.say("Nothing is left out: that needs a reason, in one line.")
            return
        left = Left(edits[int(picked) - 1].path, " ".join(reason.text.split()))
        self._take(replace(self._choice, skip=(*self._choice.skip, left)))

    def _fix(self, changes: ChangeSet) -> None:
        """Takes one recipe into the plan."""
        offers = {offer.recipe: offer for offer in changes.offers}
        options = [
            Option(name, f"{o.says} ({o.safety}{': ' + o.changes if o.changes else ''})") for name, o in offers.items()
        ]
        picked = self._voice.choose("Which change?", options)
        if picked not in (BACK, HELP):
            self._take(replace(self._choice, fixes=(*self._choice.fixes, picked)))

    def _take(self, choice: Choice) -> None:
        """Takes this of the plan from now on, and keeps that until the phase is committed."""
        self._choice = choice
        keep_choice(self._session.stack, self._spec.name, self._phase_now, choice)

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
            proposal = self._session.propose_waiver(self._spec.name, item, reason.text, self._spec)
            self._diff(proposal.changeset)
            if not self._voice.agree("Commit this?"):
                self._voice.say("Nothing is waived.")
                return
            receipt = self._session.make(proposal)
        except WizardError as trouble:
            self._voice.say_trouble(trouble)
            return
        self._voice.say(f"Waived: {item}. Commit {receipt.commit[:10]} {one_line(receipt.subject)}")
        self._voice.tell(f"  warning: {one_line(warning, 400)}" for warning in receipt.warnings)

    def _check(self, phase: Phase) -> bool:
        """Run the live checks; whether they were run."""
        try:
            items = tuple(item.id for item in self._view.checklist.proven_in(phase))
            with closing(self._session.verify(self._spec, items, _never)) as events:  # type: ignore[type-var]
                for event in events:
                    self._hear(event)
        except WizardError as trouble:
            self._voice.say_trouble(trouble)
            return False
        return True

    def _apply(self, planned: Planned, *, live: bool) -> bool:
        """Write, check, agree on the message, commit; whether the phase is through."""
        message = ""
        try:
            with closing(self._session.carry_out(planned, _never, live=live)) as events:  # type: ignore[type-var]
                for event in events:
                    self._hear(event)
                    if isinstance(event, Judged):
                        message = event.message
            message = settle(self._voice, message)
            if not message:
                self._session.close()
                self._voice.say("The files are as they were before.")
                return False
            self._hear(self._session.commit(message))
        except WizardError as trouble:
            self._session.close()
            self._voice.say_trouble(trouble)
            return False
        return True

    def _hear(self, event: Event | Observation | Progress) -> None:
        if not isinstance(event, Judged):
            self._voice.tell(event_lines(event, PLAIN))


def _never() -> bool:
    return False


def _counted(edit: FileEdit) -> str:
    added, removed = counts(edit)
    words = [f"{added} added"] if added else []
    words += [f"{removed} removed"] if removed else []
    return f"{_verb(edit)} {edit.path}, lines: {', '.join(words) or 'none'}"


def _verb(edit: FileEdit) -> str:
    return "New file" if edit.before is None else "Change" if edit.after is not None else "Remove"


def _choosable(changes: ChangeSet) -> tuple[FileEdit, ...]:
    """The edits that can be left out; the manifest is where that is kept."""
    return tuple(edit for edit in changes.edits if edit.path != manifest_path(changes.service))
