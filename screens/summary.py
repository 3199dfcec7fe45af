"""One service as a whole: its items, its commits, what is left, what to do next."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from screens.base import WizardScreen
from screens.intents import OpenRequested, StackRead
from screens.keymap import key
from screens.present.summary import service_summary


class SummaryScreen(WizardScreen):
    """What was reached, and what is left."""

    CSS_PATH = "summary.tcss"
    HINT = "The items of this service, the wizard's commits, what is left, and what to do next."
    BINDINGS: ClassVar[list[BindingType]] = [
        key("next", "go_on", name="Go on", does="to the first phase with something left", show=True),
        key("services", "stack", show=True),
    ]

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def body(self) -> Iterable[Widget]:
        """Yields one text that scrolls."""
        with VerticalScroll(id="summary-box"):
            yield Static(id="text", markup=False)

    def on_mount(self) -> None:
        """Shows what was read."""
        super().on_mount()
        self.crumbs(self._service, "summary")
        self.query_one("#summary-box").focus()
        self._show()

    @on(StackRead)
    def _read(self) -> None:
        self._show()

    @property
    def service(self) -> str:
        """The service that is summed up."""
        return self._service

    def place_to_copy(self) -> str:
        """Returns the command that goes on with the service."""
        return f"stack-wizard run {self._service}"

    def why_not(self, action: str) -> str:
        """Says why one cannot go on: that needs something that is left."""
        view = self.app.view
        if action == "go_on" and view is not None and view.next_phase(self._service) is None:
            return "nothing is left for the wizard to write; o goes to all services"
        return super().why_not(action)

    def action_go_on(self) -> None:
        """Opens the first phase with something left."""
        self.app.leave()
        self.app.post_message(OpenRequested(self._service))

    def action_stack(self) -> None:
        """Goes all the way back."""
        while len(self.app.screen_stack) > 1 and self.app.screen is not self.app.screen_stack[0]:
            self.app.leave()

    def on_resize(self) -> None:
        """Cuts the lines to the width."""
        self._show()

    def _show(self) -> None:
        view = self.app.view
        report = view.report(self._service) if view is not None else None
        text = Content("Nothing of this service is written yet.")
        if view is not None and report is not None:
            text = service_summary(view, report, self.size.width - 5)
        self.query_one("#text", Static).update(text)
        self.refresh_bindings()
