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
        """Given by the subclass."""
        raise NotImplementedError

    def action_cancel(self) -> None:
        """No answer."""
        _ = self.dismiss(None)
