"""The events of a phase as lines: the plan with its diff, what was written, observed, judged and committed."""

from __future__ import annotations

from collections.abc import Iterator, Sized

from wizard.output.style import Style
from wizard.output.text_report import observation_line
from wizard.pipeline.work import Applied, Committed, Event, Judged, Planned
from wizard.plan.diff import counts, unified_diff
from wizard.rules.text import clean, one_line, plural
from wizard.values.edit import ChangeSet, FileEdit
from wizard.values.observation import Observation, Progress

_DIFF_COLOURS = {"file": "bold", "hunk": "cyan", "add": "green", "remove": "red"}


def plan_lines(changeset: ChangeSet, style: Style) -> Iterator[str]:
    """Yields what a phase would write: the files with the reason, what is refused and what stays the engineer's."""
    phase = changeset.phase
    yield style.paint(f"phase {phase.number} {phase}: {count_of(changeset.edits)}", "bold")
    for edit in changeset.edits:
        verb = "new" if edit.before is None else "edit" if edit.after is not None else "remove"
        yield f"  {verb:<6} {clean(edit.path)}  {_counted(edit)}  {style.paint(one_line(edit.why), 'dim')}"
    yield from beside_lines(changeset, style)
    for note in changeset.notes:
        yield f"  yours: {one_line(note, 400)}"


def _counted(edit: FileEdit) -> str:
    added, removed = counts(edit)
    return f"+{added} -{removed}" if removed else f"+{added}"


def count_of(files: Sized) -> str:
    """Returns `1 file`, `2 files`."""
    return plural(len(files), "file")


def refusal_lines(changeset: ChangeSet, style: Style) -> Iterator[str]:
    """Yields what the wizard will not do by itself: the item, the place, the reason, and what to paste."""
    for refusal in changeset.refusals:
        place = f"{refusal.path}:{refusal.line}" if refusal.line else refusal.path
        yield style.paint(f"  not done ({refusal.item}) {clean(place)}: {one_line(refusal.reason, 400)}", "yellow")
        yield from (f"    | {clean(line)}" for line in refusal.paste.splitlines())


def beside_lines(changeset: ChangeSet, style: Style) -> Iterator[str]:
    """Yields what a phase would not write: refusals, and recipes that were not named, each with how to take it."""
    yield from refusal_lines(changeset, style)
    for offer in changeset.offers:
        risk = f"{offer.safety}: {offer.changes}" if offer.changes else offer.safety
        how = f"`--fix {offer.recipe}`"  # an item may have others, less safe, besides
        yield f"  offered ({offer.item}) {clean(offer.path)}: {how} would {offer.says} ({one_line(risk, 400)})"


def left_lines(changeset: ChangeSet) -> Iterator[str]:
    """Yields what of a plan was left out, where nothing else of it is shown."""
    for left in dict.fromkeys(changeset.left):
        yield f"  left out: {one_line(left.what, 200)} ({one_line(left.reason, 400)})"


def diff_lines(changeset: ChangeSet, style: Style) -> Iterator[str]:
    """Yields the unified diff; added and removed lines carry their sign, so colour is only help."""
    for line in unified_diff(changeset):
        text = clean(line.text)
        yield style.paint(text, _DIFF_COLOURS[line.kind]) if line.kind in _DIFF_COLOURS else text


def skipped_line(planned: Planned, style: Style, *, unproven: bool = False) -> str:
    """Says of a phase that there is nothing to write, and why. `unproven`: it records a live run that was left out."""
    phase = planned.changeset.phase
    left = [f.item for f in planned.report.of_phase(phase) if not f.done]
    state = f"nothing to write; left: {', '.join(left)}" if left else "nothing to do"
    if left and unproven:
        again = f"`stack-wizard run {planned.spec.name} --phase {phase}`"
        state = f"nothing to write without the live checks, whose record it keeps; run them with {again}"
    return style.paint(f"phase {phase.number} {phase}: {state}", "bold")


def event_lines(event: Event, style: Style, *, quiet: bool = False, verbose: bool = False) -> Iterator[str]:
    """Yields one event as lines; log lines and the commit message only with `verbose`, steps not with `quiet`."""
    if isinstance(event, Applied):
        yield f"  written: {count_of(event.written.paths)}"
    elif isinstance(event, Progress):
        if (event.kind == "step" and not quiet) or (event.kind == "log" and verbose):
            yield style.paint(f"  … {one_line(event.text)}", "dim")
    elif isinstance(event, Observation):
        mark = {True: "passed", False: "FAILED", None: "undecided"}[event.ok]
        yield f"  observed {event.item} {mark}: {observation_line(event)}"
        if event.next_step and not event.ok:
            yield f"    next: {one_line(event.next_step, 400)}"
    elif isinstance(event, Judged):
        if verbose:
            yield from (style.paint(f"  | {clean(line)}", "dim") for line in event.message.splitlines())
    elif isinstance(event, Committed) and event.receipt.commit:
        yield style.paint(f"  commit {event.receipt.commit[:10]} {one_line(event.receipt.subject)}", "green")
        yield from (style.paint(f"  warning: {clean(line)}", "yellow") for line in event.receipt.warnings)
        if event.receipt.hook_output:
            yield from (f"    hook: {clean(line)}" for line in event.receipt.hook_output.splitlines())
