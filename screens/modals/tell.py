"""A text to read: help, what was detected, a failure."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets._static import Static

from screens.modals.base import WizardModal


class TellModal(WizardModal[None]):
    """Text in a box; any of the usual keys closes it."""

    DEFAULT_CSS = """
    TellModal #text-box { height: auto; max-height: 100%; }
    TellModal #text { height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,q,question_mark,f1", "cancel", "Close"),
        Binding("j", "scroll(1)", "Down", show=False),
        Binding("k", "scroll(-1)", "Up", show=False),
    ]

    def __init__(self, heading: str, text: Content, *, danger: bool = False) -> None:
        super().__init__(classes="-danger" if danger else "")
        self._heading = heading
        self._text = text

    def compose(self) -> ComposeResult:
        """The text scrolls when it is long."""
        with Vertical(id="box") as box:
            box.border_title = Content(self._heading)
            box.border_subtitle = "Esc closes"
            with VerticalScroll(id="text-box"):
                yield Static(self._text, id="text", markup=False)

    def action_scroll(self, direction: int) -> None:
        """Line by line."""
        box = self.query_one("#text-box", VerticalScroll)
        (box.scroll_down if direction > 0 else box.scroll_up)(animate=False)
