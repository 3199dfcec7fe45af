"""What the stack's own checklist runs in live checks, and whether this person lets it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from screens.keymap import key
from screens.modals.base import SeenFirstModal
from screens.widgets.layout import Line
from screens.widgets.lines import Lines
from wizard.pipeline.own.trusting import BESIDES, Command, said_of


class TrustModal(SeenFirstModal):
    """Answers True when these commands may run from now on, False when none may any more."""

    BINDINGS: ClassVar[list[BindingType]] = [key("trust", "answer(True)"), key("untrust", "answer(False)")]

    def __init__(self, commands: tuple[Command, ...], *, trusted: bool) -> None:
        super().__init__()
        self._commands = commands
        self._trusted = trusted

    def compose(self) -> ComposeResult:
        """Yields every command with its line, and what holds now."""
        with Vertical(id="box") as box:
            box.border_title = Content("Commands of the stack's own checklist")
            box.border_subtitle = "Drawing them · Esc leaves it as it is"
            until = "until a byte of the checklist changes"
            holds = f"Trusted {until}." if self._trusted else f"None of them runs yet. Trust holds {until}."
            yield Static(f"{holds} {BESIDES[0].upper()}{BESIDES[1:]}.", markup=False)
            yield Lines(id="review")

    def on_mount(self) -> None:
        """Shows them."""
        self.show_lines([Line(said_of(command)) for command in self._commands])

    def refuses_early(self, key: str) -> str:
        """Trusts nothing that the person did not see."""
        return "this key came before the commands were on the screen: look at them first" if key == "Y" else ""

    def keys(self) -> str:
        """Returns the key that changes what holds, and the way out."""
        return f"{'U trusts them no longer' if self._trusted else 'Y trusts them'} · Esc leaves it as it is"

    def action_answer(self, trusted: bool) -> None:
        """Answers, where that changes anything."""
        if self.seen and trusted != self._trusted:
            _ = self.dismiss(trusted)
