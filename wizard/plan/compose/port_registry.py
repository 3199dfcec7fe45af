"""The document with the port list and the status matrix: one line or one row at a time, in the style of the lines
around it.

Where entries and rows stand was read by `stack.registry`; this file only writes, and every write is proved.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from wizard.plan.compose.files import PORTS
from wizard.plan.context import PlanContext
from wizard.plan.splice.markdown_lines import add_row, insert_line, replace_cells, replace_line
from wizard.plan.splice.text import Cut, Splice, SpliceRefused
from wizard.syntax.markdown import parse
from wizard.syntax.markdown_values import MarkdownDocument, Row, Table
from wizard.values.edit import FileEdit, Refusal
from wizard.values.facts.documents import MatrixRow, RegistryEntry, RegistryFacts
from wizard.values.pattern import lazy_pattern

# What a line has in the place of one port when it lists several: a range, or ports one after the other.
_SEVERAL = lazy_pattern(r"\d{4,5}(?:[`*_]*\s*(?:[-–—,/+&]|to|\.\.|bis|and|und|et|y)\s*[`*_]*\d{4,5})+")
_AFTER_PORT = lazy_pattern(
    r"(?P<mark>[`*_]{0,3})(?P<sep>\s*(?:[:=|→]|->|=>|[-–—])\s*|\s+)?(?P<rest>.*?)(?P<html>\s*<!--.*)?\Z"
)

PLANNED = frozenset(
    {"planned", "to do", "todo", "to-do", "upcoming", "coming soon", "future", "pending", "tbd", "wip", "in progress"}
    | {f"{no} {done}" for no in ("not", "not yet") for done in ("deployed", "running", "live", "started", "in use")}
    | {f"not {done} yet" for done in ("deployed", "running", "live", "started", "in use", "there", "implemented")}
    | {"not yet", "not yet implemented", "not implemented", "work in progress", "under construction", "coming"}
    | {"geplant", "in planung", "noch nicht", "in arbeit", "planifié", "prévu", "planeado", "pianificato", "previsto"}
)
"""What a list says of a service that is not there yet."""
_PLANNED_NOTE = r"\s*(?:\({0}\)|\[{0}\]|[-–—]\s*{0}(?=\s*\Z))"


def registry_edit(ctx: PlanContext) -> FileEdit | Refusal | None:
    """Returns the registry line for the service's port: None when the stack has no registry or the line is already its
    own.
    """
    registry = ctx.facts.registry
    text = ctx.text(registry.path) if registry else None
    port = ctx.spec.port
    if registry is None or text is None or not port:
        return None
    if any(e.port == port and e.service == ctx.spec.name for e in registry.entries):
        return None
    owner = owner_words(ctx)
    own = [e for e in registry.entries if e.service == ctx.spec.name and not _ranged(registry, e)]
    try:
        if len(own) == 1 and all(e.port != port for e in registry.entries):
            splice = _moved(text, own[0], port)
        else:
            splice = assign_port(text, registry, port, owner, service=ctx.spec.name)
    except SpliceRefused as refused:
        return Refusal(PORTS, registry.path, refused.reason, refused.paste, refused.line)
    if not splice.cuts:
        return None
    return FileEdit(registry.path, text, splice.after, f"reserve port {port} for {ctx.spec.name}", (PORTS,))


def owner_words(ctx: PlanContext) -> str:
    """Returns what the list would call this service: a title (`Market Service`), its compose key, or its name."""
    owners = [e.owner for e in ctx.facts.registry.entries if e.owner] if ctx.facts.registry else []
    names = [o for o in owners if re.fullmatch(r"[a-z0-9_.-]+", o)]
    if len(names) * 2 <= len(owners):
        titled = [o for o in owners if o.lower().endswith(" service")]
        return ctx.shape.title + (" Service" if len(titled) * 2 > len(owners) or not owners else "")
    prefix = ctx.profile.prefix
    return ctx.key if prefix and sum(n.startswith(prefix) for n in names) * 2 > len(names) else ctx.spec.name


def assign_port(text: str, registry: RegistryFacts, port: int, owner: str, *, service: str = "") -> Splice:
    """Gives a port to an owner: a line reserved for nobody is completed, a port that is not listed gets a line of its
    own in the list's order and style. Without change when the port is already `service`'s. Refused when somebody else
    has it.
    """
    entry = next((e for e in registry.entries if e.port == port), None)
    paste = f"- {port}: {owner}\n"
    if entry is None or _ranged(registry, entry):
        return _new_line(text, registry, port, owner, entry, paste)
    if entry.owner and (entry.owner == owner or (service and entry.service == service)):
        return Splice(text, text, ())
    if entry.owner:
        raise SpliceRefused(f"port {port} is reserved for {entry.owner}", paste, entry.source.line)
    table = _table_of(parse(text), entry.source.line)
    if table:
        column = _owner_column(table, registry)
        return replace_cells(text, entry.source.line, {column: owner})
    return _complete(text, entry, owner, paste)


def _moved(text: str, entry: RegistryEntry, port: int) -> Splice:
    """Another number on the service's own line, whose old port somebody else took."""
    line = _line(text, entry.source.line, f"{port}\n")
    at = _port_at(line, entry.port)
    if at is None:
        raise SpliceRefused(f"port {entry.port} cannot be found on its line", f"{port}\n", entry.source.line)
    return replace_line(text, entry.source.line, line, line[: at - len(str(entry.port))] + str(port) + line[at:])


