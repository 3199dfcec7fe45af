"""The frame of every modal: a box, Escape closes it without an answer."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual import getters
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from screens.bridge import Bridge

Answer = TypeVar("Answer")


class WizardModal(ModalScreen[Answer]):
    """A question or a message over the screen that asked."""

    CSS_PATH = "modals.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Close")]
    app = getters.app(Bridge)

    def compose(self) -> ComposeResult:
        """Yields what the subclass gives."""
        raise NotImplementedError

    def action_cancel(self) -> None:
        """Closes without an answer."""
        _ = self.dismiss(None)

    def refuses_early(self, key: str) -> str:
        """Says why a key is not taken that was pressed before this was to be seen; letters of a question are."""
        del key
        return ""
