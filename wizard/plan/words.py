"""Filters and helpers of the templates: outside text made safe for the file it goes into."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from wizard.plan.service import folding, literals
from wizard.rules import text as text_rules

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


def clean(text: str) -> str:
    """Returns one line without control characters, escape sequences or undecodable bytes; their places are blank."""
    return " ".join(text_rules.clean(text).replace("\ufffd", " ").split())


def quoted(text: str) -> str:
    """Returns a double-quoted literal that Python, YAML and JSON read alike."""
    return json.dumps(clean(text), ensure_ascii=False)


def compose_quoted(text: str) -> str:
    """Returns a double-quoted YAML scalar in which Compose finds nothing to interpolate."""
    return quoted(text.replace("$", "$$"))


def plain(text: str) -> str:
    """Returns a path or name as a YAML scalar: bare where that is safe, else double-quoted."""
    return text if re.fullmatch(r"[A-Za-z_./][\w./-]*", text) else quoted(text)


def docker_quoted(text: str) -> str:
    """Returns a double-quoted word of a Dockerfile in which no variable is replaced."""
    return quoted(text).replace("$", "\\$")


def sql_quoted(text: str) -> str:
    """Returns an SQL string literal."""
    return "'" + clean(text).replace("'", "''") + "'"


def sql_name(name: str) -> str:
    """Returns an SQL identifier, quoted only when it is a reserved word."""
    return f'"{name}"' if name in _SQL_RESERVED else name


def markdown(text: str) -> str:
    """Returns text for a Markdown paragraph or table cell: no HTML, no table or code delimiters."""
    kept = clean(text).replace("\\", "\\\\")
    for mark in "|`*_[]<":
        kept = kept.replace(mark, "\\" + mark)
    return kept


def sentence(text: str) -> str:
    """Returns one line of prose, ending in a full stop."""
    kept = clean(text)
    return kept if kept.endswith((".", "!", "?")) else kept + "."


def docstring(text: str) -> str:
    """Returns a sentence for the inside of a Python docstring: it reads there as it was typed."""
    return sentence(clean(text).replace("\\", "\\\\").replace('"""', "'''").rstrip('" '))


def raw_docstring(text: str) -> str:
    """Returns a sentence for the inside of a raw docstring, which is what linters ask for where a backslash stands."""
    return sentence(clean(text).replace('"""', "'''").rstrip('" '))


def python_string(text: str) -> str:
    """Returns a Python string literal with the quotes a formatter would choose."""
    return f"'{text}'" if '"' in text and "'" not in text and "\\" not in text else quoted(text)


def snake(name: str) -> str:
    """Returns `MarketDataEvent` as `market_data_event`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


FILTERS: dict[str, Callable[..., Any]] = {
    "clean": clean,
    "q": quoted,
    "compose": compose_quoted,
    "plain": plain,
    "docker": docker_quoted,
    "sql": sql_quoted,
    "name": sql_name,
    "md": markdown,
    "sentence": sentence,
    "docstring": docstring,
    "raw_docstring": raw_docstring,
    "wrap": folding.wrap,
    "zero": literals.zero,
    "sample": literals.sample,
    "snake": snake,
    "pystr": python_string,
}
GLOBALS: dict[str, Callable[..., Any]] = {
    "fold": folding.fold,
    "names": folding.names,
    "tuple_of": folding.tuple_of,
    "union": folding.union,
    "entry": folding.entry,
    "seed_value": literals.seed_value,
    "field_value": literals.field_value,
    "column_value": literals.column_value,
}
