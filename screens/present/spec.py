"""The answers' form as text: where a value was read, what is still missing, what would be written."""

from __future__ import annotations

from dataclasses import astuple
from typing import TYPE_CHECKING

from textual.content import Content

from screens.present.hints import in_app
from screens.present.values import MUTED, literal, literal_lines
from wizard.pipeline.answer_form import AnswerForm, example_event
from wizard.pipeline.asking.questions import Place, asked
from wizard.rules.text import plural

if TYPE_CHECKING:
    from wizard.pipeline.guided import Answered
    from wizard.pipeline.work import Planned
    from wizard.values.spec import Inferred


def origin(field: str, inferred: Inferred, form: AnswerForm, first: AnswerForm | None, *, exists: bool) -> Content:
    """Returns what stands below a field that is right: where its value was read, that it is a person's, or that nothing
    says it. `first`: what the form held before anybody typed, None when that was a draft.
    """
    now = _filled(getattr(form, field))
    if now == _filled(getattr(AnswerForm.from_spec(inferred.spec), field)):
        source = inferred.sources.get(field)
        if source:
            return Content.assemble(("read from ", MUTED), literal(source, 200, "$text-accent"))
        unsaid = exists and field in inferred.assumed and now
        return Content.styled("assumed: nothing in the stack says it", MUTED) if unsaid else Content("")
    if first is not None and now == _filled(getattr(first, field)):
        return Content.styled("chosen: it is free", MUTED) if field == "port" and now else Content("")
    return Content.styled("your answer", MUTED) if exists and now else Content("")


def explained(form: AnswerForm, answers: Answered | None, place: Place, offered: str) -> Content:
    """Returns what a field asks, an example of its events, and what may be meant when it is wrong."""
    heading, text = asked(form, place)
    lines = [Content.assemble((f"{heading}: ", "bold"), literal_lines(text, MUTED))]
    if offered:
        lines.insert(0, Content.assemble((" F5 ", "bold reverse"), " takes ", literal(offered, 300, "bold")))
    channels = getattr(answers.spec, str(place[0]), ()) if answers is not None and place[-1] == "fields" else ()
    if channels and len(place) > 1 and int(place[1]) < len(channels):
        example = example_event(channels[int(place[1])])
        lines.insert(1, Content.assemble(("An event: ", "bold"), literal(example, 500)))
    return Content("\n").join(lines)


def _filled(value: object) -> object:
    """Leaves out the rows of a list in which nothing stands."""
    return tuple(row for row in value if any(astuple(row))) if isinstance(value, tuple) else value


def still_to_answer(answers: Answered) -> Content:
    """The first thing that is missing, and how many more."""
    first, *rest = answers.problems
    more = f"  (and {len(rest)} more)" if rest else ""
    return Content.assemble(
        ("still to answer: ", MUTED), literal(f"{_where(first.steps)}: {in_app(first.message)}", 200), (more, MUTED)
    )


def preview_head(planned: Planned) -> Content:
    """Which phase writes what."""
    changeset = planned.changeset
    if changeset.empty:
        return Content.styled("Nothing is left for the wizard to write with these answers.", MUTED)
    files = plural(len(changeset.edits), "file")
    lines = [
        Content.assemble((f"Phase {changeset.phase.number} {changeset.phase.name}", "bold"), f" would write {files}:")
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
