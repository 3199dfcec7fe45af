"""Facts read from SQL, pytest configuration and Markdown documents."""

from __future__ import annotations

from wizard.values.lean import dataclass
from wizard.values.source import Fact, Problem, Source


@dataclass(frozen=True, slots=True)
class SqlStatement:
    """A statement. `kind`: create_table, create_index, insert, drop_table, other. `table`: unquoted, without schema.

    `guarded`: has IF NOT EXISTS / IF EXISTS / ON CONFLICT (or an equivalent), so it may run twice.
    """

    kind: str
    table: str
    guarded: bool
    source: Source


@dataclass(frozen=True, slots=True)
class SqlFacts:
    """A schema or seed file."""

    path: str
    statements: tuple[SqlStatement, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class PytestFacts:
    """The pytest configuration in force (pytest.ini, pyproject.toml, tox.ini, setup.cfg: first found, pytest's own
    order).

    `markers`: names registered. `strict`: --strict-markers in force. `pythonpath`: entries. `markers_at`: where the
    list stands. `python_files`: the patterns of test files, () for pytest's own. `selects`: what `-m` in its options
    says, '' without one.
    """

    path: str
    markers: tuple[Fact[str], ...] = ()
    strict: bool = False
    pythonpath: tuple[str, ...] = ()
    testpaths: tuple[str, ...] = ()
    markers_at: Source | None = None
    python_files: tuple[str, ...] = ()
    selects: str = ""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A Markdown section: heading and everything up to the next heading of the same or a higher level.

    `body`: its text without the heading line (sub-sections included). `commands`: lines of fenced code and inline code.
    """

    title: str
    level: int
    body: str
    source: Source
    end_line: int
    commands: tuple[Fact[str], ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """A Markdown document. `tables`: (header cells, rows of (cells, line), line of the header). `unread`: why
    nothing of a file that is there could be read."""

    path: str
    sections: tuple[Section, ...] = ()
    tables: tuple[tuple[tuple[str, ...], tuple[tuple[tuple[str, ...], Source], ...], Source], ...] = ()
    text: str = ""
    problems: tuple[Problem, ...] = ()
    unread: Problem | None = None


@dataclass(frozen=True, slots=True)
class RegistryEntry:
    """A line of the port registry: `- 8005: Market Service (planned)`. `owner`: the text as written, '' when for
    nobody.

    `service`: the service that the owner names (spec name), '' when none of the stack fits. `note`: what stands in
    brackets.
    """

    port: int
    owner: str
    service: str
    note: str
    source: Source


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A row of the status matrix as the document has it: service and its cells under their column titles."""

    service: str
    cells: tuple[tuple[str, str], ...]
    source: Source


@dataclass(frozen=True, slots=True)
class RegistryFacts:
    """The document with port list and status matrix. `last_entry`: where a new line goes after; `unread`: as in
    `DocumentFacts`."""

    path: str
    entries: tuple[RegistryEntry, ...] = ()
    matrix: tuple[MatrixRow, ...] = ()
    matrix_at: Source | None = None
    matrix_header: tuple[str, ...] = ()
    last_entry: Source | None = None
    problems: tuple[Problem, ...] = ()
    unread: Problem | None = None
