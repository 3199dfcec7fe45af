"""The questions about one service, as values: made anew from the answers so far, so that going back loses nothing."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from wizard.pipeline.answer_form import COLUMN_TYPES, DELIVERIES, FIELD_TYPES, KINDS, AnswerForm, Row, VariableRow
from wizard.session.deploy_text import DEPLOY_HELP
from wizard.values.lean import dataclass, replace

NONE = "-"
Place = tuple[str | int, ...]
NAME_HELP = (
    "The service's Python package, folder and compose key.\n"
    "Lower-case letters, digits and underscores, such as order_router."
)
_FIELDS_HELP = (
    "Its fields between commas, each a name and a type, as in: symbol str, price float (in euro).\n"
    f"Types are {', '.join(FIELD_TYPES)}.\n"
    "Every event carries id and time, so leave those out."
)
_COLUMNS_HELP = (
    "Its columns between commas, each a name and a type, as in: symbol str, note str?.\n"
    "A question mark is for one that may be empty.\n"
    f"Types are {', '.join(COLUMN_TYPES)}.\n"
    "id, event_id and created_at are always there, so leave those out."
)
_LISTS = {
    "inputs": ("Input channel", "A Redis channel the service listens on.", "fields", _FIELDS_HELP),
    "outputs": ("Output channel", "A Redis channel the service publishes on.", "fields", _FIELDS_HELP),
    "tables": ("Table", "A table of the service's own in PostgreSQL.", "columns", _COLUMNS_HELP),
}
_EXAMPLE_HELP = (
    "An event that the service accepts, as one JSON object: it drops others, and no test or document shows one.\n"
    "The live check sends it with an id of its own. Without one, whether events flow stays unknown."
)
_ROLE_HELP = (
    "Do its statements run as a database role of its own? yes or no.\n"
    "The schema makes the role: it may do what the service does with its tables, and nothing else."
)
_VARIABLE_HELP = {
    "name": (
        "A further environment variable the service reads, in capital letters.\n"
        "Port, log level, Redis and Postgres are set already."
    ),
    "default": 'Its default; without one the variable is required. Two quotes, "", are an empty default.',
    "value": "The value that compose sets. Without one, the default holds.",
    "description": "What it is for, in a few words.",
}


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `place`: where its answer stands in the spec, as problems name it. `now`: the answer so far.

    `help`: what is asked in the first line, a line for each thing that helps to answer below it.
    `optional`: `-` empties it. `adds`: it asks for one row more, and Enter means there is none.
    """

    place: Place
    heading: str
    help: str
    now: str = ""
    optional: bool = False
    adds: bool = False

    @property
    def field(self) -> str:
        """The field of the spec."""
        return str(self.place[0])


def questions(form: AnswerForm) -> tuple[Question, ...]:
    """Returns every question that these answers raise, in order; the name is asked before."""
    kinds = "".join(f"\n{kind}: it {words}" for kind, words in KINDS.items())
    asked = [
        Question(("kind",), "Kind", f"What kind of service it is.{kinds}", form.kind or "both"),
        Question(("purpose",), "Purpose", "What the service is for, in one sentence.", form.purpose),
        Question(("port",), "Port", "The port it is published on, the same on this machine and inside.", form.port),
        *(_rows("inputs", form.inputs, form.example_for) if form.has_inputs else ()),
        *(_rows("outputs", form.outputs) if form.has_outputs else ()),
        *_rows("tables", form.tables),
    ]
    if form.tables or form.seed:
        text = "Are there rows to start with (seed data)? yes or no."
        asked.append(Question(("seed",), "Seed data", text, "yes" if form.seed else "no"))
    if form.tables:
        asked.append(Question(("own_role",), "Role of its own", _ROLE_HELP, "yes" if form.own_role else "no"))
    if form.inputs or form.outputs:
        ways = "".join(f"\n{way}: {words}" for way, words in DELIVERIES.items())
        text = f"How often an event arrives, on its inputs and outputs alike.{ways}"
        asked.append(Question(("delivery",), "Delivery", text, form.delivery))
    text = "The function in logic.py that takes an event and returns one, or None."
    asked.append(Question(("handler",), "Handler", text, form.handler))
    asked += _variables(form.variables)
    text = "Services of the stack it depends on beside Redis and Postgres, between commas."
    asked.append(Question(("talks_to",), "Talks to", text, form.talks_to, optional=True))
    text = "The base image with its digest, NAME:TAG@sha256:…, when you have looked it up."
    asked.append(Question(("base_image",), "Base image", text, form.base_image, optional=True))
    if form.swarm:
        asked.append(Question(("deploy",), "Swarm", DEPLOY_HELP, form.deploy, optional=True))
    return tuple(asked)


