"""The answers as they are typed: text in every field, valid or not, and the short notation for fields and columns.

A channel's fields and a table's columns are one line each: `symbol str, price float (in euro)`; a column that may be
empty ends in a question mark: `note text?`. The type may be left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any, get_args

from wizard.session.spec_rules import SpecProblem
from wizard.values.lean import dataclass, replace
from wizard.values.spec import Channel, Column, ColumnType, EventField, FieldType, ServiceSpec, Table, Variable

FIELD_TYPES: tuple[str, ...] = get_args(FieldType)
COLUMN_TYPES: tuple[str, ...] = get_args(ColumnType)
_PART = re.compile(r"\s*(?P<name>\S+)(?:\s+(?P<type>[^(]*?))?\s*(?:\((?P<note>.*)\))?\s*\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Row:
    """A channel or a table while it is typed: its name, and its fields or columns in the short notation."""

    name: str = ""
    members: str = ""


@dataclass(frozen=True, slots=True)
class VariableRow:
    """A variable while it is typed. `default` empty: required; `""` (two quotes) stands for an empty default."""

    name: str = ""
    default: str = ""
    value: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Every answer about one service, as typed. `talks_to`: names between commas."""

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

    @classmethod
    def from_spec(cls, spec: ServiceSpec) -> Sheet:
        """The sheet that reads back as `spec`."""
        return cls(
            name=spec.name,
            purpose=spec.purpose,
            port=str(spec.port or ""),
            handler=spec.handler,
            inputs=tuple(Row(c.name, fields_text(c.fields)) for c in spec.inputs),
            outputs=tuple(Row(c.name, fields_text(c.fields)) for c in spec.outputs),
            tables=tuple(Row(t.name, columns_text(t.columns)) for t in spec.tables),
            variables=tuple(
                VariableRow(v.name, _default_text(v.default), v.value, v.description) for v in spec.variables
            ),
            seed=spec.seed,
            talks_to=", ".join(spec.talks_to),
            base_image=spec.base_image,
        )

    @classmethod
    def from_draft(cls, draft: Mapping[str, object]) -> Sheet:
        """A sheet kept earlier; whatever does not fit this version is left at its default."""
        given: dict[str, Any] = {}
        for field in fields(cls):
            value = draft.get(field.name)
            if field.name in ("inputs", "outputs", "tables"):
                given[field.name] = tuple(Row(*texts) for texts in _rows(value, 2))
            elif field.name == "variables":
                given[field.name] = tuple(VariableRow(*texts) for texts in _rows(value, 4))
            elif isinstance(value, bool if field.name == "seed" else str):
                given[field.name] = value
        return cls(**given)

    def to_draft(self) -> dict[str, object]:
        """JSON values by field."""
        return asdict(self)


def read_sheet(sheet: Sheet, base: ServiceSpec) -> tuple[ServiceSpec, tuple[SpecProblem, ...]]:
    """The spec that the sheet says, and what in it cannot be read. `base`: keeps what the sheet does not show."""
    problems: list[SpecProblem] = []
    port = sheet.port.strip()
    spec = replace(
        base,
        name=sheet.name.strip(),
        purpose=" ".join(sheet.purpose.split()),
        port=int(port) if port.isascii() and port.isdigit() and len(port) < 10 else 0,
        handler=sheet.handler.strip() or "handle",
        inputs=tuple(_channel("inputs", n, row, problems) for n, row in _typed(sheet.inputs)),
        outputs=tuple(_channel("outputs", n, row, problems) for n, row in _typed(sheet.outputs)),
        tables=tuple(_table(n, row, problems) for n, row in _typed(sheet.tables)),
        variables=tuple(_variable(row) for row in sheet.variables if any(asdict(row).values())),
        seed=sheet.seed,
        talks_to=tuple(name.strip() for name in sheet.talks_to.split(",") if name.strip()),
        base_image=sheet.base_image.strip(),
    )
    return spec, tuple(problems)


def fields_text(members: Sequence[EventField]) -> str:
    """`symbol str, price float (in euro)`"""
    return ", ".join(_member_text(f.name, f.type, f.description) for f in members)


def columns_text(members: Sequence[Column]) -> str:
    """`symbol text, note text?`"""
    return ", ".join(f"{c.name} {c.type}{'?' if c.nullable else ''}" for c in members)


def read_fields(text: str) -> tuple[tuple[EventField, ...], str]:
    """The fields of an event, and the first thing that cannot be read ('' when all can)."""
    found: list[EventField] = []
    for name, kind, note in _members(text):
        if kind and kind not in FIELD_TYPES:
            return tuple(found), f"{name}: {kind!r} is no type; types are {', '.join(FIELD_TYPES)}"
        found.append(EventField(name, kind or "str", note))  # type: ignore[arg-type]
    return tuple(found), ""


def read_columns(text: str) -> tuple[tuple[Column, ...], str]:
    """The columns of a table, and the first thing that cannot be read ('' when all can)."""
    found: list[Column] = []
    for name, kind, _ in _members(text):
        plain = " ".join(kind.removesuffix("?").split())
        nullable = kind.endswith("?") or (not kind and name.endswith("?"))
        if plain and plain not in COLUMN_TYPES:
            return tuple(found), f"{name}: {plain!r} is no type; types are {', '.join(COLUMN_TYPES)}"
        found.append(Column(name.rstrip("?"), plain or "text", nullable))  # type: ignore[arg-type]
    return tuple(found), ""


def _member_text(name: str, kind: str, note: str) -> str:
    balanced = note if _parts(f"({note})") == [f"({note})"] else note.replace("(", "[").replace(")", "]")
    return f"{name} {kind} ({balanced})" if note else f"{name} {kind}"


def _members(text: str) -> Iterator[tuple[str, str, str]]:
    """(name, type as written, description) of every part that is not blank."""
    for part in _parts(text):
        match = _PART.match(part)
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


def _channel(which: str, number: int, row: Row, problems: list[SpecProblem]) -> Channel:
    members, wrong = read_fields(row.members)
    if wrong:
        problems.append(SpecProblem((which, number, "fields"), wrong))
    return Channel(row.name.strip(), members)


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


def _rows(value: object, width: int) -> Iterator[tuple[str, ...]]:
    """Rows of a draft: objects or lists of `width` texts; anything else is left out."""
    for row in value if isinstance(value, list | tuple) else ():
        texts = tuple(row.values()) if isinstance(row, Mapping) else tuple(row) if isinstance(row, list | tuple) else ()
        if len(texts) == width and all(isinstance(text, str) for text in texts):
            yield texts
