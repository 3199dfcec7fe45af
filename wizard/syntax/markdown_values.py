"""What a Markdown document consists of, each part with its offsets into the text."""

from __future__ import annotations

from bisect import bisect_right

from wizard.values.lean import dataclass


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
    """A fenced block: `info` (`bash`), `body` with its line breaks, offsets of the whole fence."""

    info: str
    body: str
    start: int
    end: int
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
        """Returns the offset where the section of a heading ends: the start of the next one of its level or above, or
        the text's end.
        """
        first = bisect_right(self.headings, heading.start, key=lambda other: other.start)
        later = (self.headings[index] for index in range(first, len(self.headings)))
        return next((other.start for other in later if other.level <= heading.level), len(self.text))

    def children(self, heading: Heading) -> tuple[Heading, ...]:
        """Returns the headings one section down: the shallowest level that occurs inside it."""
        end = self.section_end(heading)
        inside = [h for h in self.headings if heading.start < h.start < end]
        top = min((h.level for h in inside), default=0)
        return tuple(h for h in inside if h.level == top)
