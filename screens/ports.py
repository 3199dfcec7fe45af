"""The port registry as a table: owner, state, the line that says so; while answering, Enter picks a port."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from screens.base import WizardScreen
from screens.intents import Fact, ReadRequested, StackRead
from screens.keymap import key
from screens.present.ports import port_detail, port_row
from screens.widgets.rows import Rows

if TYPE_CHECKING:
    from wizard.audit.ports import PortRow
    from wizard.pipeline.guided import Overview

COLUMNS = f"{'port':>5}  {'state':<14} {'reserved for':<26} where that is written"


@dataclass
class PortPicked(Fact):
    """A port was picked for the service whose answers are being given."""

    port: int


class PortsScreen(WizardScreen):
    """`service` None: for looking only; else the service a port is picked for ('' while it has no name)."""

    CSS_PATH = "ports.tcss"
    HINT = (
        "Every port somebody reserves, publishes, exposes or listens on, with the line that says so. While you answer "
        "questions about a service, Enter picks a port that is free or reserved for it; the others say why not. The "
        "registry's line is written with phase 3's commit."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        key("next", "pick", name="Pick", does="take this port for the service", show=True),
        key("reread", "read", does="read the stack and the machine's sockets again", show=True),
    ]
    table = getters.query_one("#ports", Rows)

    def __init__(self, service: str | None = None) -> None:
        super().__init__()
        self._service = service

    def body(self) -> Iterable[Widget]:
        """Yields table and detail."""
        yield Static(id="about", markup=False)
        yield Static(COLUMNS, classes="heading", markup=False)
        yield Rows(id="ports")
        with VerticalScroll(id="port-box", can_focus=False):
            yield Static(id="port", markup=False)

    def place_to_copy(self) -> str:
        """Returns the port under the cursor."""
        return self.table.current

    def on_mount(self) -> None:
        """Shows the table as it was read."""
        super().on_mount()
        self.crumbs("ports")
        self.table.focus()
        if self.app.view is not None:
            self._show(self.app.view)

    @on(StackRead)
    def _read(self, fact: StackRead) -> None:
        self._show(fact.view)

    @on(Rows.OptionHighlighted)
    @on(Rows.Emptied)
    def _highlighted(self) -> None:
        self._show_detail()
        self.refresh_bindings()

    @on(Rows.OptionSelected)
    def _selected(self) -> None:
        self.attempt("pick", self.action_pick)

    def why_not(self, action: str) -> str:
        """Says why it cannot be picked: only a port that can be taken is, and only for somebody."""
        if action != "pick":
            return ""
        if self._service is None:
            return "ports are picked in a service's answers"
        return self._problem(self._port) if self._port else "there is no port"

    def action_pick(self) -> None:
        """Takes it."""
        port = self._port
        self.app.leave()
        self.app.deliver(PortPicked(port))

    def action_read(self) -> None:
        """Reads again."""
        self.post_message(ReadRequested())

    @property
    def _port(self) -> int:
        return int(self.table.current or 0) if self.is_attached else 0

    def _problem(self, port: int) -> str:
        from wizard.audit.ports import port_problem

        view = self.app.view
        return port_problem(view.facts, self._service or "", port) if view is not None else "the stack is being read"

    def _show(self, view: Overview) -> None:
        registry = view.facts.registry
        where = registry.path if registry is not None else "no document lists ports"
        asks = (
            ""
            if self._service is None
            else f"  ·  picking for {self._service or 'the new service'}: ✓ can be taken, Enter takes it"
        )
        self.query_one("#about", Static).update(f"Registry: {where}{asks}")
        rows = list(self._rows(view))
        self.table.show([(str(row.port), text) for row, text in rows], self._first(rows))
        self._show_detail()

    def _rows(self, view: Overview) -> Iterator[tuple[PortRow, Content]]:
        for row in (*view.ports, *self._next_free(view)):
            may = None if self._service is None else not self._problem(row.port)
            yield row, port_row(row, may)

    def _next_free(self, view: Overview) -> Iterator[PortRow]:
        """A port beyond the registry, for when all reserved ones are used."""
        from wizard.audit.ports import PortRow, next_free

        port = next_free(view.facts)
        if self._service is not None and port is not None:
            yield PortRow(port, "", (), "free", (), "*", False)

    def _first(self, rows: list[tuple[PortRow, Content]]) -> str:
        """The first port that can be taken, when one is being picked for the first time."""
        if self._service is None or self.table.current:
            return ""
        return next((str(row.port) for row, _ in rows if not self._problem(row.port)), "")

    def _show_detail(self) -> None:
        view = self.app.view
        row = next((row for row in view.ports if row.port == self._port), None) if view is not None else None
        reason = self.why_not("pick") if self._service is not None else ""
        self.query_one("#port", Static).update(port_detail(self._port, row, reason))
