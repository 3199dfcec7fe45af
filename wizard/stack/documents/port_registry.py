"""The document with the stack's port list and status matrix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wizard.rules.owners import named
from wizard.rules.sockets import is_group
from wizard.stack.documents.port_list import port_column, port_entries
from wizard.syntax.markdown import parse
from wizard.syntax.markdown_values import MarkdownDocument, Table
from wizard.values.facts.documents import MatrixRow, RegistryEntry, RegistryFacts
from wizard.values.lean import replace
from wizard.values.source import Problem, Source

_MARKS = frozenset("✅❌✓✗✔✘☑☐🟢🔴🟡⚠🚧") | {
    "x",
    "yes",
    "no",
    "ja",
    "nein",
    "y",
    "n",
    "-",
    "–",
    "done",
    "todo",
    "ok",
    "oui",
    "non",
    "si",
    "sí",
}


def read_registry(text: str, path: str, names: Sequence[str] = (), prefix: str = "") -> RegistryFacts:
    """Reads port list and status matrix of a Markdown text. `names`: the stack's services; `prefix`: of compose
    keys.
    """
    document = parse(text)
    entries = tuple(_owned(entry, names, prefix) for entry in port_entries(document, path))
    table = _matrix_table(document, names, prefix)
    doubled = tuple(_doubled(entries))
    last = max((entry.source for entry in _largest_run(entries)), default=None)
    if table is None:
        return RegistryFacts(path, entries, last_entry=last, problems=doubled)
    return RegistryFacts(
        path,
        entries,
        matrix=tuple(_matrix_rows(table, path, names, prefix)),
        matrix_at=Source(path, table.header.line),
        matrix_header=table.header.texts,
        last_entry=last,
        problems=doubled,
    )


def _owned(entry: RegistryEntry, names: Sequence[str], prefix: str) -> RegistryEntry:
    return replace(entry, service=named(entry.owner, names, prefix)) if entry.owner else entry


def _doubled(entries: Sequence[RegistryEntry]) -> Iterator[Problem]:
    """A port of a group's range that has a line of its own is none: the line says who of the group has it."""
    seen: dict[int, RegistryEntry] = {}
    for entry in (entry for entry in entries if not is_group(entry, entries)):
        first = seen.setdefault(entry.port, entry)
        if first is not entry and first.owner != entry.owner and first.source != entry.source:
            here, there = entry.owner or "nobody", first.owner or "nobody"
            message = f"port {entry.port} is listed for {here} here and for {there} in line {first.source.line}"
            yield Problem(message, entry.source)


def _largest_run(entries: tuple[RegistryEntry, ...]) -> list[RegistryEntry]:
    """The longest stretch of entries on neighbouring lines: there a new line belongs."""
    best: list[RegistryEntry] = []
    run: list[RegistryEntry] = []
    for entry in entries:
        if run and entry.source.line - run[-1].source.line > 1:
            run = []
        run.append(entry)
        if len(run) > len(best):
            best = list(run)
    return best


def _matrix_table(document: MarkdownDocument, names: Sequence[str], prefix: str) -> Table | None:
    """The table with a service a row and marks in its cells; of several the one with the most rows of services."""
    best: tuple[int, Table] | None = None
    for table in document.tables:
        if len(table.header.cells) < 3 or port_column(table) == 0:
            continue
        marks = sum(1 for row in table.rows for cell in row.cells[1:] if _is_mark(cell.text))
        if marks < len(table.rows):
            continue
        fitting = sum(1 for row in table.rows if row.cells and named(row.cells[0].text, names, prefix))
        if (fitting or not names) and (best is None or fitting > best[0]):
            best = (fitting, table)
    return best[1] if best else None


def _is_mark(text: str) -> bool:
    bare = text.strip().strip("*`").replace("\ufe0f", "").lower()
    return bool(bare) and (bare in _MARKS or bare[0] in "✅❌✓✗✔✘☑☐🟢🔴🟡⚠🚧")


def _matrix_rows(table: Table, path: str, names: Sequence[str], prefix: str) -> Iterator[MatrixRow]:
    titles = table.header.texts
    for row in table.rows:
        if not row.cells or not row.cells[0].text.strip():
            continue
        said = row.cells[0].text.strip().strip("`*")
        cells = tuple(zip(titles[1:], row.texts[1:], strict=False))
        yield MatrixRow(named(said, names, prefix) or said, cells, Source(path, row.line))