def put(form: AnswerForm, question: Question, text: str) -> AnswerForm:
    """Returns the answers with this one; `-` empties an optional one and removes a row. Raises `ValueError` with the
    reason.
    """
    name, value = question.field, "" if text == NONE else text
    if name in ("seed", "own_role"):
        if text.lower() not in ("y", "yes", "n", "no"):
            raise ValueError("type yes or no")
        said: dict[str, Any] = {name: text.lower().startswith("y")}
        return replace(form, **said)
    if name == "kind" and text not in KINDS:
        raise ValueError(f"type one of {', '.join(KINDS)}")
    if name == "delivery" and text not in DELIVERIES:
        raise ValueError(f"type one of {', '.join(DELIVERIES)}")
    if len(question.place) == 1:
        changed: dict[str, Any] = {name: value}
        return replace(form, **changed)
    rows: list[Any] = list(getattr(form, name))
    number, part = int(question.place[1]), str(question.place[2])
    if part == "name" and text == NONE:
        del rows[number : number + 1]
    elif number == len(rows):
        rows.append(VariableRow(value) if name == "variables" else Row(value))
    else:
        part = "members" if part in ("fields", "columns") else part
        rows[number] = replace(rows[number], **{part: text if part == "example" else value})
    changed = {name: tuple(rows)}
    return replace(form, **changed)


def removes(question: Question, text: str) -> bool:
    """Tells whether this answer takes the row of the question away, so that the next row stands in its place."""
    return text == NONE and question.place[-1] == "name" and not question.adds


def asked(form: AnswerForm, place: Place) -> tuple[str, str]:
    """Returns heading and explanation of the answer at `place`, also of one in a row that is not filled in yet."""
    if place == ("name",):
        return "Name", NAME_HELP
    known = questions(form)
    exact = next((q for q in known if q.place == place), None)
    if exact is not None:
        return exact.heading, exact.help
    if len(place) > 2 and place[2] == "example":
        return f"{_LISTS[str(place[0])][0]} {int(place[1]) + 1}: example event", _EXAMPLE_HELP
    if len(place) > 2 and place[0] in _LISTS and place[2] != "name":
        title, _, part, members = _LISTS[str(place[0])]
        return f"{title} {int(place[1]) + 1}: {part}", members
    if len(place) > 2 and place[0] == "variables":
        return f"Variable {int(place[1]) + 1}: {place[2]}", _VARIABLE_HELP[str(place[2])]
    return next(((q.heading, q.help) for q in known if q.place[0] == place[0]), (str(place[0]), ""))


def following(asked: tuple[Question, ...], place: Place) -> Place:
    """Returns the question behind the one at `place`; () behind the last."""
    at = next((n for n, question in enumerate(asked) if question.place == place), len(asked))
    return asked[at + 1].place if at + 1 < len(asked) else ()


def holding(asked: tuple[Question, ...], steps: Place) -> Place:
    """Returns the question whose answer a problem at `steps` is about; the first of its field, else the first of
    all.
    """
    exact = (q.place for q in asked if steps[: len(q.place)] == q.place)
    of_row = (q.place for q in asked if q.place[:2] == steps[:2])
    of_field = (q.place for q in asked if q.place[0] == steps[0])
    return next(exact, None) or next(of_row, None) or next(of_field, asked[0].place)


def _rows(name: str, rows: tuple[Row, ...], example_for: str = "") -> list[Question]:
    title, text, part, members = _LISTS[name]
    asked: list[Question] = []
    for number, row in enumerate(rows):
        asked.append(Question((name, number, "name"), f"{title} {number + 1}: name", text, row.name, optional=True))
        heading = f"{title} {number + 1}: {part} of {row.name}"
        asked.append(Question((name, number, part), heading, members, row.members, optional=True))
        if row.example or (row.name and row.name == example_for):
            heading = f"{title} {number + 1}: example event of {row.name}"
            now = "" if row.example == NONE else row.example
            asked.append(Question((name, number, "example"), heading, _EXAMPLE_HELP, now, optional=True))
    more = f"{text}\nIts name, or Enter when there is no {'other' if rows else 'such one'}."
    asked.append(Question((name, len(rows), "name"), f"{title} {len(rows) + 1}: name", more, adds=True))
    return asked


def _variables(rows: tuple[VariableRow, ...]) -> list[Question]:
    asked: list[Question] = []
    for number, row in enumerate(rows):
        for field in fields(row):
            heading = f"Variable {number + 1}: {field.name}" + (f" of {row.name}" if field.name != "name" else "")
            now = getattr(row, field.name)
            asked.append(
                Question(("variables", number, field.name), heading, _VARIABLE_HELP[field.name], now, optional=True)
            )
    more = f"{_VARIABLE_HELP['name']}\nIts name, or Enter when there is no {'other' if rows else 'such one'}."
    asked.append(Question(("variables", len(rows), "name"), f"Variable {len(rows) + 1}: name", more, adds=True))
    return asked
