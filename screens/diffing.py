"""What every screen with a diff has: full screen, the place under the cursor for the editor and the clipboard."""

from __future__ import annotations

from typing import ClassVar

from textual import getters, on
from textual.binding import BindingType

from screens.base import WizardScreen
from screens.intents import EditRequested
from screens.keymap import key
from screens.widgets.diff import Diff
from screens.widgets.lines import Lines
from screens.widgets.panes import PaneNames
from screens.widgets.search import SearchBar
from wizard.values.source import Source

BOTH_SIDES = 160
"""Columns of a window that hold a line of code and the one it becomes."""


class DiffScreen(WizardScreen):
    """A screen of which one part is a `Diff`."""

    BINDINGS: ClassVar[list[BindingType]] = [key("full", "full_screen")]
    diff = getters.query_one(Diff)

    @property
    def diff_is_shown(self) -> bool:
        """Whether the diff can be seen: another part may have the whole screen, or there may be no room for any."""
        too_small = self.has_class("-tiny-width") or self.has_class("-tiny-height")
        return bool(self.diff.lines.region.area) and not too_small

    def action_full_screen(self) -> None:
        """Gives the whole screen to the diff, or takes it back."""
        if not self.diff_is_shown:
            self.say("no diff is shown here")
            return
        self.toggle_class("-full")
        self.diff.lines.focus()

    @on(Lines.Cramped)
    def _give_room(self) -> None:
        """Gives the diff the screen, where both sides fit on that."""
        if self.app.size.width >= BOTH_SIDES and not self.has_class("-full"):
            self.action_full_screen()
        else:
            self.say(f"side by side needs {BOTH_SIDES} columns, this window has {self.app.size.width}")

    def leave_full_screen(self) -> bool:
        """Leaves full screen; says whether it was on."""
        was = self.has_class("-full")
        self.remove_class("-full")
        return was

    def open_file(self, place: Source) -> None:
        """Opens a file of the stack in the person's editor."""
        if (self.app.root / place.path).exists():
            self.post_message(EditRequested(place.path, place.line))
        else:
            self.say(f"{place.path} is not there")

    def diff_place(self) -> Source | None:
        """Returns file and line under the diff's cursor, while the diff has the focus."""
        line = self.diff.lines.current
        if line is None or not line.path or not self.diff.has_focus_within or not self.diff_is_shown:
            return None
        return Source(line.path, line.number)

    @on(Lines.Moved)
    def _show_position(self) -> None:
        self.query_one(PaneNames).position = self.diff.lines.position if self.diff_is_shown else ()
        bar, lines = self.query_one(SearchBar), self.diff.lines
        if bar.target is lines:
            bar.say(lines.found)  # of what is shown now
