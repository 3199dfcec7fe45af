"""Markdown text to headings, fences, tables and list items with offsets: a line scanner after CommonMark and GFM.

A full parser costs 46 ms to import and knows no offsets inside a line; this one looks at block structure only. What
stands in fences, HTML comments, front matter and indented code is never a heading, table or item.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from wizard.values.lean import dataclass
from wizard.values.pattern import lazy_pattern

_ATX = lazy_pattern(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*\Z")
_SETEXT = lazy_pattern(r" {0,3}(=+|-+)[ \t]*\Z")
_FENCE = lazy_pattern(r"([ \t]*)(`{3,}|~{3,})[ \t]*([^`]*)\Z")
_RULE = lazy_pattern(r" {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}\Z")
_ITEM = lazy_pattern(r"([ \t]*)([-*+]|\d{1,9}[.)])([ \t]+|\Z)")
_DELIMITER = lazy_pattern(r" {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*\Z")
_PIPE = lazy_pattern(r"(?<!\\)\|")


@dataclass(frozen=True, slots=True)
class Line:
    """One physical line: `text` without its line break, `start` its offset, `number` from 1."""

    text: str
    start: int
    number: int

    @property
    def end(self) -> int:
        """Offset behind the last character, before the line break."""
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading. `style`: `atx` or `setext`. `end`: offset behind its last character (the underline's for setext).

    `closed`: an ATX heading with closing hashes."""

    level: int
    title: str
    style: str
    start: int
    end: int
    line: int
    end_line: int
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced block: `info` (`bash`), `body` with its line breaks, offsets of the whole fence and of the body."""

    info: str
    body: str
    start: int
    end: int
    body_start: int
    line: int
    end_line: int


@dataclass(frozen=True, slots=True)
class Cell:
    """A table cell: `text` trimmed, `start`/`end`: everything between its bars, padding included."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Row:
    """A table row."""

    cells: tuple[Cell, ...]
    start: int
    end: int
    line: int

    @property
    def texts(self) -> tuple[str, ...]:
        """The cells' texts."""
        return tuple(cell.text for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Table:
    """A GFM table: header, delimiter row, body rows."""

    header: Row
    delimiter: Row
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class ListItem:
    """The first line of a list item: `indent` and `marker` as written, `text` after the marker, `text_start` its
    offset."""

    indent: str
    marker: str
    text: str
    start: int
    end: int
    text_start: int
    line: int


@dataclass(frozen=True, slots=True)
class MarkdownDocument:
    """The block structure of a document. `rules`: thematic breaks (`---`)."""

    text: str
    lines: tuple[Line, ...]
    headings: tuple[Heading, ...] = ()
    fences: tuple[Fence, ...] = ()
    tables: tuple[Table, ...] = ()
    items: tuple[ListItem, ...] = ()
    rules: tuple[Line, ...] = ()

    def section_end(self, heading: Heading) -> int:
        """Offset where the section of a heading ends: the start of the next one of its level or above, or the text's
        end."""
        following = (h.start for h in self.headings if h.start > heading.start and h.level <= heading.level)
        return next(following, len(self.text))

    def children(self, heading: Heading) -> tuple[Heading, ...]:
        """The headings one section down: the shallowest level that occurs inside it."""
        end = self.section_end(heading)
        inside = [h for h in self.headings if heading.start < h.start < end]
        top = min((h.level for h in inside), default=0)
        return tuple(h for h in inside if h.level == top)


def parse(text: str) -> MarkdownDocument:
    """The block structure of a Markdown text. Every text is Markdown: nothing is raised."""
    return _Scanner(split_lines(text), text).run()


def split_lines(text: str) -> tuple[Line, ...]:
    """Physical lines, LF or CRLF, with offsets; a BOM belongs to no line. The empty rest after the last line break is
    left out."""
    lines: list[Line] = []
    start = 0
    for number, raw in enumerate(text.split("\n"), 1):
        shift = 1 if number == 1 and raw.startswith("\ufeff") else 0
        lines.append(Line(raw[shift:].removesuffix("\r"), start + shift, number))
        start += len(raw) + 1
    if lines and not lines[-1].text:
        lines.pop()
    return tuple(lines)


class _Scanner:
    """One pass over the lines; `paragraph` is where the open paragraph began (for setext headings), -1 without one."""

    def __init__(self, lines: tuple[Line, ...], text: str) -> None:
        self.lines = lines
        self.text = text
        self.paragraph = -1
        self.in_list = False
        self.headings: list[Heading] = []
        self.fences: list[Fence] = []
        self.tables: list[Table] = []
        self.items: list[ListItem] = []
        self.rules: list[Line] = []

    def run(self) -> MarkdownDocument:
        """Scan everything."""
        at = self.front_matter()
        while at < len(self.lines):
            at = self.block(at)
        return MarkdownDocument(
            self.text,
            self.lines,
            tuple(self.headings),
            tuple(self.fences),
            tuple(self.tables),
            tuple(self.items),
            tuple(self.rules),
        )

    def front_matter(self) -> int:
        """The index after a YAML front matter, 0 without one."""
        if self.lines and self.lines[0].text.rstrip() == "---":
            for at in range(1, len(self.lines)):
                if self.lines[at].text.rstrip() in ("---", "..."):
                    return at + 1 if at > 1 else 0
        return 0

    def block(self, at: int) -> int:
        """Take the block that begins at this line; the index to go on at."""
        line = self.lines[at]
        text = line.text
        if not text.strip():
            self.paragraph = -1
            return at + 1
        if text.lstrip().startswith("<!--") and not self.indented(text):
            return self.comment(at)
        fence = _FENCE.match(text)
        if fence and ("~" in fence[2] or "`" not in fence[3]) and not self.indented(text):
            return self.fence(at, fence)
        if self.heading(line, at):
            return at + 1
        if self.table(at):
            return self.tables[-1].rows[-1].line if self.tables[-1].rows else at + 2
        return self.prose(line, at)

    def indented(self, text: str) -> bool:
        """Indented code: four spaces or a tab after a blank line, outside lists."""
        return self.paragraph < 0 and not self.in_list and text.startswith(("    ", "\t"))

    def comment(self, at: int) -> int:
        """Skip an HTML comment."""
        self.paragraph = -1
        for index in range(at, len(self.lines)):
            if "-->" in self.lines[index].text:
                return index + 1
        return len(self.lines)

    def fence(self, at: int, opening: re.Match[str]) -> int:
        """Take a fenced block; an open one reaches to the end of the text."""
        self.paragraph = -1
        mark = opening[2]
        closing = re.compile(rf"[ \t]*{re.escape(mark[0])}{{{len(mark)},}}[ \t]*\Z")
        last = next((i for i in range(at + 1, len(self.lines)) if closing.match(self.lines[i].text)), -1)
        inside = self.lines[at + 1 : last if last >= 0 else len(self.lines)]
        end_line = self.lines[last] if last >= 0 else self.lines[-1]
        begin = self.lines[at + 1].start if at + 1 < len(self.lines) else self.lines[at].end
        self.fences.append(
            Fence(
                opening[3].strip(),
                "".join(part.text + "\n" for part in inside),
                self.lines[at].start,
                end_line.end,
                begin,
                self.lines[at].number,
                end_line.number,
            )
        )
        return end_line.number

    def heading(self, line: Line, at: int) -> bool:
        """Take an ATX heading, or the underline of a setext one, or a rule."""
        atx = _ATX.match(line.text)
        if atx and not self.indented(line.text):
            closed = bool(re.search(r"[ \t]#+[ \t]*\Z", line.text)) and bool(atx[2])
            title = (atx[2] or "").strip()
            self.add(Heading(len(atx[1]), title, "atx", line.start, line.end, line.number, line.number, closed))
            return True
        under = _SETEXT.match(line.text)
        if under and self.paragraph >= 0:
            first = self.lines[self.paragraph]
            title = " ".join(part.text.strip() for part in self.lines[self.paragraph : at])
            level = 1 if under[1][0] == "=" else 2
            self.add(Heading(level, title, "setext", first.start, line.end, first.number, line.number))
            return True
        if _RULE.match(line.text):
            self.rules.append(line)
            self.paragraph = -1
            self.in_list = False
            return True
        return False

    def add(self, heading: Heading) -> None:
        """A heading ends paragraph and list."""
        self.headings.append(heading)
        self.paragraph = -1
        self.in_list = False

    def table(self, at: int) -> bool:
        """Take a table whose header stands at this line."""
        if at + 1 >= len(self.lines) or "|" not in self.lines[at].text + self.lines[at + 1].text:
            return False
        if not _DELIMITER.match(self.lines[at + 1].text) or self.lines[at].text.startswith(("    ", "\t")):
            return False
        header, delimiter = _row(self.lines[at]), _row(self.lines[at + 1])
        if len(header.cells) != len(delimiter.cells):
            return False
        self.tables.append(Table(header, delimiter, tuple(self.body_rows(at + 2))))
        self.paragraph = -1
        return True

    def body_rows(self, at: int) -> Iterable[Row]:
        """The rows up to a blank line or the beginning of another block."""
        for line in self.lines[at:]:
            text = line.text
            if not text.strip() or _ATX.match(text) or _FENCE.match(text) or _RULE.match(text):
                return
            if text.lstrip().startswith((">", "<!--")) or (_ITEM.match(text) and "|" not in text):
                return
            yield _row(line)

    def prose(self, line: Line, at: int) -> int:
        """A list item, a quote, or a line of a paragraph."""
        item = _ITEM.match(line.text)
        if item and not self.indented(line.text):
            self.in_list = True
            self.paragraph = -1
            text_start = line.start + item.end()
            self.items.append(
                ListItem(
                    item[1], item[2], line.text[item.end() :].rstrip(), line.start, line.end, text_start, line.number
                )
            )
        elif line.text.lstrip().startswith(">"):
            self.paragraph = -1
        elif not line.text.startswith((" ", "\t")) or self.paragraph >= 0:
            self.in_list = False if self.paragraph < 0 and not line.text.startswith((" ", "\t")) else self.in_list
            self.paragraph = at if self.paragraph < 0 and not self.lazy(at) else self.paragraph
        return at + 1

    def lazy(self, at: int) -> bool:
        """A line right below a list item or a quote continues that one, so it begins no paragraph of its own."""
        above = self.lines[at - 1].text if at else ""
        return bool(above.strip()) and (bool(_ITEM.match(above)) or above.lstrip().startswith(">"))


def _row(line: Line) -> Row:
    bars = [match.start() for match in _PIPE.finditer(line.text)]
    bare = line.text.rstrip()
    begin = line.text.find("|") + 1 if line.text.lstrip().startswith("|") else 0
    edges = [bar for bar in bars if bar >= begin]
    cells: list[Cell] = []
    for edge in edges:
        cells.append(Cell(line.text[begin:edge].strip(), line.start + begin, line.start + edge))
        begin = edge + 1
    if begin < len(bare):
        cells.append(Cell(bare[begin:].strip(), line.start + begin, line.start + len(bare)))
    return Row(tuple(cells), line.start, line.end, line.number)
