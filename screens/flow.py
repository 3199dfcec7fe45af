"""The message flow: every channel and table, and the way of an event from service to service, followed by keys."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import getters, on
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from screens.base import WizardScreen
from screens.intents import EditRequested, ReadRequested, StackRead
from screens.keymap import key
from screens.present.flow import EVERYTHING, Place, Row, detail, heading, rows
from screens.widgets.rows import NOTHING_FITS, Rows
from screens.widgets.search import SearchBar
from wizard.values.source import Source


class FlowScreen(WizardScreen):
    """Where one stands is everything, one carrier or one service; Enter goes on, Escape back."""

    CSS_PATH = "flow.tcss"
    HINT = (
        "Who writes and who reads which channel, stream, list and table, read from the code. Enter follows an event: "
        "from a channel to who reads it, from a service to what it writes. What does not fit between services stands "
        "first, with both lines; e opens the line under the cursor."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        key("next", "follow", name="Follow", does="go to the channel or service under the cursor", show=True),
        key("edit", "edit", show=True),
        key("reread", "read"),
    ]
    table = getters.query_one("#flow", Rows)

    def __init__(self) -> None:
        super().__init__()
        self._way: list[tuple[Place, str]] = []
        self._place = EVERYTHING
        self._rows: dict[str, Row] = {}

    def body(self) -> Iterable[Widget]:
        """Yields heading, list and detail."""
        yield Static(id="about", markup=False)
        yield Rows(id="flow")
        with VerticalScroll(id="flow-box", can_focus=False):
            yield Static(id="flow-detail", markup=False)

    def on_mount(self) -> None:
        """Shows what was read."""
        super().on_mount()
        self.table.focus()
        self._show()

    @on(StackRead)
    def _read(self) -> None:
        self._show(self.table.current)

    @on(Rows.OptionHighlighted)
    @on(Rows.Emptied)
    def _highlighted(self) -> None:
        self._show_detail()
        self.refresh_bindings()

    @on(Rows.OptionSelected)
    def _selected(self) -> None:
        self.attempt("follow", self.action_follow)

    def on_resize(self) -> None:
        """Cuts the rows to the width."""
        self._show(self.table.current)

    @property
    def _row(self) -> Row | None:
        return self._rows.get(self.table.current) if self.is_attached else None

    @property
    def _source(self) -> Source | None:
        return self._row.source if self._row is not None else None

    def place_to_copy(self) -> str:
        """Returns the line under the cursor."""
        return str(self._source or "")

    def why_not(self, action: str) -> str:
        """Says why not: one can only follow what leads somewhere, and only open a line."""
        if action == "follow" and self.table.nothing_fits:
            return NOTHING_FITS
        if action == "follow" and (self._row is None or self._row.leads is None):
            return "this leads nowhere: nothing was read of it"
        return "there is no line here to open" if action == "edit" and self._source is None else ""

    def action_follow(self) -> None:
        """Goes where the row leads; Escape comes back to it."""
        row = self._row
        if row is not None and row.leads is not None:
            self._way.append((self._place, self.table.current))
            self._go(row.leads)

    def _go(self, place: Place, current: str = "") -> None:
        """Shows another place; what was searched for belongs to the place before."""
        self._place = place
        bar = self.query_one(SearchBar)
        if bar.has_class("-shown"):
            bar.action_end()
        self._show(current)

    def action_back(self) -> None:
        """Goes one step of the way back; from the first one leaves."""
        if not self._way:
            super().action_back()
            return
        self._go(*self._way.pop())

    def action_edit(self) -> None:
        """Opens the file at the line."""
        source = self._source
        if source is not None:
            self.post_message(EditRequested(source.path, source.line))

    def action_read(self) -> None:
        """Reads again."""
        self.post_message(ReadRequested())

    def _show(self, current: str = "") -> None:
        view = self.app.view
        if view is None:
            return
        names = [name for (_, name), _ in self._way[1:]] + ([self._place[1]] if self._way else [])
        self.crumbs("message flow", *names)
        shown = rows(view, self._place, self.size.width - 4)
        self._rows = {row.id: row for row in shown}
        self.query_one("#about", Static).update(heading(view, self._place))
        self.table.show([(row.id, row.text) for row in shown], current or (shown[0].id if shown else ""))
        self._show_detail()
        self.refresh_bindings()

    def _show_detail(self) -> None:
        self.query_one("#flow-detail", Static).update(detail(self._row))
