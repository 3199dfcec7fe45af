"""The lines around a screen: title with what is running, and the next step; what is shown when there is no room."""

from __future__ import annotations

from time import monotonic
from typing import ClassVar

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.timer import Timer
from textual.widget import Widget


class TitleBar(Widget):
    """Where one is (left) and what is being done (right)."""

    DEFAULT_CSS = """
    TitleBar { dock: top; height: 1; padding: 0 1; background: $panel; color: $foreground; }
    """
    crumbs: reactive[Content] = reactive(Content(""))
    doing: reactive[str] = reactive("")
    place: reactive[str] = reactive("")
    _since = 0.0
    _ticks: Timer | None = None

    def watch_doing(self, before: str, doing: str) -> None:
        """Counts the seconds while something is being done: it shows that it goes on."""
        if doing != before:
            self._since = monotonic()
        if doing and self._ticks is None:
            self._ticks = self.set_interval(1.0, self.refresh)
        elif not doing and self._ticks is not None:
            self._ticks.stop()
            self._ticks = None

    @property
    def _seconds(self) -> str:
        seconds = int(monotonic() - self._since)
        return f" {seconds} s" if seconds > 1 else ""

    def render(self) -> Content:
        """Returns one line, the left side cut first."""
        width = self.content_size.width
        right = (
            Content.styled(f"… {self.doing}{self._seconds}", "$text-accent")
            if self.doing
            else Content.styled(self.place, "$foreground-muted")
        )
        right = right.truncate(max(0, width // 2), ellipsis=True)
        left = self.crumbs.truncate(max(0, width - right.cell_length - 1), ellipsis=True)
        gap = max(1, width - left.cell_length - right.cell_length)
        return Content.assemble(left, " " * gap, right)


class NextBar(Widget):
    """The next step in words; Enter does it, and so does a click."""

    DEFAULT_CSS = """
    NextBar { height: auto; max-height: 2; padding: 0 1; background: $boost; }
    """
    step: reactive[Content] = reactive(Content(""), layout=True)

    class Chosen(Message):
        """The line was clicked."""

    def render(self) -> Content:
        """Returns the step."""
        return self.step

    def on_click(self, event: events.Click) -> None:
        """Does the next step."""
        event.stop()
        self.post_message(self.Chosen())


class TooSmall(Widget):
    """Shown over everything below 60x15."""

    NEEDED: ClassVar[tuple[int, int]] = (60, 15)

    def render(self) -> Content:
        """Returns what is missing, and that nothing is lost."""
        width, height = self.NEEDED
        return Content(
            f"This window is {self.app.size.width}x{self.app.size.height}.\n"
            f"The wizard needs {width}x{height}.\n\nMake it larger: nothing is lost, and what runs goes on."
        )
