"""The questions about one service, as values: made anew from the answers so far, so that going back loses nothing."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from wizard.pipeline.sheet import COLUMN_TYPES, FIELD_TYPES, Row, Sheet, VariableRow
from wizard.values.lean import dataclass, replace

NONE = "-"
Place = tuple[str | int, ...]
_FIELDS_HELP = (
    "Its fields between commas, each a name and a type, as in: symbol str, price float (in euro). "
    f"Types are {', '.join(FIELD_TYPES)}. Every event carries id and time, so leave those out."
)
_COLUMNS_HELP = (
    "Its columns between commas, each a name and a type, a question mark for one that may be empty, as in: "
    f"symbol text, note text?. Types are {', '.join(COLUMN_TYPES)}. id, event_id and created_at are always there."
)
_LISTS = {
    "inputs": ("Input channel", "A Redis channel the service listens on.", "fields", _FIELDS_HELP),
    "outputs": ("Output channel", "A Redis channel the service publishes on.", "fields", _FIELDS_HELP),
    "tables": ("Table", "A table of the service's own in PostgreSQL.", "columns", _COLUMNS_HELP),
}
_VARIABLE_HELP = {
    "name": (
        "A further environment variable the service reads, in capital letters. "
        "Port, log level, Redis and Postgres are set already."
    ),
    "default": 'Its default; without one the variable is required. Two quotes, "", are an empty default.',
    "value": "The value that compose sets. Without one, the default holds.",
    "description": "What it is for, in a few words.",
}


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `place`: where its answer stands in the spec, as problems name it. `now`: the answer so far.

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


def questions(sheet: Sheet) -> tuple[Question, ...]:
    """Every question that these answers raise, in order; the name is asked before."""
    asked = [
        Question(("purpose",), "Purpose", "What the service is for, in one sentence.", sheet.purpose),
        Question(("port",), "Port", "The port it is published on, the same on this machine and inside.", sheet.port),
        *_rows("inputs", sheet.inputs),
        *_rows("outputs", sheet.outputs),
        *_rows("tables", sheet.tables),
    ]
    if sheet.tables or sheet.seed:
        text = "Are there rows to start with (seed data)? yes or no."
        asked.append(Question(("seed",), "Seed data", text, "yes" if sheet.seed else "no"))
    text = "The function in logic.py that takes an event and returns one, or None."
    asked.append(Question(("handler",), "Handler", text, sheet.handler))
    asked += _variables(sheet.variables)
    text = "Services of the stack it depends on beside Redis and Postgres, between commas."
    asked.append(Question(("talks_to",), "Talks to", text, sheet.talks_to, optional=True))
    text = "The base image with its digest, NAME:TAG@sha256:…, when you have looked it up."
    asked.append(Question(("base_image",), "Base image", text, sheet.base_image, optional=True))
    return tuple(asked)


def put(sheet: Sheet, question: Question, text: str) -> Sheet:
    """The answers with this one; `-` empties an optional one and removes a row. Raises `ValueError` with the reason."""
    name, value = question.field, "" if text == NONE else text
    if name == "seed":
        if text.lower() not in ("y", "yes", "n", "no"):
            raise ValueError("type yes or no")
        return replace(sheet, seed=text.lower().startswith("y"))
    if len(question.place) == 1:
        changed: dict[str, Any] = {name: value}
        return replace(sheet, **changed)
    rows: list[Any] = list(getattr(sheet, name))
    number, part = int(question.place[1]), str(question.place[2])
    if part == "name" and text == NONE:
        del rows[number : number + 1]
    elif number == len(rows):
        rows.append(VariableRow(value) if name == "variables" else Row(value))
    else:
        part = "members" if part in ("fields", "columns") else part
        rows[number] = replace(rows[number], **{part: value})
    changed = {name: tuple(rows)}
    return replace(sheet, **changed)


def removes(question: Question, text: str) -> bool:
    """Whether this answer takes the row of the question away, so that the next row stands in its place."""
    return text == NONE and question.place[-1] == "name" and not question.adds


def following(asked: tuple[Question, ...], place: Place) -> Place:
    """The question behind the one at `place`; () behind the last."""
    at = next((n for n, question in enumerate(asked) if question.place == place), len(asked))
    return asked[at + 1].place if at + 1 < len(asked) else ()


def holding(asked: tuple[Question, ...], steps: Place) -> Place:
    """The question whose answer a problem at `steps` is about; the first of its field, else the first of all."""
    exact = (q.place for q in asked if steps[: len(q.place)] == q.place)
    of_row = (q.place for q in asked if q.place[:2] == steps[:2])
    of_field = (q.place for q in asked if q.place[0] == steps[0])
    return next(exact, None) or next(of_row, None) or next(of_field, asked[0].place)


def _rows(name: str, rows: tuple[Row, ...]) -> list[Question]:
    title, text, part, members = _LISTS[name]
    asked: list[Question] = []
    for number, row in enumerate(rows):
        asked.append(Question((name, number, "name"), f"{title} {number + 1}: name", text, row.name, optional=True))
        heading = f"{title} {number + 1}: {part} of {row.name}"
        asked.append(Question((name, number, part), heading, members, row.members, optional=True))
    more = f"{text} Its name, or Enter when there is no {'other' if rows else 'such one'}."
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
    more = f"{_VARIABLE_HELP['name']} Its name, or Enter when there is no {'other' if rows else 'such one'}."
    asked.append(Question(("variables", len(rows), "name"), f"Variable {len(rows) + 1}: name", more, adds=True))
    return asked
