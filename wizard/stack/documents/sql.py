"""Facts of a schema or seed file: its statements with lines, and what is wrong with it."""

from __future__ import annotations

import re

from wizard.syntax.sql import Statement, split
from wizard.syntax.trouble import SyntaxTrouble
from wizard.values.facts.documents import SqlFacts, SqlStatement
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Problem, Source

_KINDS = frozenset({"create_table", "create_index", "insert", "drop_table"})
_DROPPED = lazy_pattern(
    r"DROP (?:FOREIGN )?TABLE (?:IF EXISTS )?(?P<names>.+?)(?: CASCADE| RESTRICT)?\Z", re.IGNORECASE
)
_ROLE = lazy_pattern(r"\bCREATE (?:ROLE|USER) (\"[^\"]+\"|[\w$]+)", re.IGNORECASE)
_EMPTIED = lazy_pattern(r"(?:TRUNCATE (?:TABLE )?(?:ONLY )?|DELETE FROM (?:ONLY )?)([\w$.\"]+)", re.IGNORECASE)


def read_sql(text: str, path: str) -> SqlFacts:
    """Reads a file of PostgreSQL statements and finds strings, quotes, comments and parentheses that stay open.

    Whether a statement itself is right is asked of a real PostgreSQL (item 4.3), which alone knows its version and
    extensions.
    """
    problems: list[Problem] = []
    try:
        statements = split(text)
    except SyntaxTrouble as trouble:
        problems.append(Problem(trouble.message, Source(path, trouble.line)))
        statements = _before(text, trouble.line)
    return SqlFacts(path, tuple(_facts(statements, path)), tuple(problems))


def _before(text: str, line: int) -> tuple[Statement, ...]:
    """The statements that end before the line in which something is left open."""
    lines = text.split("\n")
    end = "\n".join(lines[: max(line - 1, 0)]).rfind(";") + 1
    try:
        return split(text[:end])
    except SyntaxTrouble:
        return ()


def _facts(statements: tuple[Statement, ...], path: str) -> list[SqlStatement]:
    found: list[SqlStatement] = []
    emptied: set[str] = set()
    for statement in statements:
        source = Source(path, statement.line)
        match = _EMPTIED.match(statement.bare)
        if match:
            emptied.add(_bare_name(match[1]))
        found += [SqlStatement("create_role", _bare_name(name), True, source) for name in _ROLE.findall(statement.bare)]
        kind = statement.kind if statement.kind in _KINDS else "other"
        if kind == "drop_table":
            names = _dropped(statement)
            emptied.update(names)
            found += [SqlStatement(kind, name, statement.guarded, source) for name in names]
            continue
        again = statement.guarded or (kind in ("insert", "create_table") and statement.table in emptied)
        found.append(SqlStatement(kind, statement.table, again, source))
    return found


def _dropped(statement: Statement) -> list[str]:
    match = _DROPPED.match(statement.bare.strip().rstrip(";").strip())
    names = [_bare_name(name) for name in match["names"].split(",")] if match else []
    return names or [statement.table]


def _bare_name(name: str) -> str:
    last = name.strip().rpartition(".")[2]
    return last.strip('"') if last.startswith('"') else last.lower()
