"""One question with a few answers, each with its own key; the safe one has the focus."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets._button import Button
from textual.widgets._static import Static

from screens.modals.base import WizardModal


class ChooseModal(WizardModal[str | None]):
    """Answers are (key, name, what it does); the result is the name. Escape answers nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "app.focus_previous", "Previous", show=False),
        Binding("right,l", "app.focus_next", "Next", show=False),
    ]

    def __init__(
        self, heading: str, text: Content, answers: Sequence[tuple[str, str, str]], *, danger: bool = False
    ) -> None:
        super().__init__(classes="-danger" if danger else "")
        self._heading = heading
        self._text = text
        self._answers = tuple(answers)

    def compose(self) -> ComposeResult:
        """Question, what each answer does, buttons."""
        with Vertical(id="box") as box:
            box.border_title = Content(self._heading)
            box.border_subtitle = "Esc stays here"
            yield Static(self._text, markup=False)
            for key, name, does in self._answers:
                yield Static(
                    Content.assemble((f"  {key} ", "bold $text-accent"), (name, "bold"), f"  {does}"), markup=False
                )
            with Horizontal(id="buttons"):
                for _, name, _ in self._answers:
                    yield Button(Content(name), id=f"answer-{name.lower().replace(' ', '-')}", compact=True)

    def on_mount(self) -> None:
        """The first answer is the safe one."""
        self.query(Button).first().focus()

    def on_key(self, event: events.Key) -> None:
        """The answers' own keys."""
        for key, name, _ in self._answers:
            if event.key == key:
                event.stop()
                _ = self.dismiss(name)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        wanted = event.button.id or ""
        for _, name, _ in self._answers:
            if wanted == f"answer-{name.lower().replace(' ', '-')}":
                _ = self.dismiss(name)
