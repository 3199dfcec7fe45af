"""Reads which tables of a database a Python file writes: SQL in its texts, mapped classes, bulk copies."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from wizard.stack.python.prose import in_code
from wizard.stack.python.scan import Scan
from wizard.stack.python.tree import argument, last_name, walk
from wizard.values.lean import dataclass
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Fact, Source

_SQL_WORDS = (
    "INSERT",
    "UPDATE",
    "DELETE",
    "CREATE TABLE",
    "COPY",
    "insert into",
    "delete from",
    "create table",
    "update ",
)
_NAME = r"(?:ONLY\s+)?(?:[\"`]?(?:\w+|\{[\w.]+\})[\"`]?\.)?[\"`]?(?:([A-Za-z_]\w*+)|\{(\w+)\})[\"`]?"
"""A table's name as PostgreSQL or MySQL quotes it, `{NAME}` in an f-string; what is before its dot is passed over."""
_WRITES = lazy_pattern(
    r"\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|CREATE\s+TABLE(?:\s+IF\s+NOT\s+EXISTS)?+|COPY)\s+"
    rf"{_NAME}(?=[\s(\"`';])(?P<rest>[^\n]{{0,80}})",
    re.IGNORECASE,
)
_SELECT = lazy_pattern(r"\bSELECT\s", re.IGNORECASE)
_FROM = lazy_pattern(
    rf"\b(?:FROM|JOIN)\s+(?!(?:ONLY\s+)?[\"`]?(?:information_schema|pg_\w+)\b){_NAME}(?!\s*\()",
    re.IGNORECASE,
)
_WITH = lazy_pattern(r"(?:\bWITH(?:\s+RECURSIVE)?|,)\s+(\w+)\s+AS\s*(?:NOT\s+MATERIALIZED\s*)?\(", re.IGNORECASE)
_TEMPORARY = lazy_pattern(r"CREATE\s+TEMP(?:ORARY)?\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?\"?(\w+)", re.IGNORECASE)
_WITH_TEXT = frozenset({ast.Expr, ast.JoinedStr, ast.Constant})


@dataclass(frozen=True, slots=True)
class Tables:
    """Tables a file writes, those it creates itself (`*` stands for all that are mapped), those it selects from and
    those that its classes map (which a service may write, and may only read), first mention each."""

    written: tuple[Fact[str], ...] = ()
    created: tuple[Fact[str], ...] = ()
    read: tuple[Fact[str], ...] = ()
    mapped: tuple[Fact[str], ...] = ()


def read_tables(found: Scan, text: str, path: str) -> Tables:
    """Returns the tables of INSERT, UPDATE … SET, DELETE, CREATE TABLE, COPY, of mapped classes and bulk copies."""
    written: dict[str, Fact[str]] = {}
    created: dict[str, Fact[str]] = {}
    temporary = {name.lower() for name in _TEMPORARY.findall(text)} if "temp" in text.lower() else set()
    classes = list(_mapped(found))
    for verb, name, line in (*_in_texts(found, text), *classes):
        if name and name not in temporary:
            written.setdefault(name, Fact(name, Source(path, line)))
            if verb == "CREATE":
                created.setdefault(name, Fact(name, Source(path, line)))
    for call, _ in found.called("create_all"):
        created.setdefault("*", Fact("*", Source(path, call.lineno)))
    selected = tuple(_selected(found, text, path, temporary))
    mapped = {name: Fact(name, Source(path, line)) for _, name, line in classes}
    return Tables(tuple(written.values()), tuple(created.values()), selected, tuple(mapped.values()))


def _selected(found: Scan, text: str, path: str, temporary: set[str]) -> Iterator[Fact[str]]:
    """Yields the tables after FROM and JOIN of SELECT statements; names of a WITH are none."""
    if "SELECT" not in text and "select " not in text:
        return
    local = temporary | {name.lower() for name in _WITH.findall(text)}
    seen: set[str] = set()
    for statement, line in _strings(found):
        if not _SELECT.search(statement):
            continue
        for match in _FROM.finditer(statement):
            name = (match[1] or _constant(found, match[2])).lower()
            if name and name not in local and name not in seen:
                seen.add(name)
                yield Fact(name, Source(path, line + statement.count("\n", 0, match.start())))


def _strings(found: Scan) -> Iterator[tuple[str, int]]:
    """Yields the texts of the program with their first line, `{NAME}` where an f-string has a name; no docstrings."""
    aside: set[ast.AST] = set()
    for node in walk(found.module.node or ast.Module([], [])):
        if type(node) not in _WITH_TEXT:
            continue
        if isinstance(node, ast.Expr):
            aside.add(node.value)
        elif isinstance(node, ast.JoinedStr):
            aside.update(node.values)
            if node not in aside:
                yield "".join(_part(value) for value in node.values), node.lineno
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in aside:
            yield node.value, node.lineno


def _part(value: ast.expr) -> str:
    if isinstance(value, ast.Constant):
        return str(value.value)
    inner = value.value if isinstance(value, ast.FormattedValue) else None
    return f"{{{inner.id}}}" if isinstance(inner, ast.Name) else "{}"


def _mapped(found: Scan) -> Iterator[tuple[str, str, int]]:
    """Yields tables of SQLAlchemy and SQLModel classes, of `Table("x", …)`, and of asyncpg's bulk copies."""
    for node, _, inner in found.classes:
        named = [v for v in inner.names.get("__tablename__", []) if isinstance(v, ast.Constant)]
        if named:
            yield "MAP", str(named[0].value).lower(), node.lineno
        elif any(
            k.arg == "table" and isinstance(k.value, ast.Constant) and k.value.value is True for k in node.keywords
        ):
            yield "MAP", node.name.lower(), node.lineno
    for call, _ in found.called("Table", "copy_records_to_table", "copy_to_table"):
        first = argument(call, 0, "name", "table_name")
        if isinstance(first, ast.Constant) and (last_name(call.func) != "Table" or len(call.args) > 1):
            yield "MAP", str(first.value).lower(), call.lineno


def _in_texts(found: Scan, text: str) -> Iterator[tuple[str, str, int]]:
    if not any(words in text for words in _SQL_WORDS):
        return
    for match, line in in_code(_WRITES, text, found):
        verb = match[0].split(None, 1)[0]
        end = match.end(1) if match[1] else match.end(2) + 1
        if _is_statement(verb, text[end : end + 120]):
            name = match[1] or _constant(found, match[2])
            yield verb.upper(), name.lower(), line


def _constant(found: Scan, name: str) -> str:
    """Returns the text of a module's constant in `f"INSERT INTO {TABLE}"`; '' when it is none."""
    values = found.module.names.get(name, [])
    return (
        values[-1].value
        if values and isinstance(values[-1], ast.Constant) and isinstance(values[-1].value, str)
        else ""
    )


def _is_statement(verb: str, following: str) -> bool:
    """True when what follows is SQL and not a sentence: lower-case words need more of it."""
    if verb.upper() == "UPDATE":
        return bool(re.match(r"[\"`]?(?:\s+(?:AS\s+)?\w+)?\s+SET\b", following, re.IGNORECASE))
    if verb.upper() == "COPY":
        return bool(re.match(r"[\"`]?\s*(?:\([^)]*\))?\s+(?:FROM|TO)\b", following, re.IGNORECASE))
    if verb.upper() in ("INSERT", "DELETE") and not verb.isupper():
        return bool(re.match(r"[\"`]?\s*(?:\(|values|select|where|\")", following, re.IGNORECASE))
    return True
