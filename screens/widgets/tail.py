"""A log as it arrives: the newest lines of a deque, drawn when the app's timer says so, never line by line.

`Log` and `RichLog` freeze or stall at thousands of lines a second; this one costs a screenful a frame.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import islice
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from wizard.rules.text import clean, plural

KEPT = 5_000
LONGEST = 2_000


class LogTail(Widget, can_focus=True):
    """Follows a log. Scrolling up stops following; `G` follows again. `words`: only lines that hold them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("k,up", "back(1)", "Older", show=False),
        Binding("j,down", "back(-1)", "Newer", show=False),
        Binding("pageup,ctrl+b", "page(1)", "Page up", show=False),
        Binding("pagedown,ctrl+f", "page(-1)", "Page down", show=False),
        Binding("g,home", "oldest", "Oldest", show=False),
        Binding("G,end", "follow", "Follow", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"log-tail--error", "log-tail--status"}
    DEFAULT_CSS = """
    LogTail {
        height: 1fr;
        &:focus { background-tint: $foreground 3%; }
        .log-tail--error { color: $text-error; text-style: bold; }
        .log-tail--status { color: $text-muted; }
    }
    """
    errors_only: reactive[bool] = reactive(False)
    words: reactive[str] = reactive("")

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._all: deque[tuple[bool, str]] = deque(maxlen=KEPT)
        self._shown: deque[tuple[bool, str]] = deque(maxlen=KEPT)
        self._up = 0
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
        number = len(self._shown) - self._up - self._height + y
        if len(self._shown) <= self._height:
            number = y
        if not 0 <= number < len(self._shown):
            return Strip.blank(width, base)
        error, text = self._shown[number]
        style = base + self.get_component_rich_style("log-tail--error", partial=True) if error else base
        return Strip([Segment((" ✗ " if error else "   ") + text, style)]).crop_extend(0, width, base)

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
        return max(0, len(self._shown) - self._height)

    def _passes(self, line: tuple[bool, str]) -> bool:
        return (line[0] or not self.errors_only) and self.words.lower() in line[1].lower()

    def _filter(self) -> None:
        self._shown = deque((line for line in islice(self._all, KEPT) if self._passes(line)), maxlen=KEPT)
        self._up = 0
        self.refresh()


def _shown(text: str) -> str:
    return clean(text[:LONGEST]).expandtabs(4).replace("\n", " ")
