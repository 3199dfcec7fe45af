"""A phase as text: its changes as a diff, its checks, the next step, the help of an item."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap
from typing import TYPE_CHECKING

from textual.content import Content

from screens.phase_state import PhaseView, Step
from screens.present import GLYPHS, MEANINGS, MUTED, STYLES, literal, observation_line, prose
from screens.widgets.lines import Line
from wizard.values.finding import Status
from wizard.values.phase import Phase

if TYPE_CHECKING:
    from wizard.checklist.schema import Checklist

NOTE_WIDTH = 52  # the room there is in every layout
KINDS = {"file": "muted", "hunk": "hunk", "add": "add", "remove": "remove", "context": "plain", "note": "muted"}


def changes(state: PhaseView) -> list[Line]:
    """What the phase writes: each file with its reason and diff, what is refused, what stays the engineer's."""
    return list(_changes(state))


def _changes(state: PhaseView) -> Iterator[Line]:
    from wizard.plan.diff import file_diff

    if state.planned is None:
        return
    changeset = state.planned.changeset
    if changeset.empty:
        yield Line(_nothing(state), "muted")
    for note in changeset.notes:
        yield from _wrapped(f"yours: {note}", "muted")
    for refusal in changeset.refusals:
        place = f"{refusal.path}:{refusal.line}" if refusal.line else refusal.path
        yield from _wrapped(f"not done ({refusal.item}) {place}: {refusal.reason}", "remove")
        for line in refusal.paste.rstrip("\n").split("\n") if refusal.paste else ():
            yield Line(f"  paste: {line}", "muted")
    for edit in changeset.edits:
        verb = "new" if edit.before is None else "edit" if edit.after is not None else "remove"
        diff = list(file_diff(edit))
        added = sum(line.kind == "add" for line in diff)
        removed = sum(line.kind == "remove" for line in diff)
        count = f"+{added}" + (f" −{removed}" if removed else "")
        yield Line(f"{verb} {edit.path}  {count}  {edit.why}", "heading")
        yield from (Line(line.text, KINDS[line.kind]) for line in diff if line.kind != "file")
        yield Line("")


def _wrapped(text: str, kind: str) -> Iterator[Line]:
    """What a person must read: as many lines as it takes."""
    return (Line(part, kind) for part in wrap(text, NOTE_WIDTH, subsequent_indent="  "))


def _nothing(state: PhaseView) -> str:
    left = [f.item for f in state.findings if not f.done]
    if state.unproven and not state.tried:
        return "Nothing to write before the live checks: they are what this phase is about."
    if left:
        return f"Nothing the wizard can write here. Left: {', '.join(left)}."
    return "Nothing to do: every item of this phase is decided."


def checks(state: PhaseView) -> Content:
    """The live checks: results so far, and the newest steps."""
    lines = [observation_line(seen) for seen in state.observations if seen.item.startswith(f"{state.phase.number}.")]
    if state.step is Step.CHECKING:
        lines += [Content.assemble(("… ", "$text-accent"), literal(step.text)) for step in state.steps[-3:]]
        lines += [Content.assemble("  ", literal(text, 200, MUTED)) for text in state.output]
    elif not lines and state.steps:
        lines += [literal(step.text, style=MUTED) for step in state.steps[-8:]]
    if not lines:
        lines.append(Content.styled(_no_checks(state), MUTED))
    return Content("\n").join(lines)


def _no_checks(state: PhaseView) -> str:
    if state.has_checks:
        return "The checks of this phase run right after Apply."
    if state.phase is Phase.DEPLOYMENT:
        return "v opens the live view: the service is started and checked there."
    return "This phase is decided by its files alone; v checks the running service."


def next_step(state: PhaseView, *, seen: bool) -> tuple[str, Content]:
    """(key, words) of the next step. `seen`: the changes are on the screen."""
    action = state.next_action
    if action == "wait":
        words = {Step.PLANNING: "planning …", Step.WRITING: "writing …"}.get(state.step, "checking … ctrl+x stops it")
        return "", Content.styled(words, MUTED)
    if action == "commit":
        left = [f for f in state.findings if not f.done]
        said = f"; {', '.join(f.item for f in left)} stays open" if left else "; every item of this phase is decided"
        return "Enter", Content(f"commit {state.changes_in_short}{said}. m edits the message, t takes it back")
    if action == "see":
        if not seen:
            return "Enter", Content(f"see the {state.changes_in_short} this phase would write")
        checks = " and run its checks" if state.has_checks else ""
        return "Enter", Content(f"write {state.changes_in_short}{checks}. Nothing is committed yet")
    if action == "verify":
        return "Enter", Content("start the service and check it live; what is started is stopped again")
    committed = f"committed {state.receipt.commit[:10]}. " if state.receipt and state.receipt.commit else ""
    if state.following is None:
        return "Enter", Content(f"{committed}see the summary")
    hand = _by_hand(state)
    return "Enter", Content(f"{committed}{hand}go on with phase {state.following.number} {state.following.value}")


def _by_hand(state: PhaseView) -> str:
    left = [f.item for f in state.findings if f.status in (Status.UNMET, Status.BROKEN)]
    return f"{', '.join(left)} needs you (e edits, w waives); or " if left else ""


def item_help(checklist: Checklist, phase: Phase, identifier: str) -> Content:
    """Purpose of the phase; why, evidence, what is broken, by hand, links of the item; what the signs mean."""
    info, item = checklist.phase(phase), checklist.item(identifier)
    blocks = [
        Content.assemble((f"Phase {phase.number} of 7: {info.title}\n", "bold $text-primary"), prose(info.purpose)),
        Content.assemble((f"{item.id} ", "bold $text-primary"), prose(item.title, "bold")),
    ]
    for heading, text in (
        ("Why", item.why),
        ("Counts as met", item.evidence),
        ("Counts as broken", item.broken),
        ("By hand", item.by_hand),
    ):
        blocks.append(Content.assemble((f"{heading}\n", "bold"), prose(text)))
    if item.links:
        blocks.append(Content("\n").join([Content.styled(link, "$text-accent") for link in item.links]))
    signs = [Content.assemble((f"{GLYPHS[s]} {s.value:<8}", STYLES[s]), (MEANINGS[s], MUTED)) for s in Status]
    blocks.append(Content("\n").join(signs))
    return Content("\n\n").join(blocks)
