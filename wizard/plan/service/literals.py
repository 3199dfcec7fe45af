"""Literals and expressions of generated code, by the type of a field or a column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wizard.values.spec import ColumnType, EventField, FieldType

_ZERO: dict[FieldType, str] = {"str": '""', "int": "0", "float": "0.0", "bool": "False"}
_SAMPLE: dict[FieldType, str] = {"str": '"probe"', "int": "7", "float": "1.5", "bool": "True"}
_SEED: dict[ColumnType, str] = {
    "text": "'seed'",
    "integer": "0",
    "bigint": "0",
    "double precision": "0",
    "numeric": "0",
    "boolean": "false",
    "timestamptz": "'2026-01-01T00:00:00Z'",
    "uuid": "'00000000-0000-0000-0000-000000000001'",
    "jsonb": "'{}'",
}
_COLUMN_OF: dict[ColumnType, tuple[FieldType, ...]] = {
    "text": ("str",),
    "integer": ("int",),
    "bigint": ("int",),
    "double precision": ("float", "int"),
    "numeric": ("int", "float"),
    "boolean": ("bool",),
    "timestamptz": (),
    "uuid": (),
    "jsonb": (),
}
_COLUMN_ZERO: dict[ColumnType, str] = {
    "text": '""',
    "integer": "0",
    "bigint": "0",
    "double precision": "0.0",
    "numeric": "0",
    "boolean": "False",
    "timestamptz": "event.time",
    "uuid": "str(uuid5(NAMESPACE_URL, event.id))",
    "jsonb": "Jsonb(asdict(event))",
}


def zero(type_name: FieldType) -> str:
    """Returns the literal a field has when nothing says otherwise."""
    return _ZERO[type_name]


def sample(type_name: FieldType) -> str:
    """Returns a literal for tests."""
    return _SAMPLE[type_name]


def seed_value(type_name: ColumnType) -> str:
    """Returns the SQL literal of a seed row."""
    return _SEED[type_name]


def field_value(wanted: EventField, fields: Sequence[EventField]) -> str:
    """Returns the expression that fills an output field: the input event's field of the same name, else the zero
    value.
    """
    source = next((f for f in fields if f.name == wanted.name), None)
    if source is None:
        return _ZERO[wanted.type]
    if source.type == wanted.type:
        return f"event.{source.name}"
    if wanted.type == "str" or (wanted.type == "float" and source.type in ("int", "bool")):
        return f"{wanted.type}(event.{source.name})"
    return _ZERO[wanted.type]


def column_value(column: Any, fields: Sequence[EventField]) -> str:
    """Returns the expression that fills a table column from the event.

    A column takes the field of its name when the types agree; a nullable one stays empty without such a field; any
    other gets its type's plain value: the event's time, an id derived from the event's, the event as JSON, or zero.
    """
    type_name: ColumnType = column.type
    source = next((f for f in fields if f.name == column.name), None)
    if source is not None:
        if type_name == "jsonb":
            return f"Jsonb(event.{source.name})"
        if source.type in _COLUMN_OF[type_name]:
            return f"event.{source.name}"
        if type_name == "text":
            return f"str(event.{source.name})"
    return "None" if column.nullable else _COLUMN_ZERO[type_name]


def is_filled(column: Any, fields: Sequence[EventField]) -> bool:
    """Tells whether a column takes something of the event, so that no value is made up for it."""
    return "event" in column_value(column, fields)
