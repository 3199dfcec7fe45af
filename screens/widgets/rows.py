"""A list of rows with a cursor: j/k beside the arrows; a click moves it, Enter or a double click chooses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from screens.keymap import key

NOTHING_FITS = "nothing here fits the words that are searched: Esc shows everything again"


class Rows(OptionList):
    """Rows of `Content`, each with an id; the cursor stays on its id when the rows are shown anew."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("down", "cursor_down"),
        key("up", "cursor_up"),
        key("top", "first"),
        key("bottom", "last"),
    ]

    class Emptied(Message):
        """No row is left of those there are: none has the cursor any more."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, markup=False, compact=True)
        self._every: list[tuple[str, Content]] = []
        self._words = ""

    @property
    def nothing_fits(self) -> bool:
        """Whether there are rows, and none of them holds the words that are searched."""
        return bool(self._every) and not self.option_count

    @property
    def current(self) -> str:
        """The id of the row under the cursor, '' when there is none."""
        option = self.highlighted_option
        return (option.id or "") if option is not None else ""

    def show(self, rows: Sequence[tuple[str, Content]], prefer: str = "") -> None:
        """Shows these (id, text) rows; the cursor goes to `prefer`, else stays on its row, else on the first."""
        self._every = list(rows)
        rows = [row for row in rows if self._words in row[1].plain.lower()]
        ids = [row for row, _ in rows]
        wanted = prefer or self.current
        if ids != [option.id for option in self.options]:
            self.clear_options()
            self.add_options([Option(text, row) for row, text in rows])
        else:
            for row, text in rows:
                self.replace_option_prompt(row, text)
        if ids:
            self.highlighted = ids.index(wanted) if wanted in ids else min(self.highlighted or 0, len(ids) - 1)

    def show_at(self, row: str) -> None:
        """Puts the cursor on a row, if it is there."""
        at = next((n for n, option in enumerate(self.options) if option.id == row), None)
        if at is not None and at != self.highlighted:
            self.highlighted = at

    def seek(self, words: str) -> str:
        """Shows only the rows that hold the words; says how many those are."""
        self._words = words.lower()
        self.show(self._every)
        if self.nothing_fits:
            self.post_message(self.Emptied())
        return f"{self.option_count} of {len(self._every)}" if words else ""

    def seek_next(self, step: int) -> str:
        """Moves the cursor among the rows that are left."""
        (self.action_cursor_down if step > 0 else self.action_cursor_up)()
        return f"{self.option_count} of {len(self._every)}" if self._words else ""

    async def _on_click(self, event: events.Click) -> None:
        event.prevent_default()
        clicked = event.style.meta.get("option")
        if isinstance(clicked, int):
            self.highlighted = clicked
            if event.chain > 1:
                self.action_select()
