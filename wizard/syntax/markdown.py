"""Markdown text to headings, fences, tables and list items with offsets: a line scanner after CommonMark and GFM.

A full parser costs 46 ms to import and knows no offsets inside a line; this one looks at block structure only, and the
tests hold it against `markdown-it-py`. What stands in fences, HTML blocks, front matter, quotes and indented code is
never a heading, table or item.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from wizard.syntax.markdown_values import Cell, Fence, Heading, Line, ListItem, MarkdownDocument, Row, Table
from wizard.values.pattern import lazy_pattern

_ATX = lazy_pattern(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*\Z")
_SETEXT = lazy_pattern(r" {0,3}(=+|-+)[ \t]*\Z")
_FENCE = lazy_pattern(r"([ \t]*)(`{3,}(?=[^`]*\Z)|~{3,})[ \t]*(.*)\Z")
_RULE = lazy_pattern(r" {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}\Z")
_ITEM = lazy_pattern(r"([ \t]*)([-*+]|\d{1,9}[.)])([ \t]+|\Z)")
_DELIMITER = lazy_pattern(r" {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*\Z")
_BLOCK_TAGS = (
    "address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt"
    "|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu"
    "|menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr"
    "|track|ul"
)
_ATTRIBUTE = r"\s+[a-zA-Z_:][\w.:-]*(?:\s*=\s*(?:[^\s\"'=<>`]+|'[^']*'|\"[^\"]*\"))?"
# How an HTML block begins, how it ends (None: at a blank line), whether it may interrupt a paragraph.
_HTML: tuple[tuple[re.Pattern[str], re.Pattern[str] | None, bool], ...] = tuple(
    (lazy_pattern(f" {{0,3}}{begin}", re.IGNORECASE), lazy_pattern(end, re.IGNORECASE) if end else None, interrupts)
    for begin, end, interrupts in (
        (r"<(?:script|pre|style|textarea)(?=[\s>]|\Z)", r"</(?:script|pre|style|textarea)>", True),
        (r"<!--", r"-->", True),
        (r"<\?", r"\?>", True),
        (r"<![a-z]", r">", True),
        (r"<!\[CDATA\[", r"\]\]>", True),
        (rf"</?(?:{_BLOCK_TAGS})(?=[\s>]|/>|\Z)", None, True),
        (rf"(?:<[a-z][a-z0-9-]*(?:{_ATTRIBUTE})*\s*/?>|</[a-z][a-z0-9-]*\s*>)[ \t]*\Z", None, False),
    )
)
_PIPE = lazy_pattern(r"(?<!\\)\|")


def parse(text: str) -> MarkdownDocument:
    """Returns the block structure of a Markdown text. Every text is Markdown: nothing is raised."""
    return _Scanner(split_lines(text), text).run()


def split_lines(text: str) -> tuple[Line, ...]:
    """Splits into physical lines, LF or CRLF, with offsets; a BOM belongs to no line. The empty rest after the last
    line break is left out.
    """
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
    """One pass over the lines. `paragraph`: where the open paragraph began (for setext headings), -1 without one.
    `columns`: of the open list items, outermost first, the column at which their content begins."""

    def __init__(self, lines: tuple[Line, ...], text: str) -> None:
        self.lines = lines
        self.text = text
        self.paragraph = -1
        self.columns: list[int] = []
        self.headings: list[Heading] = []
        self.fences: list[Fence] = []
        self.tables: list[Table] = []
        self.items: list[ListItem] = []
        self.rules: list[Line] = []

    def run(self) -> MarkdownDocument:
        """Scans everything."""
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
        """Returns the index after a YAML front matter, 0 without one."""
        if self.lines and self.lines[0].text.rstrip() == "---":
            for at in range(1, len(self.lines)):
                if self.lines[at].text.rstrip() in ("---", "..."):
                    return at + 1 if at > 1 else 0
        return 0

    def block(self, at: int) -> int:
        """Takes the block that begins at this line; returns the index to go on at."""
        line = self.lines[at]
        text = line.text
        if not text.strip():
            self.paragraph = -1
            return at + 1
        html = self.html(at) if "<" in text else 0
        if html:
            return html
        fence = _FENCE.match(text) if "```" in text or "~~~" in text else None
        column = _column(text)
        inner = max((begin for begin in self.columns if begin <= column), default=0)
        if fence and column < inner + 4:
            return self.fence(at, fence, self.leave(column))
        if self.heading(line, at):
            return at + 1
        if self.table(at):
            return self.tables[-1].rows[-1].line if self.tables[-1].rows else at + 2
        return self.prose(line, at)

    def indented(self, text: str) -> bool:
        """Tells whether this is indented code: four spaces or a tab after a blank line, outside lists."""
        return self.paragraph < 0 and not self.columns and text.startswith(("    ", "\t"))

    def leave(self, column: int) -> int:
        """Closes the list items to which a line that begins at this column cannot belong; the content column of the
        innermost one left, 0 outside lists."""
        while self.columns and self.columns[-1] > column:
            self.columns.pop()
        return self.columns[-1] if self.columns else 0

    def html(self, at: int) -> int:
        """Skips an HTML block that begins here: the index to go on at, 0 when none does."""
        text = self.lines[at].text
        for begin, end, interrupts in _HTML:
            if not begin.match(text) or (self.paragraph >= 0 and not interrupts) or self.indented(text):
                continue
            self.paragraph = -1
            for index in range(at, len(self.lines)):
                line = self.lines[index].text
                if end is None and not line.strip():
                    return index
                if end is not None and end.search(line):
                    return index + 1
            return len(self.lines)
        return 0

    def fence(self, at: int, opening: re.Match[str], column: int) -> int:
        """Takes a fenced block. An open one reaches to the end of what holds it: the list item whose content begins at
        `column`, or the text."""
        self.paragraph = -1
        mark = opening[2]
        closing = re.compile(rf"([ \t]*){re.escape(mark[0])}{{{len(mark)},}}[ \t]*\Z")
        last, stop = -1, len(self.lines)
        for index in range(at + 1, len(self.lines)):
            text = self.lines[index].text
            if text.strip() and column > 0 and _column(text) < column:
                stop = index
                break
            closed = closing.match(text)
            if closed and _column(closed[1]) < column + 4:
                last = index
                break
        inside = self.lines[at + 1 : last if last >= 0 else stop]
        end_line = self.lines[last if last >= 0 else max(stop - 1, at)]
        self.fences.append(
            Fence(
                opening[3].strip(),
                "".join(part.text + "\n" for part in inside),
                self.lines[at].start,
                end_line.end,
                self.lines[at].number,
                end_line.number,
            )
        )
        return end_line.number

    def heading(self, line: Line, at: int) -> bool:
        """Takes an ATX heading, or the underline of a setext one, or a rule."""
        if line.text.lstrip(" ")[:1] not in ("#", "=", "-", "*", "_"):
            return False
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
            self.columns = []
            return True
        return False

    def add(self, heading: Heading) -> None:
        """Adds a heading, which ends paragraph and list."""
        self.headings.append(heading)
        self.paragraph = -1
        self.columns = []

    def table(self, at: int) -> bool:
        """Takes a table whose header stands at this line."""
        if at + 1 >= len(self.lines) or "|" not in self.lines[at].text:
            return False
        if _ITEM.match(self.lines[at].text) or self.lines[at].text.lstrip().startswith(">"):
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
        """Returns the rows up to a blank line or the beginning of another block."""
        for index in range(at, len(self.lines)):  # no slice: it would copy the rest for every table
            line = self.lines[index]
            text = line.text
            if not text.strip() or _ATX.match(text) or _FENCE.match(text) or _RULE.match(text):
                return
            if text.lstrip().startswith((">", "<!--")) or (_ITEM.match(text) and "|" not in text):
                return
            yield _row(line)

    def prose(self, line: Line, at: int) -> int:
        """Takes a list item, a quote, or a line of a paragraph."""
        item = _ITEM.match(line.text)
        interrupts = self.paragraph < 0 or bool(item and item[3] and (item[2] in "-*+" or item[2][:-1] == "1"))
        if item and interrupts and not self.indented(line.text):
            return self.item(line, at, item)
        if line.text.lstrip().startswith(">"):
            self.paragraph = -1
        elif self.paragraph < 0 and not self.lazy(at):
            column = self.leave(_column(line.text))
            self.paragraph = at if not column and not line.text.startswith(("    ", "\t")) else -1
        return at + 1

    def item(self, line: Line, at: int, item: re.Match[str]) -> int:
        """Takes a list item; a fence may open behind its marker."""
        self.paragraph = -1
        self.leave(_column(item[1]))
        text = line.text[item.end() :]
        wide = len(item[3]) > 4 or not text  # then the content is indented code, or comes in the next line
        self.columns.append(_column(line.text[: item.end(2)]) + len(item[2]) + (1 if wide else len(item[3])))
        text_start = line.start + item.end()
        self.items.append(ListItem(item[1], item[2], text.rstrip(), line.start, line.end, text_start, line.number))
        fence = _FENCE.match(text)
        if fence and not wide:
            return self.fence(at, fence, self.columns[-1])
        return at + 1

    def lazy(self, at: int) -> bool:
        """Tells whether a line right below a list item or a quote continues that one, so it begins no paragraph of its
        own.
        """
        above = self.lines[at - 1].text if at else ""
        return bool(above.strip()) and (bool(_ITEM.match(above)) or above.lstrip().startswith(">"))


def _column(text: str) -> int:
    """The column of the first character that is no blank, tabs reaching to the next multiple of four."""
    if text[:1] not in (" ", "\t"):
        return 0
    blank = text[: len(text) - len(text.lstrip(" \t"))]
    return len(blank.expandtabs(4))


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
