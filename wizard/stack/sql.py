"""Facts of a schema or seed file: its statements with lines, and what is wrong with it."""

from __future__ import annotations

import re

from wizard.syntax.sql import Statement, split
from wizard.syntax.trouble import SyntaxTrouble
from wizard.values.doc_facts import SqlFacts, SqlStatement
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Problem, Source

_KINDS = frozenset({"create_table", "create_index", "insert", "drop_table"})
_DROPPED = lazy_pattern(
    r"DROP (?:FOREIGN )?TABLE (?:IF EXISTS )?(?P<names>.+?)(?: CASCADE| RESTRICT)?\Z", re.IGNORECASE
)
_EMPTIED = lazy_pattern(r"(?:TRUNCATE (?:TABLE )?(?:ONLY )?|DELETE FROM (?:ONLY )?)([\w$.\"]+)", re.IGNORECASE)
_COPY_DATA = lazy_pattern(r"COPY\b[^;]*\bFROM\s+STDIN\b[^;]*;\n", re.IGNORECASE)


def read_sql(text: str, path: str, *, deep: bool = False) -> SqlFacts:
    """Read a file of PostgreSQL statements.

    Open strings, dollar quotes, comments and parentheses are always found. `deep`: PostgreSQL's own parser
    (`pglast`, 0.3 ms for 300 lines) judges the syntax too, where it is installed.
    """
    problems: list[Problem] = []
    try:
        statements = split(text)
    except SyntaxTrouble as trouble:
        problems.append(Problem(trouble.message, Source(path, trouble.line)))
        statements = _before(text, trouble.line)
    if deep and not problems:
        problems += _postgres(text, statements, path)
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


def _postgres(text: str, statements: tuple[Statement, ...], path: str) -> list[Problem]:
    try:
        from pglast.parser import ParseError, parse_sql_json
    except ImportError:
        return []
    readable = _without_psql(text, statements)
    try:
        parse_sql_json(readable)
    except ParseError as error:
        message, offset = (*error.args, 0)[:2]
        line = readable.count("\n", 0, int(offset)) + 1 if isinstance(offset, int) else 0
        return [Problem(f"PostgreSQL: {message}", Source(path, line))]
    except (ValueError, UnicodeEncodeError):
        return []
    return []


def _without_psql(text: str, statements: tuple[Statement, ...]) -> str:
    """psql's own commands and COPY data blanked out, every offset kept."""
    characters = text.removeprefix("\ufeff")
    shift = len(text) - len(characters)
    blank = [(s.start - shift, s.end - shift) for s in statements if s.kind == "meta"]
    for match in _COPY_DATA.finditer(characters):
        end = characters.find("\n\\.", match.end() - 1)
        blank.append((match.end(), len(characters) if end < 0 else end + 3))
    for start, end in blank:
        characters = characters[:start] + re.sub(r"[^\n]", " ", characters[start:end]) + characters[end:]
    return re.sub("[\ud800-\udfff\0]", "?", characters)
