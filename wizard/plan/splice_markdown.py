"""Edits of Markdown documents that people wrote: sections, list lines, table cells and rows, each in the document's
own style.

Proved by scanning again: every other heading, fence, table, list item and rule is the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

from wizard.plan.splice_text import Cut, Splice, SpliceRefused, apply, in_breaks, line_end, newline_at
from wizard.syntax.markdown import Heading, Line, MarkdownDocument, Row, Table, parse

_NUMBER = re.compile(r"(?P<number>\d+(?:\.\d+)*)(?P<end>[.):]?)[ \t]+")


def add_section(text: str, section: str, *, after: int = 0, under: int = 0) -> Splice:
    """Insert a section (its heading first, then its body, LF) behind the section whose heading stands on line
    `after`, or as the last
    one below the heading on line `under`, or (both 0) at the end of the document.

    Level, heading form (ATX, closed ATX, setext), numbering and `---` between sections follow the siblings; headings
    inside
    the new section move along. A footer (`---` and a few lines at the very end) stays the end.
    """
    document = parse(text)
    heading = _at(document, after or under)
    if heading is None and (after or under):
        raise SpliceRefused("there is no heading on this line", section, after or under)
    sibling, siblings, level = _family(document, heading, under=bool(under))
    newline = newline_at(text, sibling.start if sibling else len(text))
    ruled = _ruled(document, siblings)
    lines = _styled(section, sibling, siblings, level)
    at = _content_end(document, sibling or heading)
    blank = newline * (1 + _blanks(document, siblings))
    between = f"{blank}---{blank}" if ruled else blank
    body = in_breaks("\n".join(lines), newline)
    if not text[:at].strip("\ufeff\r\n \t"):
        return _proved(document, [Cut(at, at, body + newline)], section)
    return _proved(document, [Cut(at, at, between + body)], section)


def _at(document: MarkdownDocument, line: int) -> Heading | None:
    return next((h for h in document.headings if h.line <= line <= h.end_line), None) if line else None


def _family(
    document: MarkdownDocument, heading: Heading | None, *, under: bool
) -> tuple[Heading | None, tuple[Heading, ...], int]:
    """The sibling to go behind, all siblings, and the level of the new section."""
    if heading is None:
        tops = [h for h in document.headings if h.level == 2] or [h for h in document.headings if h.level > 1]
        level = tops[0].level if tops else 2
        siblings = tuple(h for h in document.headings if h.level == level)
        return (siblings[-1] if siblings else None), siblings, level
    if under:
        children = document.children(heading)
        return (
            (children[-1] if children else None),
            children,
            children[0].level if children else min(heading.level + 1, 6),
        )
    parents = [h for h in document.headings if h.start < heading.start and h.level < heading.level]
    end = document.section_end(parents[-1]) if parents else len(document.text)
    begin = parents[-1].start if parents else -1
    return (
        heading,
        tuple(h for h in document.headings if begin < h.start < end and h.level == heading.level),
        heading.level,
    )


def _content_end(document: MarkdownDocument, heading: Heading | None) -> int:
    """The end of a section's last line of its own: before trailing blank lines, a trailing `---`, and the document's
    footer."""
    end = document.section_end(heading) if heading else len(document.text)
    start = heading.end if heading else 0
    inside = [line for line in document.lines if start <= line.start < end and line.text.strip()]
    rules = {rule.number for rule in document.rules}
    cut = _footer(document, inside, rules) if end == len(document.text) else None
    kept = [line for line in inside if cut is None or line.number < cut]
    while kept and kept[-1].number in rules:
        kept.pop()
    if kept:
        return max(kept[-1].end, start)
    return start


def _footer(document: MarkdownDocument, inside: list[Line], rules: set[int]) -> int | None:
    """The line of the rule that begins a footer: the last rule, with at most six plain lines behind it."""
    last = next((line.number for line in reversed(inside) if line.number in rules), None)
    if last is None:
        return None
    behind = [line for line in inside if line.number > last]
    blocks = [*(f.line for f in document.fences), *(h.line for h in document.headings)]
    if len(behind) > 6 or any(line > last for line in blocks):
        return None
    return last


def _ruled(document: MarkdownDocument, siblings: tuple[Heading, ...]) -> bool:
    """True when most siblings have a `---` right before the next one."""
    starts = [h.line for h in siblings[1:]]
    rules = [rule.number for rule in document.rules]
    texts = {line.number: line.text for line in document.lines}
    before = [
        any(r < start and not any(texts[n].strip() for n in range(r + 1, start)) for r in rules) for start in starts
    ]
    return sum(before) * 2 > len(before) if before else False


def _blanks(document: MarkdownDocument, siblings: tuple[Heading, ...]) -> int:
    """Blank lines before most siblings, at least one."""
    texts = {line.number: line.text for line in document.lines}
    votes: Counter[int] = Counter()
    for heading in siblings[1:]:
        count, at = 0, heading.line - 1
        while at > 0 and not texts.get(at, "").strip():
            count, at = count + 1, at - 1
        votes[count] += 1
    return max(votes.most_common(1)[0][0], 1) if votes else 1


def _styled(section: str, sibling: Heading | None, siblings: tuple[Heading, ...], level: int) -> list[str]:
    """The section's lines with its headings in the document's form."""
    fresh = parse(section.strip("\n") + "\n")
    if not fresh.headings or fresh.headings[0].line != 1:
        raise SpliceRefused("the section does not begin with a heading", section)
    shift = level - fresh.headings[0].level
    style = Counter(h.style for h in siblings).most_common(1)[0][0] if siblings else "atx"
    closed = bool(siblings) and sum(h.closed for h in siblings) * 2 > len(siblings)
    lines = [line.text for line in fresh.lines]
    for heading in reversed(fresh.headings):
        title = heading.title
        if heading is fresh.headings[0] and sibling is not None:
            title = _numbered(siblings) + title
        lines[heading.line - 1 : heading.end_line] = _heading(title, min(heading.level + shift, 6), style, closed)
    return lines


def _heading(title: str, level: int, style: str, closed: bool) -> list[str]:
    if style == "setext" and level < 3:
        return [title, ("=" if level == 1 else "-") * max(width(title), 3)]
    return [f"{'#' * level} {title}{' ' + '#' * level if closed else ''}"]


def _numbered(siblings: tuple[Heading, ...]) -> str:
    """The next number, when every sibling carries one."""
    numbers = [_NUMBER.match(h.title) for h in siblings]
    last = numbers[-1]
    if last is None or not all(numbers):
        return ""
    head, dot, tail = last["number"].rpartition(".")
    return f"{head}{dot}{int(tail) + 1}{last['end']} "


def insert_line(text: str, after: int, source: str) -> Splice:
    """Insert a whole line below line `after` (0: at the top), for instance a further item of a list."""
    document = parse(text)
    if not 0 <= after <= len(document.lines):
        raise SpliceRefused("the document has no such line", source + "\n", after)
    if after == 0:
        at = 1 if text.startswith("\ufeff") else 0
        return _proved(document, [Cut(at, at, source + newline_at(text, at))], source + "\n")
    end = document.lines[after - 1].end
    return _proved(document, [Cut(end, end, newline_at(text, end) + source)], source + "\n")


def replace_line(text: str, line: int, old: str, new: str) -> Splice:
    """Put `new` in the place of the only `old` on a line."""
    document = parse(text)
    found = document.lines[line - 1] if 0 < line <= len(document.lines) else None
    if found is None or found.text.count(old) != 1 or not old:
        raise SpliceRefused(f"{old!r} does not stand once on this line", new + "\n", line)
    at = found.start + found.text.index(old)
    splice = apply(text, [Cut(at, at + len(old), new)])
    _same_blocks(document, parse(splice.after), splice, new + "\n")
    return splice


def replace_cells(text: str, line: int, cells: dict[int, str]) -> Splice:
    """Write other texts into cells of the table row on this line; each keeps its width while the new text fits."""
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
    _same_blocks(document, parse(splice.after), splice, "")
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


def width(text: str) -> int:
    """Columns a text takes in a terminal: wide characters and emoji two, combining marks none."""
    total = 0
    for char in text:
        if unicodedata.combining(char) or char in "\ufe0f\u200d":
            continue
        total += 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1
    return total


def add_row(text: str, header_line: int, cells: list[str], *, after: int = 0) -> Splice:
    """Add a row to the table whose header stands on this line, behind the row on line `after` (0: as the last one),
    with the
    table's outer bars and padding."""
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
    _same_blocks(document, parse(splice.after), splice, source + "\n")
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


