"""PostgreSQL scripts to statements with offsets, the way psql splits them.

Strings (`''`, `E'\\''`), quoted names, dollar quotes, nested comments, parentheses, `BEGIN ATOMIC … END` bodies, psql
meta commands and `COPY … FROM stdin` data are respected.
https://www.postgresql.org/docs/current/sql-syntax-lexical.html
"""

from __future__ import annotations

import re

from wizard.syntax.trouble import SyntaxTrouble, line_finder
from wizard.values.lean import dataclass
from wizard.values.pattern import lazy_pattern

_TOKEN = lazy_pattern(
    r"(?P<space>\s+)|(?P<line>--[^\n]*)|(?P<block>/\*)|(?P<escaped>[eE]'(?:[^'\\]|''|\\.)*')|(?P<string>'(?:[^']|'')*')"
    r"|(?P<quoted>\"(?:[^\"]|\"\")*\")|(?P<dollar>\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$)"
    r"|(?P<word>[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)|(?P<number>\d[\w.]*)|(?P<end>;)|(?P<other>.)",
    re.DOTALL,
)
_COMMENT_EDGE = lazy_pattern(r"/\*|\*/")
_NAME = r'(?:"(?:[^"]|"")+"|[\w$]+)'
_QUALIFIED = rf"(?P<name>{_NAME}(?:\s*\.\s*{_NAME})*)"
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, lazy_pattern(pattern, re.IGNORECASE))
    for kind, pattern in (
        (
            "create_table",
            r"CREATE (?:(?:GLOBAL |LOCAL )?(?:TEMPORARY |TEMP )|UNLOGGED |FOREIGN )?TABLE (?P<guard>IF NOT EXISTS )?"
            + _QUALIFIED,
        ),
        (
            "create_index",
            r"CREATE (?:UNIQUE )?INDEX (?:CONCURRENTLY )?(?P<guard>IF NOT EXISTS )?"
            + rf"(?:{_NAME} )?ON (?:ONLY )?{_QUALIFIED}",
        ),
        ("insert", rf"INSERT INTO {_QUALIFIED}"),
        ("drop_table", rf"DROP (?:FOREIGN )?TABLE (?P<guard>IF EXISTS )?{_QUALIFIED}"),
        ("comment", r"COMMENT ON "),
        ("begin", r"(?:BEGIN\b(?! ATOMIC)|START TRANSACTION\b)"),
        ("commit", r"(?:COMMIT|END)\b(?! PREPARED)"),
        ("rollback", r"(?:ROLLBACK|ABORT)\b(?! TO)"),
    )
)
_WITH = lazy_pattern(r"WITH\b", re.IGNORECASE)
_CLAUSE = lazy_pattern(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|[()]|\bINSERT INTO\b", re.IGNORECASE)
_CONFLICT = lazy_pattern(r"\bON CONFLICT\b|\bWHERE NOT EXISTS\b", re.IGNORECASE)
_COPY_DATA = lazy_pattern(r"COPY\b.*\bFROM\s+STDIN\b", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement. `start`: its first character, `end`: behind its `;` (behind its last token when there is none:
    `closed` False).

    `kind`: create_table, create_index, insert, drop_table, comment, begin, commit, rollback, meta (a psql command) or
    other.
    `table`: unquoted, without schema, lower case unless quoted. `guarded`: IF [NOT] EXISTS, ON CONFLICT or WHERE NOT
    EXISTS.
    `bare`: the statement with comments taken out and white space made single, strings kept.
    """

    kind: str
    table: str
    guarded: bool
    bare: str
    start: int
    end: int
    line: int
    closed: bool = True


def split(text: str) -> tuple[Statement, ...]:
    """Returns the statements of a script, comments and empty ones left out. Raises `SyntaxTrouble` for an open string,
    dollar quote, comment or parenthesis; whether each statement is PostgreSQL is not asked here.
    """
    scanner = _Splitter(text)
    while scanner.at < len(text):
        scanner.step()
    return scanner.finish()


class _Splitter:
    """The state psql keeps: where the statement began, open parentheses, an SQL function body."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.line = line_finder(text)
        self.at = 1 if text.startswith("\ufeff") else 0
        self.found: list[Statement] = []
        self.begin()

    def begin(self) -> None:
        """Waits for the next statement."""
        self.start = -1
        self.last = -1
        self.parentheses: list[int] = []
        self.words: list[str] = []
        self.bodies = 0
        self.bare: list[str] = []

    def step(self) -> None:
        """Takes one token."""
        text, at = self.text, self.at
        if self.start < 0 and text[at] == "\\":
            self.meta()
            return
        token = _TOKEN.match(text, at)
        if token is None:  # only an open quote matches nothing
            raise SyntaxTrouble("an open quote", self.line(at))
        kind = str(token.lastgroup)
        self.at = token.end()
        if kind == "space" or kind == "line":
            self.gap()
        elif kind == "block":
            self.at = self.comment_end(at)
            self.gap()
        elif kind == "end":
            self.semicolon()
        else:
            self.token(kind, token)

    def gap(self) -> None:
        """Skips white space or a comment inside a statement."""
        if self.bare and self.bare[-1] != " ":
            self.bare.append(" ")

    def token(self, kind: str, token: re.Match[str]) -> None:
        """Takes any token that belongs to the statement."""
        at, value = token.start(), token[0]
        if self.start < 0:
            self.start = at
        if kind == "dollar":
            self.at = self.closing(value, at)
        elif kind == "other":
            self.other(value, at)
        elif kind == "word":
            self.word(value.upper())
        self.bare.append(self.text[at : self.at])
        self.last = self.at

    def other(self, char: str, at: int) -> None:
        """Counts parentheses; a lone quote is an open one."""
        if char in "'\"":
            raise SyntaxTrouble("a string or quoted name is not closed", self.line(at))
        if char == "(":
            self.parentheses.append(at)
        elif char == ")":
            if not self.parentheses:
                raise SyntaxTrouble("a closing parenthesis without an opening one", self.line(at))
            self.parentheses.pop()

    def word(self, word: str) -> None:
        """Counts `BEGIN ATOMIC … END` bodies of SQL functions, in which semicolons do not end the statement (psql's own
        rule).
        """
        self.words.append(word)
        if self.words[0] != "CREATE" or not {"FUNCTION", "PROCEDURE"} & set(self.words[:4]) or self.parentheses:
            return
        if word == "BEGIN" or (word == "CASE" and self.bodies):
            self.bodies += 1
        elif word == "END" and self.bodies:
            self.bodies -= 1

    def semicolon(self) -> None:
        """Ends the statement, unless inside parentheses or a function body."""
        if self.parentheses or self.bodies:
            self.bare.append(";")
            self.last = self.at
            return
        if self.start >= 0:
            self.take(self.at, closed=True)
            copies = bool(_COPY_DATA.match(self.found[-1].bare))
            self.begin()
            if copies:
                self.at = self.data_end()

    def take(self, end: int, *, closed: bool) -> None:
        """Keeps the statement that is open."""
        bare = "".join(self.bare).strip()
        kind, table, guarded = _kind(bare)
        self.found.append(Statement(kind, table, guarded, bare, self.start, end, self.line(self.start), closed))

    def meta(self) -> None:
        """Skips a psql meta command, which reaches to the end of its line."""
        end = self.text.find("\n", self.at)
        end = len(self.text) if end < 0 else end
        source = self.text[self.at : end].rstrip("\r")
        self.found.append(Statement("meta", "", False, source, self.at, self.at + len(source), self.line(self.at)))
        self.at = end

    def data_end(self) -> int:
        """Returns the offset behind the `\\.` line that ends COPY data."""
        match = re.compile(r"^\\\.\r?$", re.MULTILINE).search(self.text, self.at)
        return match.end() if match else len(self.text)

    def comment_end(self, at: int) -> int:
        """Returns the offset behind a block comment, which may nest."""
        depth = 0
        for edge in _COMMENT_EDGE.finditer(self.text, at):
            depth += 1 if edge[0] == "/*" else -1
            if not depth:
                return edge.end()
        raise SyntaxTrouble("a comment is not closed", self.line(at))

    def closing(self, tag: str, at: int) -> int:
        """Returns the offset behind the closing tag of a dollar quote."""
        end = self.text.find(tag, at + len(tag))
        if end < 0:
            raise SyntaxTrouble(f"the dollar quote {tag} is not closed", self.line(at))
        return end + len(tag)

    def finish(self) -> tuple[Statement, ...]:
        """Returns all statements; the last one may lack its semicolon."""
        if self.parentheses:
            raise SyntaxTrouble("a parenthesis is not closed", self.line(self.parentheses[-1]))
        if self.start >= 0:
            self.take(self.last, closed=False)
        return tuple(self.found)


def _kind(bare: str) -> tuple[str, str, bool]:
    if _WITH.match(bare):
        bare = _main_clause(bare)
    for kind, pattern in _KINDS:
        match = pattern.match(bare)
        if match:
            groups = match.groupdict()
            guarded = bool(groups.get("guard")) or (kind == "insert" and bool(_CONFLICT.search(bare)))
            return kind, _table(groups.get("name") or ""), guarded
    return "other", "", bool(re.match(r"CREATE .*?\bIF NOT EXISTS\b|CREATE OR REPLACE\b", bare, re.IGNORECASE))


def _main_clause(bare: str) -> str:
    """What a statement with common table expressions does: its INSERT, the outermost one when there are several."""
    found = ""
    depth = 0
    for token in _CLAUSE.finditer(bare):
        depth += (token[0] == "(") - (token[0] == ")")
        if token[0][0] in "iI" and (not found or not depth):
            found = bare[token.start() :]
            if not depth:
                return found
    return found or bare


def _table(name: str) -> str:
    last = re.findall(_NAME, name)[-1] if name else ""
    return last[1:-1].replace('""', '"') if last.startswith('"') else last.lower()
