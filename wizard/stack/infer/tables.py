"""Which tables of the schema belong to a service."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.rules import names
from wizard.values.facts.documents import SqlFacts, SqlStatement
from wizard.values.facts.stack import ServiceFacts, StackFacts
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Source
from wizard.values.spec import Column, ColumnType, Table

Found = tuple[tuple[Table, ...] | None, tuple[Source, ...]]
_GIVEN = frozenset({"id", "event_id", "created_at"})
_CONSTRAINTS = ("constraint", "primary", "unique", "foreign", "check", "exclude", "like", "partition", "index")
_TYPES: tuple[tuple[str, ColumnType], ...] = (
    (r"bigint|bigserial|int8|serial8", "bigint"),
    (r"integer|int|int4|smallint|int2|serial|smallserial", "integer"),
    (r"double precision|float8|float|real|float4", "double precision"),
    (r"numeric|decimal|money", "numeric"),
    (r"boolean|bool", "boolean"),
    (r"timestamptz|timestamp|date", "timestamptz"),
    (r"uuid", "uuid"),
    (r"jsonb|json", "jsonb"),
)
DRIVERS = frozenset({"psycopg", "psycopg2", "asyncpg", "pg8000", "aiopg"})
MAPPERS = frozenset({"sqlalchemy", "sqlmodel", "peewee", "databases", "tortoise"})
_DISTRIBUTIONS = DRIVERS | {"psycopg2-binary", "psycopg-binary", "psycopg-c"}
_URL = lazy_pattern(r"\bpostgres(?:ql)?(?:\+\w+)?://")
_COLUMN = lazy_pattern(r'\s*(?:"([^"]+)"|([A-Za-z_]\w*))\s+(.+)\Z', re.DOTALL)


def tables(facts: StackFacts, service: ServiceFacts | None) -> Found:
    """Returns the tables the service's code writes, created or not, and those under a heading comment with its name;
    None when there is no hint.

    Code that talks to no database says that there are none. The columns of a table that no file creates are not known.
    """
    if service is None:
        return None, ()
    written = {fact.value: fact.source for file in service.python for fact in file.tables_written}
    found = _created(facts, service, written)
    if facts.profile.postgres.service and _uses_postgres(facts, service):
        found.update((name, (Table(name), (source,))) for name, source in written.items() if name not in found)
    if not found:
        return (() if service.python and not written and _no_database(service) else None), ()
    return tuple(table for table, _ in found.values()), tuple(s for _, sources in found.values() for s in sources)


def _created(
    facts: StackFacts, service: ServiceFacts, written: dict[str, Source]
) -> dict[str, tuple[Table, tuple[Source, ...]]]:
    found: dict[str, tuple[Table, tuple[Source, ...]]] = {}
    for sql in facts.sql:
        text = facts.texts.get(sql.path, "")
        named = _names_it(text, service.name)
        if not named and written.keys().isdisjoint(statement.table for statement in sql.statements):
            continue
        lines = text.split("\n")
        for index, statement in enumerate(sql.statements):
            if statement.kind != "create_table" or statement.table in found:
                continue
            own = statement.table in written
            if not own and not (named and _names_it(_heading(lines, sql.statements, index), service.name)):
                continue
            sources = (*([written[statement.table]] if own else []), statement.source)
            found[statement.table] = (_table(sql, index, lines), sources)
    return found


def _uses_postgres(facts: StackFacts, service: ServiceFacts) -> bool:
    """True for a PostgreSQL driver; a mapper alone may as well stand before SQLite, unless a driver is required or the
    code spells PostgreSQL's URL."""
    imported = {fact.value for file in service.python for fact in file.imports}
    required = {r.name for r in service.requirements.requirements} if service.requirements is not None else set()
    if imported & DRIVERS or not imported & MAPPERS:
        return bool(imported & DRIVERS)
    texts = (facts.texts.get(file.path, "") for file in service.code)
    return bool(required & _DISTRIBUTIONS) or any(_URL.search(text) for text in texts)


def _no_database(service: ServiceFacts) -> bool:
    uses_redis = any(file.redis for file in service.python)
    return uses_redis and not any(fact.value in DRIVERS | MAPPERS for file in service.python for fact in file.imports)


def _heading(lines: list[str], statements: tuple[SqlStatement, ...], index: int) -> str:
    """The comment above a statement; without one, the nearest earlier comment that heads a section."""
    for position in range(index, -1, -1):
        end = statements[position - 1].source.line - 1 if position else -1
        comments, banner = _comments(lines, statements[position].source.line - 2, end)
        if comments and (position == index or banner):
            return " ".join(comments)
        if comments:
            return ""
    return ""


def _comments(lines: list[str], line: int, end: int) -> tuple[list[str], bool]:
    """(comment lines above `line` down to `end`, True when they are a section's heading: ruled, or apart by a blank
    line)."""
    comments: list[str] = []
    banner = False
    while line > end and (not lines[line].strip() or lines[line].lstrip().startswith("--")):
        bare = lines[line].strip().strip("-= *#")
        banner = banner or (not lines[line].strip() and not comments) or (bool(lines[line].strip()) and not bare)
        comments += [bare] if bare else []
        line -= 1
    return comments, banner


def _names_it(heading: str, name: str) -> bool:
    words = re.escape(name).replace("_", r"[_\s-]?")
    return bool(re.search(rf"(?<![A-Za-z0-9_]){words}(?![A-Za-z0-9_])", heading, re.IGNORECASE))


def _table(sql: SqlFacts, index: int, lines: list[str]) -> Table:
    statement = sql.statements[index]
    following = sql.statements[index + 1].source.line - 1 if index + 1 < len(sql.statements) else len(lines)
    text = "\n".join(lines[statement.source.line - 1 : max(following, statement.source.line)])
    return Table(statement.table, tuple(_columns(text)))


def _columns(text: str) -> Iterator[Column]:
    body = re.sub(r"--[^\n]*|/\*.*?\*/", " ", text, flags=re.DOTALL)
    for part in _parts(body):
        match = _COLUMN.match(part)
        name = (match[1] or match[2]) if match else ""
        if not match or not name or name in _GIVEN or name.lower() in _CONSTRAINTS or names.identifier(name):
            continue
        rest = match[3].strip().lower()
        required = "not null" in rest or "primary key" in rest
        yield Column(name, column_type(rest), nullable=not required)


def _parts(text: str) -> Iterator[str]:
    """The comma-separated parts of the first parenthesis."""
    depth, part, quoted = 0, "", False
    for char in text[text.find("(") :] if "(" in text else "":
        quoted ^= char == "'"
        depth += 0 if quoted else (char == "(") - (char == ")")
        if depth == 0:
            break
        if depth == 1 and char == "," and not quoted:
            yield part
            part = ""
        elif not (depth == 1 and char == "(" and not part and not quoted):
            part += char
    yield part


def column_type(definition: str) -> ColumnType:
    """Returns the column type that a definition such as `varchar(20) not null` amounts to; `text` for all others."""
    for pattern, kind in _TYPES:
        if re.match(rf"(?:{pattern})\b(?!\s*\[)", definition):
            return kind
    return "text"


def seeded(facts: StackFacts, found: Found) -> tuple[bool | None, tuple[Source, ...]]:
    """Returns whether some file inserts rows into one of the tables; None when none does."""
    wanted = {table.name for table in found[0] or ()}
    rows = [s.source for sql in facts.sql for s in sql.statements if s.kind == "insert" and s.table in wanted]
    return (True, tuple(rows[:3])) if rows else (None, ())
