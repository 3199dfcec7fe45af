"""The answers' form as text: where a value was read, what is still missing, what would be written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from screens.present import MUTED, literal, plural

if TYPE_CHECKING:
    from wizard.pipeline.guided import Answered
    from wizard.pipeline.work import Planned
    from wizard.values.spec import Inferred


def otherwise(field: str, inferred: Inferred, exists: bool) -> Content:
    """What stands below a field that is right: where its value was read, or that nothing says it."""
    source = inferred.sources.get(field)
    if source:
        return Content.assemble(("read from ", MUTED), literal(source, 200, "$text-accent"))
    if exists and field in inferred.assumed and getattr(inferred.spec, field, None):
        return Content.styled("assumed: nothing in the stack says it", MUTED)
    return Content("")


def still_to_answer(answers: Answered) -> Content:
    """The first thing that is missing, and how many more."""
    first, *rest = answers.problems
    more = f"  (and {len(rest)} more)" if rest else ""
    return Content.assemble(
        ("still to answer: ", MUTED), literal(f"{_where(first.steps)}: {first.message}", 200), (more, MUTED)
    )


def preview_head(planned: Planned) -> Content:
    """Which phase writes what."""
    changeset = planned.changeset
    if changeset.empty:
        return Content.styled("Nothing is left for the wizard to write with these answers.", MUTED)
    files = plural(len(changeset.edits), "file")
    lines = [
        Content.assemble((f"Phase {changeset.phase.number} {changeset.phase.value}", "bold"), f" would write {files}:")
    ]
    lines += [
        Content.assemble(("+ " if edit.before is None else "~ "), literal(edit.path, 200)) for edit in changeset.edits
    ]
    return Content("\n").join(lines)


def _where(steps: tuple[str | int, ...]) -> str:
    """`inputs, row 2` for `('inputs', 1, 'name')`."""
    words = str(steps[0]).replace("_", " ") if steps else "answers"
    row = next((step for step in steps if isinstance(step, int)), None)
    return words if row is None else f"{words}, row {row + 1}"
