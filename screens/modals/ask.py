"""One line of text, checked while it is typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from screens.modals.base import WizardModal
from screens.present.values import literal
from screens.widgets.field import Field


class AskModal(WizardModal[str | None]):
    """The result is the text; `check` says what is wrong with it ('' nothing)."""

    DEFAULT_CSS = """
    AskModal Input { margin-top: 1; }
    AskModal #problem { height: 1; color: $text-warning; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s", "accept", "Accept")]

    def __init__(self, heading: str, text: Content, check: Callable[[str], str], placeholder: str = "") -> None:
        super().__init__()
        self._heading = heading
        self._text = text
        self._check = check
        self._placeholder = placeholder

    def compose(self) -> ComposeResult:
        """Yields question, field, problem."""
        with Vertical(id="box") as box:
            box.border_title = Content(self._heading)
            box.border_subtitle = "Enter accepts · Esc gives up"
            yield Static(self._text, markup=False)
            yield Field(placeholder=self._placeholder, compact=False)
            yield Static(id="problem", markup=False)

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        self.query_one("#problem", Static).update(literal(self._check(event.value)))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_accept()

    def action_accept(self) -> None:
        """Answers, unless something is wrong with it."""
        value = self.query_one(Input).value
        problem = self._check(value)
        if problem:
            self.query_one("#problem", Static).update(literal(problem))
        else:
            _ = self.dismiss(value)
