"""A text to read: help, what was detected, a failure."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content

from screens.keymap import key
from screens.modals.base import WizardModal
from screens.widgets.labelled import Hung


class TellModal(WizardModal[None]):
    """Text in a box; any of the usual keys closes it."""

    DEFAULT_CSS = """
    TellModal #text-box { height: auto; max-height: 100%; }
    TellModal #text { height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,q,question_mark,f1", "cancel", "Close"),
        key("down", "scroll('down')"),
        key("up", "scroll('up')"),
        key("top", "scroll('home')"),
        key("bottom", "scroll('end')"),
        Binding("pageup", "scroll('page_up')", "Page up", show=False),
        Binding("pagedown,space", "scroll('page_down')", "Page down", show=False),
    ]

    def __init__(self, heading: str, text: Content, *, danger: bool = False) -> None:
        super().__init__(classes="-danger" if danger else "")
        self._heading = heading
        self._text = text

    def compose(self) -> ComposeResult:
        """Yields the text, which scrolls when it is long."""
        with Vertical(id="box") as box:
            box.border_title = Content(self._heading)
            box.border_subtitle = "Esc closes"
            with VerticalScroll(id="text-box"):
                yield Hung(self._text, id="text")

    def refuses_early(self, key: str) -> str:
        """Keeps a failure on the screen until it was to be seen."""
        del key
        return "this key came before this was on the screen: press it again" if self.has_class("-danger") else ""

    def action_scroll(self, where: str) -> None:
        """Scrolls by a line, by a page, or to an end."""
        getattr(self.query_one("#text-box", VerticalScroll), f"scroll_{where}")(animate=False)
