"""The frame of every modal: a box, Escape closes it without an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import getters
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from screens.bridge import Bridge

if TYPE_CHECKING:
    from screens.widgets.layout import Line

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


class SeenFirstModal(WizardModal[bool | None]):
    """A question about lines in `#review`, which is answered only after they stood on the screen."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = False

    def keys(self) -> str:
        """Returns what the box says of its keys, once they are heard."""
        raise NotImplementedError

    def show_lines(self, shown: Sequence[Line]) -> None:
        """Shows what is asked about."""
        from screens.widgets.lines import Lines  # most modals have none

        lines = self.query_one("#review", Lines)
        lines.show(shown)
        lines.focus()
        self.call_after_refresh(self._painted)

    def _painted(self) -> None:
        """Says the keys only from here on: before, they are not heard."""
        self.seen = True
        self.query_one("#box").border_subtitle = self.keys()
