"""The answers as they are typed: text in every field, valid or not, and the short notation for fields and columns.

A channel's fields and a table's columns are one line each, in the same words: `symbol str, price float (in euro)`; a
column that may be empty ends in a question mark: `note str?`. The type may be left out; PostgreSQL's words are known.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any, get_args

from wizard.session.deploy_text import deploy_text, read_deploy
from wizard.session.spec_rules import SpecProblem
from wizard.values.lean import dataclass, replace
from wizard.values.pattern import lazy_pattern
from wizard.values.spec import (
    Channel,
    Column,
    ColumnType,
    Delivery,
    EventField,
    FieldType,
    Kind,
    ServiceSpec,
    Table,
    Variable,
)

FIELD_TYPES: tuple[str, ...] = get_args(FieldType)
_COLUMN_OF: Mapping[str, ColumnType] = {"str": "text", "int": "bigint", "float": "double precision", "bool": "boolean"}
"""A column's type by the word that a field has for it, so that a person writes both lists alike."""
_WORD_OF: Mapping[str, str] = {column: word for word, column in _COLUMN_OF.items()}
_FIELD_OF: Mapping[str, str] = {**_WORD_OF, "integer": "int", "numeric": "float"}
COLUMN_TYPES: tuple[str, ...] = tuple(_WORD_OF.get(column, column) for column in get_args(ColumnType))
_SAMPLES: Mapping[str, object] = {"str": "text", "int": 7, "float": 1.5, "bool": True}
KINDS: Mapping[str, str] = {
    "http": "answers HTTP only",
    "consumes": "reads events",
    "produces": "publishes events",
    "both": "reads and publishes events",
}
DELIVERIES: Mapping[str, str] = {
    "at-most-once": "by pub/sub; what is published while it is away is gone",
    "at-least-once": "by Redis streams with a consumer group; an event may come twice",
}
_SPACES = lazy_pattern(r"\s{9,}")
"""Long runs of spaces would cost the pattern below their square."""
_PART = lazy_pattern(r"\s*(?P<name>\S+)(?:\s+(?P<type>[^(]*?))?\s*(?:\((?P<note>.*)\))?\s*\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Row:
    """A channel or a table while it is typed: its name, and its fields or columns in the short notation. `example`: an
    event that a channel's reader accepts, as JSON; `-` takes the one away that was given before."""

    name: str = ""
    members: str = ""
    example: str = ""


@dataclass(frozen=True, slots=True)
class VariableRow:
    """A variable while it is typed. `default` empty: required; `""` (two quotes) stands for an empty default."""

    name: str = ""
    default: str = ""
    value: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class AnswerForm:
    """Every answer about one service, as typed. `talks_to`: names between commas. `kind`: empty while nobody said it;
    the lists that a kind has not are kept as typed and not read. `example_for`: the input of which an event that is
    accepted has to be asked, since the service drops some and nothing shows one. `deploy`: how a Swarm runs it, in one
    line, asked where the stack is on one (`swarm`)."""

    name: str = ""
    purpose: str = ""
    port: str = ""
    handler: str = "handle"
    inputs: tuple[Row, ...] = ()
    outputs: tuple[Row, ...] = ()
    tables: tuple[Row, ...] = ()
    variables: tuple[VariableRow, ...] = ()
    seed: bool = False
    talks_to: str = ""
    base_image: str = ""
    kind: str = ""
    delivery: str = "at-most-once"
    example_for: str = ""
    own_role: bool = False
    deploy: str = ""
    swarm: bool = False

    @property
    def has_inputs(self) -> bool:
        """Tells whether the kind reads events."""
        return self.kind in ("", "consumes", "both")

    @property
    def has_outputs(self) -> bool:
        """Tells whether the kind publishes events."""
        return self.kind in ("", "produces", "both")

    @classmethod
    def from_spec(cls, spec: ServiceSpec) -> AnswerForm:
        """Returns the form that reads back as `spec`."""
        return cls(
            name=spec.name,
            purpose=spec.purpose,
            port=str(spec.port or ""),
            handler=spec.handler,
            inputs=tuple(Row(c.name, fields_text(c.fields), c.example) for c in spec.inputs),
            outputs=tuple(Row(c.name, fields_text(c.fields)) for c in spec.outputs),
            tables=tuple(Row(t.name, columns_text(t.columns)) for t in spec.tables),
            variables=tuple(
                VariableRow(v.name, _default_text(v.default), v.value, v.description) for v in spec.variables
            ),
            seed=spec.seed,
            talks_to=", ".join(spec.talks_to),
            base_image=spec.base_image,
            kind=spec.what,
            delivery=spec.delivery,
            own_role=spec.own_role,
            deploy=deploy_text(spec.deploy),
            swarm=spec.deploy is not None,
        )

    @classmethod
    def from_draft(cls, draft: Mapping[str, object]) -> AnswerForm:
        """Returns a form kept earlier; whatever does not fit this version is left at its default."""
        given: dict[str, Any] = {}
        for field in fields(cls):
            value = draft.get(field.name)
            if field.name in ("inputs", "outputs", "tables"):
                given[field.name] = tuple(Row(*texts) for texts in _rows(value, 2, 3))
            elif field.name == "variables":
                given[field.name] = tuple(VariableRow(*texts) for texts in _rows(value, 4, 4))
            elif isinstance(value, bool if field.name in ("seed", "own_role", "swarm") else str):
                given[field.name] = value
        return cls(**given)

    def to_draft(self) -> dict[str, object]:
        """Returns JSON values by field."""
        return asdict(self)


def read_form(form: AnswerForm, base: ServiceSpec) -> tuple[ServiceSpec, tuple[SpecProblem, ...]]:
    """Returns the spec that the form says, and what in it cannot be read. `base`: keeps what the form does not
    show.
    """
    problems: list[SpecProblem] = []
    port = form.port.strip()
    read_in = form.inputs if form.has_inputs else ()
    read_out = form.outputs if form.has_outputs else ()
    spec = replace(
        base,
        name=form.name.strip(),
        purpose=" ".join(form.purpose.split()),
        port=int(port) if port.isascii() and port.isdigit() and len(port) < 10 else 0,
        handler=form.handler.strip() or "handle",
        inputs=tuple(_channel("inputs", n, row, base.inputs, problems) for n, row in _typed(read_in)),
        outputs=tuple(_channel("outputs", n, row, base.outputs, problems) for n, row in _typed(read_out)),
        tables=tuple(_table(n, row, problems) for n, row in _typed(form.tables)),
        variables=tuple(_variable(row) for row in form.variables if any(asdict(row).values())),
        seed=form.seed,
        own_role=form.own_role and bool(form.tables),
        talks_to=tuple(name.strip() for name in form.talks_to.split(",") if name.strip()),
        base_image=form.base_image.strip(),
    )
    deploy, wrong = read_deploy(form.deploy)
    problems += [SpecProblem(("deploy",), wrong)] if wrong else []
    spec = replace(spec, deploy=deploy)
    delivery = next((way for way in get_args(Delivery) if way == form.delivery), spec.delivery)
    spec = replace(spec, delivery=delivery if spec.inputs or spec.outputs else "at-most-once")
    said = next((kind for kind in get_args(Kind) if kind and kind == form.kind), spec.kind)
    spec = replace(spec, kind="" if spec.inputs or spec.outputs else said)  # channels say it themselves
    problems += [SpecProblem((side,), f"a service that {KINDS[said]} needs one") for side in _lacking(said, spec)]
    return spec, tuple(problems)


def _lacking(kind: str, spec: ServiceSpec) -> Iterator[str]:
    """Yields the lists in which a service of this kind has at least one channel and that are empty."""
    if kind in ("consumes", "both") and not spec.inputs:
        yield "inputs"
    if kind in ("produces", "both") and not spec.outputs:
        yield "outputs"


def fields_text(fields: Sequence[EventField]) -> str:
    """Returns `symbol str, price float (in euro)`"""
    return ", ".join(member_text(f.name, f.type, f.description) for f in fields)


def columns_text(columns: Sequence[Column]) -> str:
    """Returns `symbol str, note str?`"""
    return ", ".join(f"{c.name} {_WORD_OF.get(c.type, c.type)}{'?' if c.nullable else ''}" for c in columns)


def read_fields(text: str) -> tuple[tuple[EventField, ...], str]:
    """Returns the fields of an event, and the first thing that cannot be read ('' when all can)."""
    found: list[EventField] = []
    for name, kind, note in members(text):
        plain = _FIELD_OF.get(" ".join(kind.split()), kind)
        if plain and plain not in FIELD_TYPES:
            return tuple(found), _no_type(name, kind, FIELD_TYPES)
        found.append(EventField(name, plain or "str", note))  # type: ignore[arg-type]
    return tuple(found), ""


def read_columns(text: str) -> tuple[tuple[Column, ...], str]:
    """Returns the columns of a table, and the first thing that cannot be read ('' when all can)."""
    found: list[Column] = []
    for name, kind, _ in members(text):
        plain = " ".join(kind.removesuffix("?").split())
        nullable = kind.endswith("?") or (not kind and name.endswith("?"))
        column = _COLUMN_OF.get(plain, plain)
        if column and column not in get_args(ColumnType):
            return tuple(found), _no_type(name, plain, COLUMN_TYPES)
        found.append(Column(name.rstrip("?"), column or "text", nullable))  # type: ignore[arg-type]
    return tuple(found), ""


def example_event(channel: Channel) -> str:
    """Returns an event of a channel as JSON: the one that a person gave, else one made of its fields."""
    if channel.example:
        return channel.example
    made = {field.name: _SAMPLES[field.type] for field in channel.fields}
    return json.dumps({"id": "7d1c", "time": "2026-01-31T12:00:00Z", **made}, ensure_ascii=False)


def _no_type(name: str, kind: str, known: tuple[str, ...]) -> str:
    return f"{name}: there is no type {kind!r}; types are {', '.join(known)}"


def member_text(name: str, kind: str, note: str) -> str:
    """Returns `price float (in euro)`, which reads back as its parts."""
    balanced = note if _parts(f"({note})") == [f"({note})"] else note.replace("(", "[").replace(")", "]")
    return f"{name} {kind} ({balanced})" if note else f"{name} {kind}"


def members(text: str) -> Iterator[tuple[str, str, str]]:
    """Yields name, type as written and description of every part that is not blank."""
    for part in _parts(text):
        match = _PART.match(_SPACES.sub(" ", part))
        if match:
            yield match["name"], (match["type"] or "").strip(), (match["note"] or "").strip()


def _parts(text: str) -> list[str]:
    """Split at the commas that stand outside of brackets."""
    parts, depth = [""], 0
    for char in text:
        depth += (char == "(") - (char == ")" and depth > 0)
        if char == "," and not depth:
            parts.append("")
        else:
            parts[-1] += char
    return [part for part in parts if part.strip()]


def _typed(rows: tuple[Row, ...]) -> Iterator[tuple[int, Row]]:
    """Rows in which something stands; an empty row is one not filled in yet."""
    return ((number, row) for number, row in enumerate(r for r in rows if r.name.strip() or r.members.strip()))


def _channel(which: str, number: int, row: Row, kept: tuple[Channel, ...], problems: list[SpecProblem]) -> Channel:
    """Reads a row; without an example the one given before stays with the channel of that name."""
    members, wrong = read_fields(row.members)
    if wrong:
        problems.append(SpecProblem((which, number, "fields"), wrong))
    name = row.name.strip()
    before = next((channel.example for channel in kept if channel.name == name), "")
    return Channel(name, members, "" if row.example == "-" else row.example.strip() or before)


def _table(number: int, row: Row, problems: list[SpecProblem]) -> Table:
    members, wrong = read_columns(row.members)
    if wrong:
        problems.append(SpecProblem(("tables", number, "columns"), wrong))
    return Table(row.name.strip(), members)


def _variable(row: VariableRow) -> Variable:
    typed = row.default.strip()
    default = "" if typed == '""' else typed or None
    return Variable(row.name.strip(), default, row.value.strip(), row.description.strip())


def _default_text(default: str | None) -> str:
    return "" if default is None else default or '""'


def _rows(value: object, least: int, most: int) -> Iterator[tuple[str, ...]]:
    """Rows of a draft: objects or lists of `least` to `most` texts; anything else is left out."""
    for row in value if isinstance(value, list | tuple) else ():
        texts = tuple(row.values()) if isinstance(row, Mapping) else tuple(row) if isinstance(row, list | tuple) else ()
        if least <= len(texts) <= most and all(isinstance(text, str) for text in texts):
            yield texts