def _proved(document: MarkdownDocument, cuts: list[Cut], paste: str) -> Splice:
    splice = apply(document.text, cuts)
    _same_blocks(document, parse(splice.after), splice, paste)
    return splice


def _same_blocks(before: MarkdownDocument, after: MarkdownDocument, splice: Splice, paste: str) -> None:
    """Raise `SpliceRefused` unless all blocks outside of the new text are what they were."""
    gone = [(cut.start, cut.end) for cut in splice.cuts]
    if _blocks(before, gone) != _blocks(after, list(splice.new_spans)):
        raise SpliceRefused("the change would alter the structure around it", paste, splice.line)


def _blocks(document: MarkdownDocument, spans: list[tuple[int, int]]) -> list[tuple[object, ...]]:
    """What the blocks say, in order; blocks and lines inside the spans left out, a cut through a line leaves that
    line out."""

    def out(start: int, end: int) -> bool:
        return any(start < stop and begin < end for begin, stop in spans) or any(
            begin == stop and start < begin < end for begin, stop in spans
        )

    text = document.text
    found: list[tuple[int, tuple[object, ...]]] = []
    found += [(h.start, ("heading", h.level, h.title)) for h in document.headings if not out(h.start, h.end)]
    found += [(f.start, ("fence", f.info, f.body)) for f in document.fences if not out(f.start, f.end)]
    found += [(i.start, ("item", i.indent, i.marker, i.text)) for i in document.items if not out(i.start, i.end)]
    found += [(r.start, ("rule", text[r.start : r.end])) for r in document.rules if not out(r.start, r.end)]
    for table in document.tables:
        rows = [row for row in (table.header, table.delimiter, *table.rows) if not out(row.start, row.end)]
        found += [(row.start, ("row", row.texts)) for row in rows]
    return [entry for _, entry in sorted(found, key=lambda pair: pair[0])]
