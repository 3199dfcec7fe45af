"""Lines of outside text, shown literally: diffs and files. Scrolls both ways, never wraps, any length of line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from wizard.output.clean import clean
from wizard.values.lean import dataclass

LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `kind`: plain, heading, muted, add, remove or hunk."""

    text: str
    kind: str = "plain"


class Lines(ScrollView, can_focus=True):
    """A read-only text. `add` and `remove` carry their sign, so that colour is only help."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", "Down", show=False),
        Binding("k", "scroll_up", "Up", show=False),
        Binding("g", "scroll_home", "Top", show=False),
        Binding("G", "scroll_end", "Bottom", show=False),
        Binding("right_square_bracket", "next_heading(1)", "Next file", show=False),
        Binding("left_square_bracket", "next_heading(-1)", "Previous file", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"lines--{kind}" for kind in ("plain", "heading", "muted", "add", "remove", "hunk")
    }
    DEFAULT_CSS = """
    Lines {
        height: 1fr;
        &:focus { background-tint: $foreground 3%; }
        .lines--heading { text-style: bold; color: $text-primary; }
        .lines--muted { color: $text-muted; }
        .lines--add { color: $text-success; }
        .lines--remove { color: $text-error; }
        .lines--hunk { color: $text-accent; }
    }
    """

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._lines: tuple[Line, ...] = ()

    @property
    def lines(self) -> tuple[Line, ...]:
        """What is shown, cleaned."""
        return self._lines

    def show(self, lines: Sequence[Line], *, keep: bool = False) -> None:
        """Show these lines from the top, or from where one was when `keep`."""
        shown = tuple(Line(clean(line.text[:LONGEST]).expandtabs(4).replace("\n", " "), line.kind) for line in lines)
        if shown == self._lines:
            return
        self._lines = shown
        self.virtual_size = Size(max((cell_len(line.text) for line in shown), default=0), len(shown))
        if not keep:
            self.scroll_to(0, 0, animate=False)
        self.refresh()

    def action_next_heading(self, step: int) -> None:
        """Scroll to the next or the previous file."""
        headings = [y for y, line in enumerate(self._lines) if line.kind == "heading"]
        here = self.scroll_offset.y
        targets = [y for y in headings if y > here] if step > 0 else [y for y in headings if y < here][::-1]
        if targets:
            self.scroll_to(y=targets[0], animate=False, force=True)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The text under a selection made with the mouse."""
        return selection.extract("\n".join(line.text for line in self._lines)), "\n"

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        scroll_x, scroll_y = self.scroll_offset
        number = scroll_y + y
        base = self.rich_style
        if number >= len(self._lines):
            return Strip.blank(self.size.width, base)
        line = self._lines[number]
        style = self.get_component_rich_style(f"lines--{line.kind}", partial=True)
        strip = Strip([Segment(line.text, base + style)])
        return strip.crop_extend(scroll_x, scroll_x + self.size.width, base).apply_offsets(scroll_x, number)
