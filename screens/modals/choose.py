"""One question with a few numbered answers; the safe one comes first and has the focus."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static

from screens.modals.base import WizardModal


class ChooseModal(WizardModal[str | None]):
    """Answers are (name, what it does), chosen by number; the result is the name. Escape answers nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "app.focus_previous", "Previous", show=False),
        Binding("right", "app.focus_next", "Next", show=False),
    ]

    def __init__(
        self, heading: str, text: Content, answers: Sequence[tuple[str, str]], *, danger: bool = False
    ) -> None:
        super().__init__(classes="-danger" if danger else "")
        self._heading = heading
        self._text = text
        self._answers = tuple(answers)

    def compose(self) -> ComposeResult:
        """Yields question, what each answer does, buttons."""
        with Vertical(id="box") as box:
            box.border_title = Content(self._heading)
            box.border_subtitle = "Esc stays here"
            yield Static(self._text, markup=False)
            for number, (name, does) in enumerate(self._answers, 1):
                yield Static(
                    Content.assemble((f"  {number} ", "bold $text-accent"), (name, "bold"), f"  {does}"), markup=False
                )
            with Horizontal(id="buttons"):
                for name, _ in self._answers:
                    yield Button(Content(name), id=f"answer-{name.lower().replace(' ', '-')}", compact=True)

    def on_mount(self) -> None:
        """Puts the focus on the first answer: it is the safe one."""
        self.query(Button).first().focus()

    def on_key(self, event: events.Key) -> None:
        """Takes the answer of a number."""
        for number, (name, _) in enumerate(self._answers, 1):
            if event.key == str(number):
                event.stop()
                _ = self.dismiss(name)

    def refuses_early(self, key: str) -> str:
        """Takes no answer to a question that was not read, but Escape."""
        return "" if key == "escape" else "this key came before the question was on the screen: press it again"

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        wanted = event.button.id or ""
        for name, _ in self._answers:
            if wanted == f"answer-{name.lower().replace(' ', '-')}":
                _ = self.dismiss(name)