def _ranged(registry: RegistryFacts, entry: RegistryEntry) -> bool:
    """True for a line that lists several ports at once (`8020-8030: reserved`)."""
    return sum(e.source == entry.source for e in registry.entries) > 1


def _complete(text: str, entry: RegistryEntry, owner: str, paste: str) -> Splice:
    """`- 8008: (reserved)` becomes `- 8008: Market Service`: what stands behind the port is replaced."""
    line = _line(text, entry.source.line, paste)
    at = _port_at(line, entry.port)
    if at is None:
        raise SpliceRefused(f"port {entry.port} cannot be found on its line", paste, entry.source.line)
    match = _AFTER_PORT.match(line, at)
    if match is None:
        raise SpliceRefused("the line cannot be read", paste, entry.source.line)
    separator = match["sep"] or ""
    separator = ": " if not separator.strip() else separator if match["rest"] else separator.rstrip() + " "
    new = match["mark"] + separator + owner
    old = line[at : match.start("html") if match["html"] else len(line)]
    if old:
        return replace_line(text, entry.source.line, line[: at + len(old)], line[:at] + new)
    return replace_line(text, entry.source.line, line, line + new)


def _line(text: str, number: int, paste: str) -> str:
    lines = parse(text).lines
    if not 0 < number <= len(lines):
        raise SpliceRefused("the document has no such line", paste, number)
    return lines[number - 1].text.rstrip()


def _port_at(line: str, port: int) -> int | None:
    """Offset behind the port's digits."""
    match = re.search(rf"(?<!\d){port}(?!\d)", line)
    return match.end() if match else None


def _new_line(
    text: str, registry: RegistryFacts, port: int, owner: str, ranged: RegistryEntry | None, paste: str
) -> Splice:
    """A line cloned from a neighbour: its bullet, its marks, its separator."""
    run = _run(registry)
    if not run:
        raise SpliceRefused("the document has no port list that could be extended", paste)
    above, below = _neighbours(run, port)
    if ranged is not None:
        above, below = ranged, None
    model = _model(run, above or below)
    table = _table_of(parse(text), model.source.line)
    if table:
        return _new_row(text, registry, table, port, owner, model)
    if model.source.line == 0 or not model.owner:
        raise SpliceRefused("no line of the list names an owner that could be a model", paste, run[-1].source.line)
    source = _cloned(_line(text, model.source.line, paste), model, port, owner, paste)
    if above is not None:
        return insert_line(text, above.source.line, source)
    assert below is not None  # noqa: S101 - one of the two is there when the run is not empty
    return insert_line(text, below.source.line - 1, source)


