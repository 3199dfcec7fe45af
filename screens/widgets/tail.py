"""A log as it arrives: the newest lines of a deque, drawn when the app's timer says so, never line by line.

`Log` and `RichLog` freeze or stall at thousands of lines a second; this one costs a screenful a frame.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import islice
from typing import ClassVar

from rich.cells import set_cell_size
from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from screens.keymap import key
from screens.widgets.layout import break_at
from wizard.rules.text import clean, plural

KEPT = 5_000
LONGEST = 2_000
MARGIN = "   "


class LogTail(Widget, can_focus=True):
    """Follows a log. Scrolling up stops following; `G` follows again. `words`: only lines that hold them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("k,up", "back(1)", "Older", show=False),
        Binding("j,down", "back(-1)", "Newer", show=False),
        Binding("pageup,ctrl+b", "page(1)", "Page up", show=False),
        Binding("pagedown,ctrl+f", "page(-1)", "Page down", show=False),
        Binding("g,home", "oldest", "Oldest", show=False),
        Binding("G,end", "follow", "Follow", show=False),
        key("wrap"),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"log-tail--error", "log-tail--status"}
    DEFAULT_CSS = """
    LogTail {
        height: 1fr;
        &:focus { background-tint: $foreground 3%; }
        .log-tail--error { color: $text-error; text-style: bold; }
        .log-tail--status { color: $foreground-muted; }
    }
    """
    errors_only: reactive[bool] = reactive(False)
    words: reactive[str] = reactive("")
    wrapped: reactive[bool] = reactive(True)

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._all: deque[tuple[bool, str]] = deque(maxlen=KEPT)
        self._shown: deque[tuple[bool, str]] = deque(maxlen=KEPT)
        self._up = 0
        self._drawn: list[tuple[bool, str]] = []
        self._drawn_of: tuple[object, ...] = ()
        self.total = 0
        self.errors = 0

    @property
    def following(self) -> bool:
        """True while the newest line is the last one shown."""
        return self._up == 0

    def feed(self, lines: Iterable[tuple[bool, str]]) -> None:
        """Takes (is an error, text) lines; one redraw for all of them."""
        fresh = [(error, _shown(text)) for error, text in lines]
        passed = [line for line in fresh if self._passes(line)]
        self.total += len(fresh)
        self.errors += sum(error for error, _ in fresh)
        self._all.extend(fresh)
        self._shown.extend(passed)
        if self._up:
            self._up = min(self._up + len(passed), self._highest())
        self.refresh()

    def clear(self) -> None:
        """Forgets everything: a new run begins."""
        self._all.clear()
        self._shown.clear()
        self._up = self.total = self.errors = 0
        self.refresh()

    def watch_errors_only(self) -> None:
        """Filters anew."""
        self._filter()

    def watch_words(self) -> None:
        """Filters anew."""
        self._filter()

    def action_back(self, lines: int) -> None:
        """Scrolls towards the older lines, or the newer ones."""
        self._up = max(0, min(self._up + lines, self._highest()))
        self.refresh()

    def action_page(self, direction: int) -> None:
        """Scrolls by a screenful."""
        self.action_back(direction * max(1, self._height - 1))

    def action_oldest(self) -> None:
        """Scrolls to the oldest line that is kept."""
        self.action_back(KEPT)

    def action_wrap(self) -> None:
        """Breaks long lines, or cuts them at the edge."""
        self.wrapped = not self.wrapped

    def action_follow(self) -> None:
        """Shows the newest lines as they come."""
        self.action_back(-KEPT)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scrolls with the wheel."""
        event.stop()
        self.action_back(3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scrolls with the wheel."""
        event.stop()
        self.action_back(-3)

    def render_line(self, y: int) -> Strip:
        """Returns one line of the screen; the last one says where one is."""
        width, base = self.size.width, self.rich_style
        if y == self._height:
            style = base + self.get_component_rich_style("log-tail--status", partial=True)
            return Strip([Segment(f" {self.status()}", style)]).crop_extend(0, width, base)
        rows = self._rows()
        if y >= len(rows):
            return Strip.blank(width, base)
        error, text = rows[y]
        style = base + self.get_component_rich_style("log-tail--error", partial=True) if error else base
        return Strip([Segment(text, style)]).crop_extend(0, width, base)

    def _rows(self) -> list[tuple[bool, str]]:
        """Returns the rows of the screen: up to the newest line that is shown, from the oldest where all is shown."""
        view = (len(self._shown), self.total, self._up, self.size, self.wrapped, self.errors_only, self.words)
        if view != self._drawn_of:
            self._drawn, self._drawn_of = self._draw(), view
        return self._drawn

    def _draw(self) -> list[tuple[bool, str]]:
        stop, height = len(self._shown) - self._up, self._height
        rows: list[tuple[bool, str]] = []
        for error, text in islice(reversed(self._shown), self._up, self._up + min(stop, height)):
            rows[:0] = [(error, row) for row in self._pieces(error, text)]
            if len(rows) >= height:
                break
        return rows[-height:]

    def _pieces(self, error: bool, text: str) -> list[str]:
        """Returns a line as rows: the sign of an error stands before the first, the others hang under it. A line has a
        third of the room at the most, so that it never takes the others out of sight."""
        room, sign = max(10, self.size.width - len(MARGIN)), " ✗ " if error else MARGIN
        most = max(1, self._height // 3) if self.wrapped else 1
        rows: list[str] = []
        start = 0
        while start < len(text) or not rows:
            stop = break_at(text, start, room)
            if len(rows) == most - 1 and stop < len(text):
                return [*rows, (MARGIN if rows else sign) + set_cell_size(text[start : start + room], room - 1) + "…"]
            rows.append((MARGIN if rows else sign) + text[start:stop])
            start = stop
        return rows

    def status(self) -> str:
        """Returns how much there is, and what is shown of it."""
        words = f"{plural(self.total, 'line')}, {plural(self.errors, 'error')}"
        if self.errors_only:
            words += " · errors only"
        if self.words:
            words += f" · lines with {self.words!r}"
        return f"{words} · {'following' if self.following else f'{self._up:,} lines up, G follows'}"

    @property
    def _height(self) -> int:
        return max(1, self.size.height - 1)

    def _highest(self) -> int:
        """Returns how far up one can go: until the oldest line is the first row."""
        room = self._height
        for number, (error, text) in enumerate(islice(self._shown, self._height)):
            room -= len(self._pieces(error, text))
            if room < 0:
                return len(self._shown) - max(1, number)
        return max(0, len(self._shown) - self._height)

    def _passes(self, line: tuple[bool, str]) -> bool:
        return (line[0] or not self.errors_only) and self.words.lower() in line[1].lower()

    def _filter(self) -> None:
        self._shown = deque((line for line in islice(self._all, KEPT) if self._passes(line)), maxlen=KEPT)
        self._up = 0
        self.refresh()


def _shown(text: str) -> str:
    return clean(text[:LONGEST]).expandtabs(4).replace("\n", " ")
