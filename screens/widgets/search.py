"""The line one types into to find something: it filters a list or searches a text while one types."""

from __future__ import annotations

from typing import ClassVar, Protocol, runtime_checkable

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Input, Static


@runtime_checkable
class Searchable(Protocol):
    """What can be filtered or searched."""

    def seek(self, words: str) -> str:
        """Looks for the words; says what was found, '' for no words."""

    def seek_next(self, step: int) -> str:
        """Goes to the next match, or the one before; says which that is."""


class SearchBar(Horizontal):
    """`/words   3 of 12`. Enter goes on with what was found, Escape ends the search."""

    DEFAULT_CSS = """
    SearchBar {
        height: 1;
        display: none;
        background: $panel;
        &.-shown { display: block; }
        #slash { width: 2; color: $text-accent; text-style: bold; }
        #sought { width: 1fr; border: none; height: 1; padding: 0; background: $panel; }
        #found { width: auto; padding: 0 1; color: $text-muted; }
    }
    """
    # Before the keys that follow, however fast they come: those belong to what was found.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "keep", "Go on with what was found", show=False, priority=True),
        Binding("escape", "end", "End the search", show=False, priority=True),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.target: Searchable | None = None

    def compose(self) -> ComposeResult:
        """Yields sign, words, what was found."""
        yield Static("/", id="slash", markup=False)
        yield Input(id="sought", compact=True)
        yield Static(id="found", markup=False)

    def begin(self, target: Searchable) -> None:
        """Searches this from now on."""
        self.target = target
        self.add_class("-shown")
        field = self.query_one(Input)
        field.value = ""
        self.say("")
        self.screen.set_focus(field)  # at once: what is typed next belongs there

    def say(self, found: str) -> None:
        """Shows what was found."""
        self.query_one("#found", Static).update(found)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self.target is not None and self.has_class("-shown"):
            self.say(self.target.seek(event.value))

    def action_keep(self) -> None:
        """Goes on with what was found; with no words, as before."""
        if self.query_one(Input).value:
            self._go_on()
        else:
            self.action_end()

    def action_end(self) -> None:
        """Forgets the words."""
        if self.target is not None:
            self.target.seek("")
        self.remove_class("-shown")
        self._go_on()

    def _go_on(self) -> None:
        if isinstance(self.target, Widget):
            self.screen.set_focus(self.target)