def _run(registry: RegistryFacts) -> list[RegistryEntry]:
    """The stretch of entries on neighbouring lines that ends at `last_entry`."""
    run: list[RegistryEntry] = []
    for entry in sorted(registry.entries, key=lambda e: e.source.line, reverse=True):
        if registry.last_entry is None or entry.source.line > registry.last_entry.line:
            continue
        if run and run[-1].source.line - entry.source.line > 1:
            break
        run.append(entry)
    return run[::-1]


def _neighbours(run: list[RegistryEntry], port: int) -> tuple[RegistryEntry | None, RegistryEntry | None]:
    """Returns (entry to go below, entry to go above), by number; keeps a descending list descending."""
    run = list({e.source: e for e in sorted(run, key=lambda e: (e.source.line, -e.port))}.values())  # a line's lowest
    steps = [b.port - a.port for a, b in pairwise(run)]
    falling = sum(step < 0 for step in steps) * 2 > len(steps)
    if falling:
        higher = [e for e in run if e.port > port]
        return (min(higher, key=lambda e: e.port), None) if higher else (None, run[0])
    lower = [e for e in run if e.port < port]
    return (max(lower, key=lambda e: e.port), None) if lower else (None, run[0])


def _model(run: list[RegistryEntry], near: RegistryEntry | None) -> RegistryEntry:
    """The nearest entry with an owner; one without a note in brackets first."""
    at = near.source.line if near else 0
    owned = [e for e in run if e.owner and sum(o.source == e.source for o in run) == 1]
    return min(owned, key=lambda e: (bool(e.note), abs(e.source.line - at)), default=run[-1])


def _cloned(line: str, model: RegistryEntry, port: int, owner: str, paste: str) -> str:
    """The model's line with another port and owner; its note in brackets is left out."""
    bare = re.sub(rf"\s*[(\[]{re.escape(model.note)}[)\]]", "", line) if model.note else line
    bare = _SEVERAL.sub(str(model.port), bare, count=1)
    digits = re.findall(rf"(?<!\d){model.port}(?!\d)", bare)
    if len(digits) != 1 or bare.count(model.owner) != 1 or re.match(r"\s*\d{1,3}[.)]\s", bare):
        raise SpliceRefused("the lines of the list cannot be continued safely", paste, model.source.line)
    return re.sub(rf"(?<!\d){model.port}(?!\d)", str(port), bare).replace(model.owner, owner)


def without_planned(text: str, registry: RegistryFacts, service: str) -> str:
    """Returns the document without the word that a service is only planned, on its line or in its row of the port list;
    unchanged where that stands beside more, or cannot be taken out safely."""
    for entry in registry.entries:
        if entry.service != service or not _is_planned(entry.note) or _ranged(registry, entry):
            continue
        table = _table_of(parse(text), entry.source.line)
        try:
            if table is not None:
                row = next(row for row in table.rows if row.line == entry.source.line)
                cells = {
                    i: _usual(table, i, row) for i, cell in enumerate(row.cells) if cell.text.strip() == entry.note
                }
                text = replace_cells(text, row.line, cells).after
            else:
                line = _line(text, entry.source.line, "")
                bare = re.sub(_PLANNED_NOTE.format(re.escape(entry.note)), "", line)
                text = replace_line(text, entry.source.line, line, bare).after if bare != line else text
        except SpliceRefused:
            continue
    return text


def _is_planned(text: str) -> bool:
    """Tells whether a whole note says that something is still to come, and nothing beside that."""
    return " ".join(text.lower().strip(" .!…*_").split()) in PLANNED


