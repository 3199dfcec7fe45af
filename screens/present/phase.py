"""A phase as text: its changes as a diff, its checks, the next step, the help of an item."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual.content import Content

from screens.phases.state import PhaseScreenState, Step
from screens.present.hints import in_app
from screens.present.values import COMMITTED, GLYPHS, MEANINGS, MUTED, STYLES, literal, observation_line, prose
from screens.widgets.layout import Line
from wizard.values.finding import Status
from wizard.values.phase import Phase
from wizard.values.spec import manifest_path

if TYPE_CHECKING:
    from wizard.values.checklist import Checklist


def changes(state: PhaseScreenState) -> list[Line]:
    """Returns what the phase writes: each file with its reason and diff, what is left out, offered and refused, what
    stays the engineer's.
    """
    return list(_changes(state))


def _changes(state: PhaseScreenState) -> Iterator[Line]:
    from screens.present.diff import edit_lines, left_line, offer_lines, refusal_lines

    if state.planned is None:
        return
    changeset = state.planned.changeset
    if changeset.empty:
        yield Line(_nothing(state), "muted")
    said = {f"left out: {one.what} ({one.reason})" for one in changeset.left}
    for note in changeset.notes:
        if note not in said:
            yield Line(f"yours: {in_app(note)}", "muted")
    for refusal in changeset.refusals:
        yield from refusal_lines(refusal)
    yield from offer_lines(state.offers, state.choice)
    yield from (left_line(one) for one in changeset.left)
    own = manifest_path(changeset.service)
    for edit in changeset.edits:
        yield from edit_lines(edit, "    " if edit.path == own else "[x] ")


def _nothing(state: PhaseScreenState) -> str:
    left = [f.item for f in state.findings if not f.done]
    if state.unproven and not state.tried:
        return "Nothing to write before the live checks: they are what this phase is about."
    if left:
        return f"Nothing the wizard can write here. Left: {', '.join(left)}."
    return "Nothing to do: every item of this phase is decided."


def checks(state: PhaseScreenState) -> Content:
    """Returns the live checks: results so far, and the newest steps."""
    lines = [observation_line(seen) for seen in state.observations if state.finding(seen.item) is not None]
    if state.step is Step.CHECKING:
        lines += [Content.assemble(("… ", "$text-accent"), literal(step.text)) for step in state.steps[-3:]]
        lines += [Content.assemble("  ", literal(text, 200, MUTED)) for text in state.output]
    elif not lines and state.steps:
        lines += [literal(step.text, style=MUTED) for step in state.steps[-8:]]
    if not lines:
        lines.append(Content.styled(_no_checks(state), MUTED))
    return Content("\n").join(lines)


def _no_checks(state: PhaseScreenState) -> str:
    if state.has_checks:
        return "The checks of this phase run right after Apply."
    if state.checklist.phase(state.phase).records:
        return "v opens the live view: the service is started and checked there."
    return "This phase is decided by its files alone; v checks the running service."


def next_step(state: PhaseScreenState, *, seen: bool | None) -> tuple[str, Content]:
    """Returns (key, words) of the next step. `seen`: the changes are on the screen; None while they are drawn, when no
    key writes them yet."""
    action = state.next_action
    if action == "wait":
        words = {Step.PLANNING: "planning …", Step.WRITING: "writing …"}.get(state.step, "checking … ctrl+x stops it")
        words = "files changed: planning again …" if state.overtaken else words
        return "", Content.styled(words, MUTED)
    if action == "commit":
        left = [f for f in state.findings if not f.done]
        stay = "stays" if len(left) == 1 else "stay"
        said = f"; {', '.join(f.item for f in left)} {stay} open" if left else "; every item of this phase is decided"
        return "Enter", Content(f"commit {state.changes_in_short}{said}. m edits the message, T takes it back")
    if action == "renew":
        return "Enter", Content("see the changes anew: files changed since these were planned, so they are not written")
    if action == "see" and seen is None:
        return "", Content.styled("drawing the changes …", MUTED)
    if action == "see":
        if not seen:
            return "Enter", Content(f"see the {state.changes_in_short.removeprefix('1 ')} this phase would write")
        checks = " and run its checks" if state.has_checks else ""
        return "Enter", Content(f"write {state.changes_in_short}{checks}. Nothing is committed yet")
    if action == "verify":
        return "Enter", Content("start the service and check it live; what is started is stopped again")
    committed = f"committed {state.receipt.commit[:10]}. " if state.receipt and state.receipt.commit else ""
    if state.following is None:
        return "Enter", Content(f"{committed}see the summary")
    hand = _by_hand(state)
    return "Enter", Content(f"{committed}{hand}go on with phase {state.following.number} {state.following.name}")


def _by_hand(state: PhaseScreenState) -> str:
    left = [f.item for f in state.findings if f.status in (Status.UNMET, Status.BROKEN)]
    need = "needs" if len(left) == 1 else "need"
    return f"{', '.join(left)} {need} you (e edits, W waives); or " if left else ""


def item_help(checklist: Checklist, phase: Phase, identifier: str) -> Content:
    """Returns the purpose of the phase; why, evidence, what is broken, by hand, links of the item; what the signs
    mean.
    """
    info, item = checklist.phase(phase), checklist.item(identifier)
    head = f"Phase {phase.number} of {len(checklist.phases)}: {info.title}\n"
    blocks = [
        Content.assemble(
            (head, "bold $text-primary"),
            prose(info.purpose),
        ),
        Content.assemble((f"{item.id} ", "bold $text-primary"), prose(item.title, "bold")),
    ]
    for heading, text in (
        ("Why", item.why),
        ("Counts as met", item.evidence),
        ("Counts as broken", item.broken),
        ("By hand", item.by_hand),
    ):
        if text:
            blocks.append(Content.assemble((f"{heading}\n", "bold"), prose(text)))
    if item.links:
        blocks.append(Content("\n").join([Content.styled(link, "$text-accent") for link in item.links]))
    signs = [Content.assemble((f"{GLYPHS[s]} {s.value:<8}", STYLES[s]), (MEANINGS[s], MUTED)) for s in Status]
    signs.append(
        Content.assemble((f"{COMMITTED} phase   ", STYLES[Status.UNKNOWN]), ("committed, with items open", MUTED))
    )
    blocks.append(Content("\n").join(signs))
    return Content("\n\n").join(blocks)
