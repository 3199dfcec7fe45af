"""Filters and helpers of the templates: outside text made safe for its file, and lines folded at 100 columns."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable, Sequence
from typing import Any

from wizard.values.spec import ColumnType, EventField, FieldType

WIDTH = 100
# "reserved" and "reserved (can be function or type)" of https://www.postgresql.org/docs/current/sql-keywords-appendix.html
_SQL_RESERVED = frozenset(
    re.findall(
        r"\w+",
        """all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate
        collation column concurrently constraint create cross current_catalog current_date current_role
        current_schema current_time current_timestamp current_user default deferrable desc distinct do else end
        except false fetch for foreign freeze from full grant group having ilike in initially inner intersect
        into is isnull join lateral leading left like limit localtime localtimestamp natural not notnull null
        offset on only or order outer overlaps placing primary references returning right select session_user
        similar some symmetric system_user table tablesample then to trailing true union unique user using
        variadic verbose when where window with""",
    )
)
_ZERO: dict[FieldType, str] = {"str": '""', "int": "0", "float": "0.0", "bool": "False"}
_SAMPLE: dict[FieldType, str] = {"str": '"probe"', "int": "7", "float": "1.5", "bool": "True"}


def clean(text: str) -> str:
    """One line without control characters, escape sequences or undecodable bytes."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def quoted(text: str) -> str:
    """A double-quoted literal that Python, YAML and JSON read alike."""
    return json.dumps(clean(text), ensure_ascii=False)


def compose_quoted(text: str) -> str:
    """A double-quoted YAML scalar in which Compose finds nothing to interpolate."""
    return quoted(text.replace("$", "$$"))


def docker_quoted(text: str) -> str:
    """A double-quoted word of a Dockerfile in which no variable is replaced."""
    return quoted(text).replace("$", "\\$")


def sql_quoted(text: str) -> str:
    """An SQL string literal."""
    return "'" + clean(text).replace("'", "''") + "'"


def sql_name(name: str) -> str:
    """An SQL identifier, quoted only when it is a reserved word."""
    return f'"{name}"' if name in _SQL_RESERVED else name


def markdown(text: str) -> str:
    """Text for a Markdown paragraph or table cell: no HTML, no table or code delimiters."""
    kept = clean(text).replace("\\", "\\\\")
    for mark in "|`*_[]<":
        kept = kept.replace(mark, "\\" + mark)
    return kept


def sentence(text: str) -> str:
    """Text for the inside of a Python docstring or comment, ending in a full stop."""
    kept = clean(text).replace("\\", "/").replace('"""', "'''").rstrip('" ')
    return kept if kept.endswith((".", "!", "?")) else kept + "."


def wrap(text: str, indent: int = 0, width: int = WIDTH, first: int = 0) -> str:
    """Fold prose at `width` columns; lines after the first are indented, the first has `first` columns before it."""
    lines = textwrap.wrap(text, width - indent, initial_indent=" " * max(first - indent, 0), break_on_hyphens=False)
    lines = [line.lstrip() if i == 0 else line for i, line in enumerate(lines)]
    return ("\n" + " " * indent).join(lines)


def fold(head: str, items: Sequence[str], tail: str, indent: int = 0) -> str:
    """`head` + items + `tail` on one line if it fits, else the items on one line, else one a line (as formatters do).

    `indent` is that of the statement; the first line is returned without it.
    """
    one = f"{head}{', '.join(items)}{tail}"
    if indent + len(one) <= WIDTH or not items:
        return one
    inner, outer = " " * (indent + 4), " " * indent
    middle = ", ".join(items)
    alone = head.startswith("from ") or (head.startswith("def ") and len(items) == 1)
    if len(inner) + len(middle) <= WIDTH and not alone:
        return f"{head}\n{inner}{middle}\n{outer}{tail}"
    return head + "\n" + "".join(f"{inner}{_argument(item, inner)},\n" for item in items) + outer + tail


def _argument(item: str, indent: str) -> str:
    """A keyword argument whose value is a call, broken inside that call when it is too long."""
    call = re.fullmatch(r"(\w+=\w+\()(.+)\)", item)
    if call is None or len(indent) + len(item) < WIDTH:
        return item
    return f"{call[1]}\n{indent}    {call[2]}\n{indent})"


def names(head: str, items: Sequence[str]) -> str:
    """`from x import a, b`, in brackets when it is too long."""
    one = f"{head} {', '.join(items)}"
    return one if len(one) <= WIDTH else fold(f"{head} (", items, ")")


def tuple_of(head: str, items: Sequence[str], indent: int = 0) -> str:
    """A statement that ends in a tuple."""
    one = f"{head} ({items[0]},)" if len(items) == 1 else f"{head} ({', '.join(items)})"
    if indent + len(one) <= WIDTH:
        return one
    space = " " * indent
    return head + " (\n" + "".join(f"{space}    {item},\n" for item in items) + space + ")"


def entry(key: str, value: str, indent: int) -> str:
    """A line of a dictionary, in brackets when it is too long."""
    one = f"{key}: {value},"
    if indent + len(one) <= WIDTH:
        return one
    space = " " * indent
    call = re.fullmatch(r"(\w+\()(.+)(\))", value)
    if call:
        return f"{key}: {call[1]}\n{space}    {call[2]}\n{space}),"
    return f"{key}: (\n{space}    {value}\n{space}),"


def python_string(text: str) -> str:
    """A Python string literal with the quotes a formatter would choose."""
    return f"'{text}'" if '"' in text and "'" not in text and "\\" not in text else quoted(text)


def snake(name: str) -> str:
    """`MarketDataEvent` as `market_data_event`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


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


def seed_value(type_name: ColumnType) -> str:
    """The SQL literal of a seed row."""
    return _SEED[type_name]


def union(head: str, items: Sequence[str]) -> str:
    """An assignment of a union of types."""
    one = f"{head} {' | '.join(items)}"
    if len(one) <= WIDTH:
        return one
    inner = " | ".join(items)
    return f"{head} (\n    " + (inner if len(inner) + 4 <= WIDTH else "\n    | ".join(items)) + "\n)"


def zero(type_name: FieldType) -> str:
    """The literal a field has when nothing says otherwise."""
    return _ZERO[type_name]


def sample(type_name: FieldType) -> str:
    """A literal for tests."""
    return _SAMPLE[type_name]


def field_value(wanted: EventField, fields: Sequence[EventField]) -> str:
    """The expression that fills an output field: the input event's field of the same name, else the zero value."""
    source = next((f for f in fields if f.name == wanted.name), None)
    if source is None:
        return _ZERO[wanted.type]
    if source.type == wanted.type:
        return f"event.{source.name}"
    if wanted.type == "str" or (wanted.type == "float" and source.type in ("int", "bool")):
        return f"{wanted.type}(event.{source.name})"
    return _ZERO[wanted.type]


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


def column_value(column: Any, fields: Sequence[EventField]) -> str:
    """The expression that fills a table column from the event.

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


FILTERS: dict[str, Callable[..., Any]] = {
    "clean": clean,
    "q": quoted,
    "compose": compose_quoted,
    "docker": docker_quoted,
    "sql": sql_quoted,
    "name": sql_name,
    "md": markdown,
    "sentence": sentence,
    "wrap": wrap,
    "zero": zero,
    "sample": sample,
    "snake": snake,
    "pystr": python_string,
}
GLOBALS: dict[str, Callable[..., Any]] = {
    "fold": fold,
    "names": names,
    "tuple_of": tuple_of,
    "union": union,
    "entry": entry,
    "seed_value": seed_value,
    "field_value": field_value,
    "column_value": column_value,
}
