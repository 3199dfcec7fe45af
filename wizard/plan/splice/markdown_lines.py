"""Lines, table cells and table rows of Markdown documents that people wrote."""

from __future__ import annotations

import re

from wizard.plan.splice.markdown_proof import proved, same_blocks
from wizard.plan.splice.text import Cut, Splice, SpliceRefused, apply, line_end, newline_at
from wizard.rules.text import width
from wizard.syntax.markdown import parse
from wizard.syntax.markdown_values import MarkdownDocument, Row, Table


def insert_line(text: str, after: int, source: str) -> Splice:
    """Inserts a whole line below line `after` (0: at the top), for instance a further item of a list."""
    document = parse(text)
    if not 0 <= after <= len(document.lines):
        raise SpliceRefused("the document has no such line", source + "\n", after)
    if after == 0:
        at = 1 if text.startswith("\ufeff") else 0
        return proved(document, [Cut(at, at, source + newline_at(text, at))], source + "\n")
    end = document.lines[after - 1].end
    return proved(document, [Cut(end, end, newline_at(text, end) + source)], source + "\n")


def replace_line(text: str, line: int, old: str, new: str) -> Splice:
    """Puts `new` in the place of the only `old` on a line."""
    document = parse(text)
    found = document.lines[line - 1] if 0 < line <= len(document.lines) else None
    if found is None or found.text.count(old) != 1 or not old:
        raise SpliceRefused(f"{old!r} does not stand once on this line", new + "\n", line)
    at = found.start + found.text.index(old)
    splice = apply(text, [Cut(at, at + len(old), new)])
    same_blocks(document, parse(splice.after), splice, new + "\n")
    return splice


def replace_cells(text: str, line: int, cells: dict[int, str]) -> Splice:
    """Writes other texts into cells of the table row on this line; each keeps its width while the new text fits."""
    document = parse(text)
    row = next((r for t in document.tables for r in t.rows if r.line == line), None)
    if row is None or any(index >= len(row.cells) for index in cells):
        raise SpliceRefused("there is no such table row on this line", line=line)
    cuts = []
    for index, value in sorted(cells.items()):
        cell = row.cells[index]
        if cell.text != value:
            fill = _aligned(text, document, index, line)
            cuts.append(Cut(cell.start, cell.end, _padded(text[cell.start : cell.end], value, fill=fill)))
    splice = apply(text, cuts)
    after = next((r for t in parse(splice.after).tables for r in t.rows if r.line == line), None)
    wanted = [cells.get(index, cell.text) for index, cell in enumerate(row.cells)]
    if after is None or list(after.texts) != wanted:
        raise SpliceRefused("the row would not read back as what was meant", line=line)
    same_blocks(document, parse(splice.after), splice, "")
    return splice


def _aligned(text: str, document: MarkdownDocument, index: int, line: int) -> bool:
    """True when the column's cells are all equally wide in the source, by characters or by columns."""
    table = next(t for t in document.tables if any(r.line == line for r in t.rows) or t.header.line == line)
    rows = [table.header, table.delimiter, *table.rows]
    sources = [text[r.cells[index].start : r.cells[index].end] for r in rows if index < len(r.cells)]
    return len({len(source) for source in sources}) == 1 or len({width(source) for source in sources}) == 1


def _padded(old: str, value: str, *, fill: bool) -> str:
    """A cell's source with another text: its leading space kept, its width too when the column is aligned."""
    lead = old[: len(old) - len(old.lstrip())] if old.strip() else " "
    trail = old[len(old.rstrip()) :] if old.strip() else " "
    room = width(old) - width(lead + value) if fill else 0
    return lead + value + (" " * max(room, 1) if trail else "")


def add_row(text: str, header_line: int, cells: list[str], *, after: int = 0) -> Splice:
    """Adds a row to the table whose header stands on this line, behind the row on line `after` (0: as the last one),
    with the table's outer bars and padding.
    """
    document = parse(text)
    table = next((t for t in document.tables if t.header.line == header_line), None)
    if table is None or len(cells) != len(table.header.cells):
        raise SpliceRefused("there is no such table on this line", "| " + " | ".join(cells) + " |\n", header_line)
    model = next((r for r in table.rows if r.line == after), table.rows[-1] if table.rows else table.delimiter)
    aligned = [_aligned(text, document, index, header_line) for index in range(len(cells))]
    source = _row_source(text, model, table, cells, aligned)
    at = line_end(text, model.start)
    splice = apply(text, [Cut(at, at, newline_at(text, model.start) + source)])
    now = next(t for t in parse(splice.after).tables if t.header.line == header_line)
    place = model.line - table.delimiter.line
    texts = [row.texts for row in now.rows]
    if texts.pop(place) != tuple(cells) or texts != [row.texts for row in table.rows]:
        raise SpliceRefused("the row would not read back as what was meant", source + "\n", header_line)
    same_blocks(document, parse(splice.after), splice, source + "\n")
    return splice


def _row_source(text: str, model: Row, table: Table, cells: list[str], aligned: list[bool]) -> str:
    source = text[model.start : line_end(text, model.start)]
    indent = source[: len(source) - len(source.lstrip())]
    parts = []
    for index, value in enumerate(cells):
        old = text[model.cells[index].start : model.cells[index].end] if index < len(model.cells) else "  "
        old = re.sub(r"[:-]", " ", old) if model is table.delimiter else old
        tight = not old.startswith((" ", "\t"))
        fill = max(width(old) - width(value) - (0 if tight else 2), 0) if aligned[index] else 0
        parts.append(value + " " * fill if tight else f" {value}{' ' * fill} ")
    opening = "|" if source.lstrip().startswith("|") else ""
    closing = "|" if source.rstrip().endswith("|") else ""
    return indent + opening + ("|".join(parts) if opening else "|".join(parts).strip()) + closing
