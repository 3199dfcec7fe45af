"""A diff to work with: the files with their counts, and below them every line."""

from __future__ import annotations

from collections.abc import Sequence

from textual import getters, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from screens.widgets.layout import HEADS, Line
from screens.widgets.lines import Lines
from screens.widgets.rows import Rows
from wizard.rules.text import clean


class Diff(Vertical):
    """The list follows the cursor of the lines, and the other way round; it is shown where there is room for it.

    `-stale`: files changed since it was made.
    """

    DEFAULT_CSS = """
    Diff {
        height: 1fr;
        &.-stale { border-left: thick $warning; }
        #files { display: none; max-height: 25%; text-wrap: nowrap; text-overflow: ellipsis; }
    }
    """
    lines = getters.query_one("#diff-lines", Lines)
    files = getters.query_one("#files", Rows)

    def compose(self) -> ComposeResult:
        """Yields files and lines."""
        yield Rows(id="files")
        yield Lines(id="diff-lines")

    def show(self, lines: Sequence[Line], *, keep: bool = False) -> None:
        """Shows another diff."""
        self.remove_class("-stale")
        self.lines.show(lines, keep=keep)
        heads = [(line.key, _listed(line)) for line in self.lines.lines if line.kind in HEADS and line.key]
        self.set_class(len(heads) > 1, "-several")
        self.files.show(list(dict(heads).items()))
        self._follow()

    @property
    def key(self) -> str:
        """What the line under the cursor belongs to."""
        return self.lines.current.key if self.lines.current is not None else ""

    def focus_lines(self) -> None:
        """Puts the focus into the diff, unless it is there already."""
        if not self.has_focus_within:
            self.lines.focus()

    def go_to(self, key: str) -> bool:
        """Puts the cursor on the head of an edit; says whether there is one."""
        found = next((n for n, line in enumerate(self.lines.lines) if line.key == key), None)
        if found is not None:
            self.lines.go_to(found)
        return found is not None

    @on(Lines.Moved)
    def _follow(self) -> None:
        self.files.show_at(self.key)

    @on(Rows.OptionHighlighted)
    def _chosen(self, event: Rows.OptionHighlighted) -> None:
        event.stop()
        if self.files.has_focus and self.files.current != self.key:
            self.go_to(self.files.current)

    @on(Rows.OptionSelected)
    def _opened(self, event: Rows.OptionSelected) -> None:
        event.stop()
        self.lines.focus()


def _listed(line: Line) -> Content:
    """Returns an edit in the list: its path and counts. Why it is made stands over its lines."""
    return Content(clean(line.short).replace("\n", " ") if line.short else line.text)
