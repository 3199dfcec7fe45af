"""Lines of outside text, shown literally: diffs, files, commits. Read with a cursor, searched, wrapped or not."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from screens.keymap import key
from screens.widgets.layout import HEADS, Layout, Line, Piece, changed_within, kept_at, lay_out, partners
from wizard.rules.text import clean
from wizard.values.lean import replace

LONGEST = 20_000
"""Characters shown of one line: a minified file's only line would take seconds to lay out."""
WIDE_ENOUGH = 140
"""Columns from which before and after stand side by side: below, a line of code breaks too often."""
UNNUMBERED = (*HEADS, "hunk")
KINDS = ("plain", "heading", "offer", "muted", "add", "remove", "hunk", "number", "mark", "match", "cursor")


class Lines(ScrollView, can_focus=True):
    """A read-only text. `add` and `remove` carry their sign and the cursor a mark, so that colour is only help."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("down", "scroll_down"),
        key("up", "scroll_up"),
        key("top", "scroll_home"),
        key("bottom", "scroll_end"),
        key("wrap"),
        key("beside"),
        key("next_file", "jump('heading', 1)"),
        key("previous_file", "jump('heading', -1)"),
        key("next_hunk", "jump('hunk', 1)"),
        key("previous_hunk", "jump('hunk', -1)"),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"lines--{kind}" for kind in KINDS}
    DEFAULT_CSS = """
    Lines {
        height: 1fr;
        &:focus { background-tint: $foreground 3%; }
        .lines--heading { text-style: bold; color: $text-primary; }
        .lines--offer { color: $text-warning; }
        .lines--muted { color: $foreground-muted; }
        .lines--add { color: $text-success; }
        .lines--remove { color: $text-error; }
        .lines--hunk { color: $text-accent; }
        .lines--number { color: $foreground-muted; }
        .lines--mark { text-style: bold underline; }
        .lines--match { text-style: reverse; }
        .lines--cursor { background: $surface-lighten-2; }
    }
    """

    class Moved(Message):
        """The cursor stands on another line, or other lines are shown."""

    class Cramped(Message):
        """Before and after are wanted beside each other, and there is no room for both."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._lines: tuple[Line, ...] = ()
        self._partners: dict[int, int] = {}
        self._marks: dict[int, tuple[int, int] | None] = {}
        self._laid = Layout()
        self._matches: tuple[int, ...] = ()
        self._query: re.Pattern[str] | None = None
        self._small: list[str] | None = None  # the lines in small letters, from the first search on
        self._sought = ""
        self._cursor = 0
        self._digits = 0
        self._wrapped = True
        self._wants_beside = True

    @property
    def lines(self) -> tuple[Line, ...]:
        """What is shown, cleaned."""
        return self._lines

    @property
    def current(self) -> Line | None:
        """The line under the cursor."""
        return self._lines[self._cursor] if self._lines else None

    @property
    def beside(self) -> bool:
        """Whether before and after stand side by side: where there is room, and something was there before."""
        return self._wants_beside and self.size.width >= WIDE_ENOUGH and self._digits > 0

    def show(self, lines: Sequence[Line], *, keep: bool = False) -> None:
        """Shows these lines from the top; `keep`: the cursor stays at its line of what it belongs to."""
        shown = tuple(replace(line, text=_shown(line.text)) for line in lines)
        if shown == self._lines:
            return
        first = next((n for n, line in enumerate(shown) if line.kind == "heading"), 0)
        cursor = kept_at(self._lines, self._cursor, shown) if keep else first
        self._lines, self._partners, self._marks, self._small = shown, partners(shown), {}, None
        highest = max((max(line.number, line.before) for line in shown), default=0)
        self._digits = len(str(highest)) if highest else 0
        self._cursor = min(cursor, max(0, len(shown) - 1))
        self._lay_out()
        self._find()
        if not keep:
            self.scroll_to(0, 0, animate=False)
        self._scroll_to_cursor()
        self.post_message(self.Moved())

    # Layout

    def action_wrap(self) -> None:
        """Breaks long lines, or lets them run."""
        self._wrapped = not self._wrapped
        self._lay_out()
        self._scroll_to_cursor()

    def action_beside(self) -> None:
        """Shows before and after side by side, or below each other."""
        if self.size.width < WIDE_ENOUGH:
            self._wants_beside = True
            self.post_message(self.Cramped())
            return
        self._wants_beside = not self._wants_beside
        self._lay_out()
        self._scroll_to_cursor()

    def on_resize(self) -> None:
        """Breaks the lines anew."""
        self._lay_out()
        self._scroll_to_cursor()

    @property
    def _margin(self) -> int:
        """Columns before the text: the cursor's mark, and the number."""
        return 1 + (self._digits + 1 if self._digits else 0)

    @property
    def _column(self) -> int:
        """Columns of one side."""
        return self.size.width // 2 if self.beside else self.size.width

    def _lay_out(self) -> None:
        room = max(10, self._column - self._margin - 1) if self._wrapped and self.size.width else 0
        self._laid = lay_out(self._lines, room, beside=self.beside)
        widest = max((cell_len(line.text) for line in self._lines), default=0) + self._margin
        self.virtual_size = Size(0 if room or self.beside else widest, len(self._laid.rows))
        self.refresh()

    # Moving

    def go_to(self, line: int) -> None:
        """Puts the cursor on a line."""
        if self._lines:
            self._cursor = min(max(line, 0), len(self._lines) - 1)
            self._scroll_to_cursor()
            self.post_message(self.Moved())

    def action_jump(self, kind: str, step: int) -> None:
        """Goes to the next or the previous line of a kind: a file, a hunk."""
        kinds = HEADS if kind == "heading" else (kind,)
        there = [n for n, line in enumerate(self._lines) if line.kind in kinds]
        targets = [n for n in there if n > self._cursor] if step > 0 else [n for n in there if n < self._cursor][::-1]
        if targets:
            self.go_to(targets[0])

    def _move(self, step: int) -> None:
        """Moves the cursor by lines as they are seen; from the edge of the view when it was scrolled away."""
        if not self._lines:
            return
        top, row = self.scroll_offset.y, self._laid.row_of[self._cursor]
        if not top <= row < top + self.size.height:
            row, step = (top if row < top else top + self.size.height - 1), 0
        self.go_to(self._laid.step(row, step))

    def action_scroll_down(self) -> None:
        """Goes one line down."""
        self._move(1)

    def action_scroll_up(self) -> None:
        """Goes one line up."""
        self._move(-1)

    def action_page_down(self) -> None:
        """Goes one page down."""
        self._move(max(1, self.size.height - 1))

    def action_page_up(self) -> None:
        """Goes one page up."""
        self._move(-max(1, self.size.height - 1))

    def action_scroll_home(self) -> None:
        """Goes to the first line."""
        self.go_to(0)

    def action_scroll_end(self) -> None:
        """Goes to the last line."""
        self.go_to(len(self._lines) - 1)

    def on_click(self, event: events.Click) -> None:
        """Puts the cursor where it was clicked."""
        row = self.scroll_offset.y + event.y
        if row < len(self._laid.rows):
            self.go_to(self._laid.line(row))

    def _scroll_to_cursor(self) -> None:
        height = self.size.height
        if self._lines and height:
            row, top = self._laid.row_of[self._cursor], self.scroll_offset.y
            if row < top or row >= top + height:
                top = max(0, row - height // 3)
            top = min(row, max(top, self._laid.end(row) - height + 1))
            self.scroll_to(y=top, animate=False, force=True)
        self.refresh()

    @property
    def position(self) -> tuple[str, ...]:
        """`file 2 of 9 · line 40 of 212`: where the cursor is, in words and in short."""
        heads = [n for n, line in enumerate(self._lines) if line.kind == "heading"]
        file, line = max(1, bisect_right(heads, self._cursor)), self._cursor + 1
        if not self._lines:
            return ()
        if len(heads) < 2:
            return f"line {line:,} of {len(self._lines):,}", f"{line}/{len(self._lines)}"
        in_words = f"file {file} of {len(heads)} · line {line:,} of {len(self._lines):,}"
        return in_words, f"{file}/{len(heads)} · {line}/{len(self._lines)}"

    # Searching

    def seek(self, words: str) -> str:
        """Marks every line that holds the words and goes to the first from here; says which of how many that is."""
        within = self._matches if self._sought and words.lower().startswith(self._sought) else None
        self._query = re.compile(re.escape(words), re.IGNORECASE) if words else None
        self._sought = words.lower()
        self._find(within)
        if self._matches:
            at = bisect_left(self._matches, self._cursor)
            self.go_to(self._matches[at if at < len(self._matches) else 0])
        self.refresh()
        return self.found

    def _find(self, within: Sequence[int] | None = None) -> None:
        """Finds the lines that hold the words; `within`: those that held the first letters of them."""
        if self._small is None:
            self._small = [line.text.lower() for line in self._lines]
        lines = range(len(self._lines)) if within is None else within
        self._matches = tuple([n for n in lines if self._sought in self._small[n]]) if self._query else ()

    def seek_next(self, step: int) -> str:
        """Goes to the next or the previous match, round the end."""
        if self._matches:
            at = bisect_right(self._matches, self._cursor) if step > 0 else bisect_left(self._matches, self._cursor) - 1
            self.go_to(self._matches[at % len(self._matches)])
        return self.found

    @property
    def found(self) -> str:
        """`3 of 12`, `nothing found`, or nothing while nothing is searched."""
        if self._query is None:
            return ""
        if not self._matches:
            return "nothing found"
        return f"{max(1, bisect_right(self._matches, self._cursor))} of {len(self._matches):,}"

    # Drawing

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Returns the text under a selection made with the mouse."""
        return selection.extract("\n".join(line.text for line in self._lines)), "\n"

    def render_line(self, y: int) -> Strip:
        """Draws one row of the screen."""
        scroll_x, scroll_y = self.scroll_offset
        number = scroll_y + y
        base = self.rich_style
        if number >= len(self._laid.rows):
            return Strip.blank(self.size.width, base)
        row = self._laid.rows[number]
        if len(row) == 1:
            strip = Strip(self._cells(row[0], base)).crop_extend(scroll_x, scroll_x + self.size.width, base)
            return strip.apply_offsets(scroll_x, row[0].line) if row[0] is not None else strip
        sides = [Strip(self._cells(piece, base, before=not side)) for side, piece in enumerate(row)]
        both = Strip.join([side.crop_extend(0, self._column, base) for side in sides])
        return both.crop_extend(0, self.size.width, base)

    def _cells(self, piece: Piece | None, base: Style, *, before: bool = False) -> Iterator[Segment]:
        if piece is None:
            return
        line = self._lines[piece.line]
        row_of = self._laid.row_of
        here = row_of[piece.line] == row_of[self._cursor]
        if here:
            base += self.get_component_rich_style("lines--cursor", partial=True)
        yield Segment("▸" if here and piece.start == 0 else " ", base)
        if self._digits and line.kind not in UNNUMBERED:
            number = (line.before if before and line.before else line.number) if piece.start == 0 else 0
            style = self.get_component_rich_style("lines--number", partial=True)
            yield Segment(f"{number or '':>{self._digits}} ", base + style)
        yield from self._segments(piece, base)
        if here:
            yield Segment(" " * self.size.width, base)

    def _segments(self, piece: Piece, base: Style) -> Iterator[Segment]:
        line = self._lines[piece.line]
        plain = base + self.get_component_rich_style(f"lines--{line.kind}", partial=True)
        mark = self._mark(piece.line)
        spans = [(*mark, "mark")] if mark is not None else []
        if self._query is not None:
            spans += [(found.start(), found.end(), "match") for found in self._query.finditer(line.text)]
        at = piece.start
        for start, stop, kind in sorted(spans):
            start, stop = max(start, at), min(stop, piece.stop)
            if start >= stop:
                continue
            yield Segment(line.text[at:start], plain)
            yield Segment(line.text[start:stop], plain + self.get_component_rich_style(f"lines--{kind}", partial=True))
            at = stop
        yield Segment(line.text[at : piece.stop], plain)

    def _mark(self, line: int) -> tuple[int, int] | None:
        """Returns what changed within a line; worked out when it is first seen."""
        other = self._partners.get(line)
        if other is None:
            return None
        if line not in self._marks:
            self._marks[line] = changed_within(self._lines[line].text, self._lines[other].text)
        return self._marks[line]


def _shown(text: str) -> str:
    return clean(text[:LONGEST]).expandtabs(4).replace("\n", " ")
