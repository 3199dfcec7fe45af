"""The answers about one service, checked by the core's rules while they are typed; beside them what they make."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input, Static

from screens import intents
from screens.keymap import key
from screens.ports import PortPicked, PortsScreen
from screens.present.spec import preview_head
from screens.spec.layout import SpecLayout
from screens.widgets.entries import AddRow, Choice, Entry, Noted, RowList, Toggle
from wizard.audit.ports import choose_port
from wizard.pipeline.answer_form import AnswerForm
from wizard.pipeline.guided import answered, form_of

if TYPE_CHECKING:
    from wizard.values.spec import Inferred


class SpecScreen(SpecLayout):
    """What can be done with the answers: they are kept, judged, corrected and settled."""

    CSS_PATH = "spec.tcss"
    AUTO_FOCUS = ""
    HINT = (
        "What the wizard needs to know about a service. Values that were read from the stack show their line; what the "
        "field under the cursor asks stands below the form, with a correction that F5 takes when it is wrong. Fields "
        "and columns are written in short: `symbol str, price float (in euro)`; a column that may be empty ends in ?: "
        "`note str?`. Everything is kept while you type; leaving loses nothing."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "settle", "Go on", tooltip="to the phases, with these answers"),
        key("pick_port", "ports", show=True),
        key("preview", show=True),
        # What moves the cursor comes before the keys that follow it, however fast they are typed or pasted.
        Binding("enter", "next_field", show=False, priority=True),
        key("add_row", priority=True),
        key("correct", priority=True),
        key("remove_row", priority=True),
        key("start_over"),
    ]

    def __init__(self, name: str, inferred: Inferred, form: AnswerForm, *, drafted: bool) -> None:
        super().__init__(name, inferred, form, drafted=drafted)
        self._kept = form
        self._port_is_ours = not drafted
        self._suggested = form.port
        self._before_preview: Widget | None = None
        self._typed_at: tuple[object, ...] = ()

    def on_mount(self) -> None:
        """Judge what stands there already."""
        super().on_mount()
        self.crumbs(self._service or "new service", "answers")
        asks_kind = not self._service and not self._drafted and not self._first.kind
        first = "#kind" if asks_kind else "#field-purpose" if self._service else "#field-name"
        self.query_one(first).focus()
        self._judge()

    # What is typed

    def keep(self) -> None:
        """Take in what the fields hold, whether they have said so yet or not."""
        if self.is_current and not self._rebuilding:
            self._changed()

    @on(Choice.Typed)
    def _typed_over(self, event: Choice.Typed) -> None:
        """Takes who begins with the name to its field: no letter is lost, and none is a deed."""
        name = self.query_one("#field-name", Input)
        self.set_focus(name)
        name.insert_text_at_cursor(event.text)

    @on(Input.Changed)
    @on(Toggle.Changed)
    @on(Choice.Changed)
    @on(RowList.Changed)
    def _changed(self) -> None:
        if self._rebuilding or (form := self.form()) == self._kept:
            return
        self._remember(form)
        if form.port not in (self._kept.port, self._suggested):
            self._port_is_ours = False
        self._kept = form
        self.post_message(intents.DraftChanged(self._service, form))
        self._suggest_port(form)
        self._judge()

    def _remember(self, form: AnswerForm) -> None:
        """Keeps the answers before this change; what is typed in one field without a break is one change."""
        past, undone = self.app.forms.setdefault(self._service, ([], []))
        here = (self.place_at_cursor(), *(len(rows.rows) for rows in self.query(RowList)))
        if here != self._typed_at or (form.kind, form.seed, form.own_role) != (
            self._kept.kind,
            self._kept.seed,
            self._kept.own_role,
        ):
            past.append(self._kept)
        self._typed_at = here
        undone.clear()

    async def _rebuild(self, form: AnswerForm) -> None:
        """Shows other answers in the same form."""
        focused = self.focused.id if self.focused is not None else None
        box = self.query_one("#form")
        self._rebuilding, self._typed_at = True, ()
        self._kept = self._shown = form
        async with self.batch():
            await box.remove_children()
            await box.mount_all(self._fields())
        self._rebuilding = False
        self._kept = self.form()
        again = self.query_one_optional(f"#{focused}", Widget) if focused else None
        self.set_focus(again or self.query_one("#field-purpose", Input))
        self._judge()

    async def action_undo(self) -> None:
        """Goes back to the answers before the last change."""
        await self._step(0, "nothing was typed here yet that can be undone")

    async def action_redo(self) -> None:
        """Goes forth again."""
        await self._step(1, "nothing was undone here that can be done again")

    async def _step(self, way: int, otherwise: str) -> None:
        if self._rebuilding:
            return
        ways = self.app.forms.setdefault(self._service, ([], []))
        if not ways[way]:
            self.say(otherwise)
            return
        ways[1 - way].append(self.form())
        form = ways[way].pop()
        self.post_message(intents.DraftChanged(self._service, form))
        await self._rebuild(form)

    def _suggest_port(self, form: AnswerForm) -> None:
        """While nobody typed a port, the one that is kept for the name stands there."""
        view = self.app.view
        if self._service or not self._port_is_ours or view is None:
            return
        port = choose_port(view.facts, form.name.strip())
        if port is not None and str(port) != form.port:
            self._suggested = str(port)
            self.query_one("#entry-port", Entry).value = str(port)

    # Facts

    @on(PortPicked)
    def _picked(self, fact: PortPicked) -> None:
        self._port_is_ours = False
        self.query_one("#entry-port", Entry).value = str(fact.port)

    @on(intents.Previewed)
    def _previewed(self, fact: intents.Previewed) -> None:
        from screens.phases.state import PhaseScreenState
        from screens.present.phase import changes

        if self.answers is not None and self.answers.complete and fact.planned.spec == self.answers.spec:
            state = PhaseScreenState(fact.planned.spec, fact.planned.changeset.phase).with_plan(fact.planned)
            self.query_one("#preview-head", Static).update(preview_head(fact.planned))
            self.preview_lines.show(changes(state), keep=True)

    @on(intents.StackRead)
    def _stack_read(self) -> None:
        self._judge()

    # What can be done

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enter goes to the next field only from a field."""
        if action == "next_field":
            return isinstance(self.focused, Input | AddRow | Choice)
        return super().check_action(action, parameters)

    def why_not(self, action: str) -> str:
        """Rows are removed where one is."""
        if action == "remove_row" and self.row_at_cursor() is None:
            return "the cursor is in no row"
        if action == "add_row" and self.rows_at_cursor() is None:
            return "the cursor is in no list; go to one with Tab"
        if action == "correct" and not self.offered:
            return "nothing better is known for this answer"
        return ""

    def action_settle(self) -> None:
        """On to the phases, when the stack can take these answers as they were typed to the last key."""
        self.after_typing(self._settle)

    def _settle(self) -> None:
        if not self.is_current or self._rebuilding:
            return
        if self.answers is None or not self.answers.complete:
            self._go_to_problem()
            return
        self.post_message(intents.SpecSettled(self.answers.spec, self.form(), self._service))

    async def action_next_field(self) -> None:
        """The next field; on the line that adds a row, a row."""
        if isinstance(self.focused, AddRow):
            await self.action_add_row()
        else:
            self.focus_next()

    def action_ports(self) -> None:
        """Pick a port."""
        self.app.show(PortsScreen(self.form().name.strip()))

    def action_preview(self) -> None:
        """The preview in place of the form, where there is no room for both."""
        if not self.has_class("-preview"):
            self._before_preview = self.focused
        self.toggle_class("-preview")
        if self.has_class("-preview"):
            self.preview_lines.focus()
        elif self._before_preview is not None and self._before_preview.is_attached:
            self._before_preview.focus()

    def action_correct(self) -> None:
        """Takes what is offered for the answer under the cursor."""
        field = self.focused
        if isinstance(field, Input) and self.offered:
            field.value = self.offered
            field.cursor_position = len(self.offered)

    async def action_add_row(self) -> None:
        """One row more in the list where the cursor is."""
        rows = self.rows_at_cursor()
        if rows is not None:
            await rows.add_row()

    async def action_remove_row(self) -> None:
        """The row where the cursor is."""
        row, rows = self.row_at_cursor(), self.rows_at_cursor()
        if row is not None and rows is not None:
            await rows.remove_row(row)
            self.say("the row is gone; ^z brings it back")

    async def action_start_over(self) -> None:
        """Shows what the stack says; what was typed can be brought back."""
        view = self.app.view
        if view is None or self._rebuilding:
            return
        past, undone = self.app.forms.setdefault(self._service, ([], []))
        past.append(self.form())
        undone.clear()
        self._drafted, self._port_is_ours = False, not self._service
        self._first = form_of(view.facts, self._inferred, self._service)
        self._suggested = self._first.port
        self.post_message(intents.DraftDiscarded(self._service))
        await self._rebuild(self._first)
        self.say("started over; ^z brings back what was typed")

    def action_back(self) -> None:
        """Out of the preview first; the answers are kept."""
        if self.has_class("-preview") and not self.has_class("-wide"):
            self.action_preview()
            return
        self.after_typing(self._leave)

    def _leave(self) -> None:
        if not self.is_current:
            return
        self.post_message(intents.ReadRequested())
        self.app.leave()

    # Showing

    def _judge(self) -> None:
        view = self.app.view
        if view is None or not self.is_attached or self._rebuilding:
            return
        self.answers = answered(view.facts, self._inferred, self.form(), new=not self._service)
        self.show_answers()
        if self.answers.complete:
            self.post_message(intents.PreviewRequested(self.answers.spec))
        self.refresh_bindings()

    def _go_to_problem(self) -> None:
        """The cursor goes where the first problem is; it is said there."""
        answers = self.answers
        if answers is None:
            self.say("the stack is still being read")
            return
        for entry in self.query(Entry):
            if answers.problem(*entry.place):
                self._point_at(entry)
                return
        for rows in self.query(RowList):
            filled = [row for row in rows.rows if not row.blank]
            for number, row in enumerate(filled):
                if answers.problem(rows.field, number):
                    self._point_at(row)
                    return
        self.say(str(answers.problems[0]))

    def _point_at(self, place: Noted) -> None:
        place.touched = True
        place.query(Input).last().focus()
        self._judge()
