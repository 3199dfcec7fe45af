"""A list of rows with a cursor: j/k beside the arrows; a click moves it, Enter or a double click chooses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets._option_list import Option, OptionList


class Rows(OptionList):
    """Rows of `Content`, each with an id; the cursor stays on its id when the rows are shown anew."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", "Down", show=False),
        Binding("k", "cursor_up", "Up", show=False),
        Binding("g", "first", "First", show=False),
        Binding("G", "last", "Last", show=False),
    ]

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, markup=False, compact=True)

    @property
    def current(self) -> str:
        """The id of the row under the cursor, '' when there is none."""
        option = self.highlighted_option
        return (option.id or "") if option is not None else ""

    def show(self, rows: Sequence[tuple[str, Content]], prefer: str = "") -> None:
        """Show these (id, text) rows; the cursor goes to `prefer`, else stays on its row, else on the first."""
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

    async def _on_click(self, event: events.Click) -> None:
        event.prevent_default()
        clicked = event.style.meta.get("option")
        if isinstance(clicked, int):
            self.highlighted = clicked
            if event.chain > 1:
                self.action_select()