def _usual(table: Table, column: int, row: Row) -> str:
    """What the other rows say most in this column, but for what is planned as well; '' when they say nothing."""
    texts = [other.cells[column].text.strip() for other in table.rows if other is not row and column < len(other.cells)]
    said = Counter(text for text in texts if not _is_planned(text))
    return said.most_common(1)[0][0] if said and said.most_common(1)[0][1] > 1 else ""


def _table_of(document: MarkdownDocument, line: int) -> Table | None:
    return next((t for t in document.tables if any(row.line == line for row in t.rows)), None)


def _owner_column(table: Table, registry: RegistryFacts) -> int:
    """The column in which the other rows have what was read as their owner."""
    owners = {e.source.line: e.owner for e in registry.entries if e.owner}
    votes = [
        index
        for row in table.rows
        for index, cell in enumerate(row.cells)
        if owners.get(row.line) and owners[row.line] in cell.text
    ]
    return max(set(votes), key=votes.count) if votes else min(1, len(table.header.cells) - 1)


def _new_row(text: str, registry: RegistryFacts, table: Table, port: int, owner: str, model: RegistryEntry) -> Splice:
    """A row with port and owner; every other cell stays empty."""
    row = next(row for row in table.rows if row.line == model.source.line)
    port_column = next(i for i, cell in enumerate(row.cells) if _port_at(cell.text, model.port))
    cells = [""] * len(table.header.cells)
    one = _SEVERAL.sub(str(model.port), row.cells[port_column].text, count=1)
    cells[port_column] = one.replace(str(model.port), str(port))
    cells[_owner_column(table, registry)] = owner
    return add_row(text, table.header.line, cells, after=_row_above(table, port_column, port))


def _row_above(table: Table, column: int, port: int) -> int:
    """The line of the row with the highest port below; 0 (at the end) when the rows are not in order."""
    numbers = [(int(m[0]), row) for row in table.rows if (m := _port_in(row, column))]
    ordered = [number for number, _ in numbers] == sorted(number for number, _ in numbers)
    lower = [row.line for number, row in numbers if number < port]
    return lower[-1] if ordered and lower else 0


def _port_in(row: Row, column: int) -> re.Match[str] | None:
    return re.search(r"\d{4,5}", row.cells[column].text) if column < len(row.cells) else None


def update_matrix(text: str, registry: RegistryFacts, rows: Sequence[MatrixRow]) -> Splice:
    """Returns the status matrix with these rows: cells that differ are replaced, rows that are missing appended,
    nothing else is touched.

    Each row's `cells` are (column title, text) under the document's own titles; its `source` does not matter.
    """
    if registry.matrix_at is None:
        raise SpliceRefused("the document has no status matrix")
    before = {row.service: row for row in registry.matrix}
    splice = Splice(text, text, ())
    for row in rows:
        splice = _row(splice.after, registry, before.get(row.service), row)
    return Splice(text, splice.after, ()) if splice.after == text else _whole(text, splice.after)


def _row(text: str, registry: RegistryFacts, old: MatrixRow | None, new: MatrixRow) -> Splice:
    titles = registry.matrix_header
    wanted = dict(new.cells)
    if old is None:
        assert registry.matrix_at is not None  # noqa: S101 - asked by the caller
        cells = [new.service, *(wanted.get(title, "") for title in titles[1:])]
        return add_row(text, registry.matrix_at.line, cells)
    changed = {
        index: wanted[title]
        for index, (title, said) in enumerate(old.cells, 1)
        if title in wanted and wanted[title] != said
    }
    return replace_cells(text, old.source.line, changed) if changed else Splice(text, text, ())


def _whole(before: str, after: str) -> Splice:
    """One cut from the first to the last difference, for callers that want the line."""
    start = next(
        (i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(len(before), len(after))
    )
    end = 0
    limit = min(len(before), len(after)) - start
    while end < limit and before[-1 - end] == after[-1 - end]:
        end += 1
    return Splice(before, after, (Cut(start, len(before) - end, after[start : len(after) - end]),))
