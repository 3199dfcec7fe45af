"""The fields of the answers' form: label, input, and a line that says what is wrong or where it was read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Input, Static

from screens.present.hints import in_app
from screens.present.values import MUTED, STYLES, literal
from screens.widgets.field import Field
from wizard.values.finding import Status

LABEL, NOTE = 14, 13
"""Columns before the choices of a label, and before what stands below them: as with the fields."""


class Noted(Vertical):
    """Something with a line below it."""

    touched = False

    def note(self, problem: str, otherwise: Content) -> None:
        """Say what is wrong; before anything was typed here, quietly."""
        note = self.query_one_optional(".note", Static)
        if note is None:
            return  # a row that is being added: what is typed in it is judged in a moment
        text = otherwise
        if problem:
            sign, style = ("✗ ", STYLES[Status.BROKEN]) if self.touched else ("○ ", MUTED)
            text = Content.assemble(
                (sign, style), literal(in_app(problem), 300, "$text-error" if self.touched else MUTED)
            )
        note.update(text)
        note.set_class(bool(text.plain), "-shown")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        if event.input.has_focus:
            self.touched = True


class Entry(Noted):
    """One answer of one line. `place`: which answer it is, where that is no field of its own."""

    def __init__(
        self,
        field: str,
        label: str,
        value: str,
        placeholder: str,
        *,
        disabled: bool = False,
        place: tuple[str | int, ...] = (),
    ) -> None:
        super().__init__(id=f"entry-{field}")
        self.field = field
        self.place = place or (field,)
        self._label = label
        self._input = Field(
            value, placeholder=placeholder, compact=True, disabled=disabled, id=f"field-{field}", select_on_focus=False
        )

    def compose(self) -> ComposeResult:
        """Label, input, note."""
        with Horizontal(classes="line"):
            yield Static(self._label, classes="label", markup=False)
            yield self._input
        yield Static(classes="note", markup=False)

    @property
    def value(self) -> str:
        """What is typed."""
        return self._input.value

    @value.setter
    def value(self, text: str) -> None:
        self._input.value = text


class RowEntry(Noted):
    """One row of a list: several inputs side by side."""

    def __init__(self, texts: Sequence[str], placeholders: Sequence[str]) -> None:
        super().__init__()
        last = len(texts) - 1
        self._inputs = [
            Field(text, placeholder=holder, compact=True, select_on_focus=False, classes=_width(number, last))
            for number, (text, holder) in enumerate(zip(texts, placeholders, strict=True))
        ]

    def compose(self) -> ComposeResult:
        """Inputs, note."""
        with Horizontal(classes="line"):
            yield from self._inputs
        yield Static(classes="note row-note", markup=False)

    @property
    def texts(self) -> tuple[str, ...]:
        """What is typed."""
        return tuple(field.value for field in self._inputs)

    def column(self, field: Widget | None) -> int:
        """Returns which of the inputs this is; the first when it is none of them."""
        return next((number for number, one in enumerate(self._inputs) if one is field), 0)

    @property
    def blank(self) -> bool:
        """Nothing is typed in this row."""
        return not any(text.strip() for text in self.texts)


def _width(number: int, last: int) -> str:
    return "" if number == last else "-name" if number == 0 else "-value"


class RowList(Vertical):
    """A list of rows; one can be added and removed."""

    class Changed(Message):
        """A row was added or removed."""

    def __init__(self, field: str, rows: Iterable[Sequence[str]], placeholders: Sequence[str]) -> None:
        super().__init__(id=f"rows-{field}", classes="rows")
        self.field = field
        self._placeholders = tuple(placeholders)
        self._initial = [tuple(row) for row in rows]

    def compose(self) -> ComposeResult:
        """The rows there are, and a line to add one."""
        for row in self._initial:
            yield RowEntry(row, self._placeholders)
        yield AddRow(id=f"add-{self.field}")

    @property
    def rows(self) -> list[RowEntry]:
        """The rows in order."""
        return list(self.query(RowEntry))

    def values(self) -> tuple[tuple[str, ...], ...]:
        """What is typed in every row."""
        return tuple(row.texts for row in self.rows)

    async def add_row(self) -> None:
        """One empty row more, with the cursor in it."""
        row = RowEntry([""] * len(self._placeholders), self._placeholders)
        await self.mount(row, before=self.query_one(AddRow))
        self.screen.set_focus(row.query(Input).first())  # at once: what is typed next belongs there
        self.post_message(self.Changed())

    async def remove_row(self, row: RowEntry) -> None:
        """Take a row away; the cursor goes to the line that adds one."""
        self.screen.set_focus(self.query_one(AddRow))
        await row.remove()
        self.post_message(self.Changed())


class Toggle(Static, can_focus=True):
    """Yes or no, readable without colour: `[x] words`. Space, Enter or a click turns it."""

    value: reactive[bool] = reactive(False, init=False)

    class Changed(Message):
        """It was turned."""

    def __init__(self, words: str, value: bool, *, id: str) -> None:
        super().__init__(id=id, markup=False)
        self._words = words
        self.set_reactive(Toggle.value, value)

    def on_mount(self) -> None:
        """Show the first value."""
        self._draw()

    def watch_value(self) -> None:
        """Show it and tell."""
        self._draw()
        self.post_message(self.Changed())

    def on_key(self, event: events.Key) -> None:
        """Space or Enter."""
        if event.key in ("enter", "space"):
            event.stop()
            self.value = not self.value

    def on_click(self, event: events.Click) -> None:
        """A click."""
        event.stop()
        self.value = not self.value

    def _draw(self) -> None:
        self.update(Content(f"{'[x]' if self.value else '[ ]'} {self._words}"))


class AddRow(Static, can_focus=True):
    """`+ add`: Enter, space or a click adds a row."""

    def __init__(self, *, id: str) -> None:
        super().__init__("+ add  (F4 here, F8 removes)", id=id, classes="add", markup=False)

    async def _add(self) -> None:
        parent = self.parent
        if isinstance(parent, RowList):
            await parent.add_row()

    async def on_key(self, event: events.Key) -> None:
        """Enter or space."""
        if event.key in ("enter", "space"):
            event.stop()
            await self._add()

    async def on_click(self, event: events.Click) -> None:
        """A click."""
        event.stop()
        await self._add()


class Choice(Static, can_focus=True):
    """One of a few, on one line, readable without colour: `(•) this  ( ) that`. Arrows or space choose. `hands_on`:
    letters are for the field behind it.
    """

    value: reactive[str] = reactive("", init=False)

    class Changed(Message):
        """Another one was chosen."""

    class Typed(Message):
        """Text was typed, which chooses nothing here."""

        def __init__(self, choice: Choice, text: str) -> None:
            super().__init__()
            self.choice, self.text = choice, text

    def __init__(self, label: str, choices: Mapping[str, str], value: str, *, id: str, hands_on: bool = False) -> None:
        super().__init__(id=id, markup=False)
        self._hands_on = hands_on
        self._label = label
        self._choices = dict(choices)
        self._note = Content("")
        self.set_reactive(Choice.value, value)

    def on_mount(self) -> None:
        """Shows the first value."""
        self._draw()

    def watch_value(self) -> None:
        """Shows it and tells."""
        self._draw()
        self.post_message(self.Changed())

    def note(self, text: Content) -> None:
        """Says below it where the answer is from."""
        if text != self._note:
            self._note = text
            self._draw()

    def on_resize(self) -> None:
        """Breaks the note anew."""
        self._draw()

    def on_key(self, event: events.Key) -> None:
        """Takes the one beside it."""
        step = {"right": 1, "space": 1, "left": -1}.get(event.key)
        if step is not None:
            event.stop()
            names = list(self._choices)
            at = names.index(self.value) if self.value in names else -1 if step > 0 else 0
            self.value = names[(at + step) % len(names)]
        elif self._hands_on and event.character and (event.character.isalnum() or event.character in "_-"):
            event.stop()
            self.post_message(self.Typed(self, event.character))

    def on_paste(self, event: events.Paste) -> None:
        """Hands on what is pasted, too."""
        text = event.text.strip().partition("\n")[0]
        if self._hands_on and text:
            event.stop()
            self.post_message(self.Typed(self, text))

    def _draw(self) -> None:
        shown = " ".join(f"{'(•)' if name == self.value else '( )'} {words}" for name, words in self._choices.items())
        lines = [Content.assemble((f"{self._label:<{LABEL}}", MUTED), shown)]
        room = max(20, self.size.width - NOTE)
        lines += [Content(" " * NOTE) + line for line in self._note.wrap(room)] if self._note else []
        self.update(Content("\n").join(lines))
