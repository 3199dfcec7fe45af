"""The answers about one service, checked by the core's rules while they are typed; beside them what they make."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets._input import Input
from textual.widgets._static import Static

from screens import intents
from screens.base import WizardScreen
from screens.ports import PortPicked, PortsScreen
from screens.present_spec import otherwise, preview_head, still_to_answer
from screens.widgets.bars import NextBar
from screens.widgets.entries import AddRow, Entry, Noted, RowEntry, RowList, Toggle
from screens.widgets.lines import Lines
from wizard.audit.ports import choose_port
from wizard.pipeline.guided import Answered, answered
from wizard.pipeline.sheet import Row, Sheet, VariableRow

if TYPE_CHECKING:
    from wizard.values.spec import Inferred

CHANNEL = ("channel", "fields: symbol str, price float")
TABLE = ("table", "columns: symbol text, note text?")
VARIABLE = ("NAME", "default", "value in compose", "what it is for")
SECTIONS = {
    "inputs": "Inputs: the channels it reads",
    "outputs": "Outputs: the channels it writes",
    "tables": "Tables of its own",
    "variables": "Further environment variables",
}


class SpecScreen(WizardScreen):
    """`name`: the service as the stack knows it, '' for a new one."""

    CSS_PATH = "spec.tcss"
    AUTO_FOCUS = ""
    HINT = (
        "What the wizard needs to know about a service. Values that were read from the stack show their line. Fields "
        "and columns are written in short: `symbol str, price float (in euro)`; a column that may be empty ends in ?: "
        "`note text?`. Everything is kept while you type; leaving loses nothing."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "settle", "Go on", tooltip="to the phases, with these answers"),
        Binding("f2", "ports", "Ports", tooltip="pick the port from the registry"),
        Binding("f3", "preview", "Preview", tooltip="what these answers would make"),
        # What moves the cursor comes before the keys that follow it, however fast they are typed or pasted.
        Binding("enter", "next_field", show=False, priority=True),
        Binding("f4", "add_row", "Add row", show=False, priority=True, tooltip="one channel, table or variable more"),
        Binding(
            "f8", "remove_row", "Remove row", show=False, priority=True, tooltip="take the row under the cursor away"
        ),
        Binding(
            "f9", "start_over", "Start over", show=False, tooltip="forget what was typed, show what the stack says"
        ),
    ]
    preview_lines = getters.query_one("#preview", Lines)

    def __init__(self, name: str, inferred: Inferred, sheet: Sheet, *, drafted: bool) -> None:
        super().__init__()
        self._service = name
        self._inferred = inferred
        self._first = sheet
        self._kept = sheet
        self._drafted = drafted
        self._port_is_ours = not drafted
        self._suggested = sheet.port
        self.answers: Answered | None = None

    def body(self) -> Iterable[Widget]:
        """Form and preview."""
        with Vertical(id="spec-body"):
            with VerticalScroll(id="form", can_focus=False):
                yield from self._fields()
            with Vertical(id="preview-box"):
                yield Static(id="preview-head", markup=False)
                yield Lines(id="preview")
        yield NextBar()

    def _fields(self) -> Iterable[Widget]:
        sheet = self._first
        if self._drafted:
            yield Static("✎ This is what you typed earlier; F9 starts over.", id="kept", markup=False)
        yield Entry("name", "Name", sheet.name, "snake_case, the package's name", disabled=bool(self._service))
        yield Entry("purpose", "Purpose", sheet.purpose, "one sentence: what it is for")
        yield Entry("port", "Port", sheet.port, "F2 picks it from the registry")
        yield Static(id="section-inputs", classes="section", markup=False)
        yield RowList("inputs", [(r.name, r.members) for r in sheet.inputs], CHANNEL)
        yield Static(id="section-outputs", classes="section", markup=False)
        yield RowList("outputs", [(r.name, r.members) for r in sheet.outputs], CHANNEL)
        yield Static(id="section-tables", classes="section", markup=False)
        yield RowList("tables", [(r.name, r.members) for r in sheet.tables], TABLE)
        yield Toggle("rows to seed", sheet.seed, id="seed")
        yield Static(id="section-variables", classes="section", markup=False)
        variables = [(v.name, v.default, v.value, v.description) for v in sheet.variables]
        yield RowList("variables", variables, VARIABLE)
        yield Static("The rest", classes="section", markup=False)
        yield Entry("handler", "Handler", sheet.handler, "the function in logic.py")
        yield Entry("talks_to", "Talks to", sheet.talks_to, "other services, between commas")
        yield Entry("base_image", "Base image", sheet.base_image, "NAME:TAG@sha256:… or empty: looked up")

    def on_mount(self) -> None:
        """Judge what stands there already."""
        super().on_mount()
        self.crumbs(self._service or "new service", "answers")
        self.query_one("#field-purpose" if self._service else "#field-name", Input).focus()
        self._judge()

    # What is typed

    def sheet(self) -> Sheet:
        """Everything as it stands in the form."""
        fields = {entry.field: entry.value for entry in self.query(Entry)}
        rows = {rows.field: rows.values() for rows in self.query(RowList)}
        return Sheet(
            **fields,
            seed=self.query_one("#seed", Toggle).value,
            inputs=tuple(Row(*texts) for texts in rows["inputs"]),
            outputs=tuple(Row(*texts) for texts in rows["outputs"]),
            tables=tuple(Row(*texts) for texts in rows["tables"]),
            variables=tuple(VariableRow(*texts) for texts in rows["variables"]),
        )

    def keep(self) -> None:
        """Take in what the fields hold, whether they have said so yet or not."""
        if self.is_current:
            self._changed()

    @on(Input.Changed)
    @on(Toggle.Changed)
    @on(RowList.Changed)
    def _changed(self) -> None:
        sheet = self.sheet()
        if sheet == self._kept:
            return
        if sheet.port not in (self._kept.port, self._suggested):
            self._port_is_ours = False
        self._kept = sheet
        self.post_message(intents.DraftChanged(self._service, sheet))
        self._suggest_port(sheet)
        self._judge()

    def _suggest_port(self, sheet: Sheet) -> None:
        """While nobody typed a port, the one that is kept for the name stands there."""
        view = self.app.view
        if self._service or not self._port_is_ours or view is None:
            return
        port = choose_port(view.facts, sheet.name.strip())
        if port is not None and str(port) != sheet.port:
            self._suggested = str(port)
            self.query_one("#entry-port", Entry).value = str(port)

    # Facts

    @on(PortPicked)
    def _picked(self, fact: PortPicked) -> None:
        self._port_is_ours = False
        self.query_one("#entry-port", Entry).value = str(fact.port)

    @on(intents.Previewed)
    def _previewed(self, fact: intents.Previewed) -> None:
        from screens.phase_state import PhaseView
        from screens.present_phase import changes

        if self.answers is not None and self.answers.complete and fact.planned.spec == self.answers.spec:
            state = PhaseView(fact.planned.spec, fact.planned.changeset.phase).with_plan(fact.planned)
            self.query_one("#preview-head", Static).update(preview_head(fact.planned))
            self.preview_lines.show(changes(state), keep=True)

    @on(intents.StackRead)
    def _stack_read(self) -> None:
        self._judge()

    # What can be done

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enter goes to the next field only from a field."""
        if action == "next_field":
            return isinstance(self.focused, Input | AddRow)
        return super().check_action(action, parameters)

    def why_not(self, action: str) -> str:
        """Rows are removed where one is."""
        if action == "remove_row" and self._row() is None:
            return "the cursor is in no row"
        if action == "add_row" and self._rows() is None:
            return "the cursor is in no list; go to one with Tab"
        return ""

    def action_settle(self) -> None:
        """On to the phases, when the stack can take these answers as they were typed to the last key."""
        self.after_typing(self._settle)

    def _settle(self) -> None:
        if not self.is_current:
            return
        if self.answers is None or not self.answers.complete:
            self._go_to_problem()
            return
        self.post_message(intents.SpecSettled(self.answers.spec, self.sheet(), self._service))

    async def action_next_field(self) -> None:
        """The next field; on the line that adds a row, a row."""
        if isinstance(self.focused, AddRow):
            await self.action_add_row()
        else:
            self.focus_next()

    def action_ports(self) -> None:
        """Pick a port."""
        self.app.show(PortsScreen(self.sheet().name.strip()))

    def action_preview(self) -> None:
        """The preview in place of the form, where there is no room for both."""
        self.toggle_class("-preview")
        if self.has_class("-preview"):
            self.preview_lines.focus()
        else:
            self.query_one("#field-purpose", Input).focus()

    async def action_add_row(self) -> None:
        """One row more in the list where the cursor is."""
        rows = self._rows()
        if rows is not None:
            await rows.add_row()

    async def action_remove_row(self) -> None:
        """The row where the cursor is."""
        row, rows = self._row(), self._rows()
        if row is not None and rows is not None:
            await rows.remove_row(row)

    def action_start_over(self) -> None:
        """Forget the draft."""
        self.post_message(intents.DraftDiscarded(self._service))
        self.app.leave()
        self.app.post_message(intents.SpecRequested(self._service))

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

    def _rows(self) -> RowList | None:
        focused = self.focused
        return next((a for a in focused.ancestors_with_self if isinstance(a, RowList)), None) if focused else None

    def _row(self) -> RowEntry | None:
        focused = self.focused
        return next((a for a in focused.ancestors_with_self if isinstance(a, RowEntry)), None) if focused else None

    # Showing

    def _judge(self) -> None:
        view = self.app.view
        if view is None or not self.is_attached:
            return
        self.answers = answered(view.facts, self._inferred, self.sheet(), new=not self._service)
        for entry in self.query(Entry):
            entry.note(self.answers.problem(entry.field), otherwise(entry.field, self._inferred, bool(self._service)))
        for rows in self.query(RowList):
            read = otherwise(rows.field, self._inferred, bool(self._service))
            heading = Content.assemble((SECTIONS[rows.field], "bold $text-primary"), "  ", read)
            self.query_one(f"#section-{rows.field}", Static).update(heading)
            self._judge_rows(rows, self.answers)
        if self.answers.complete:
            self.next_bar("ctrl+s", "go on to the phases")
            self.post_message(intents.PreviewRequested(self.answers.spec))
        else:
            self.next_bar("", still_to_answer(self.answers))
            self.query_one("#preview-head", Static).update(still_to_answer(self.answers))
            self.preview_lines.show([])
        self.refresh_bindings()

    def _judge_rows(self, rows: RowList, answers: Answered) -> None:
        number = 0
        for row in rows.rows:
            problem = "" if row.blank else answers.problem(rows.field, number)
            number += not row.blank
            row.note(problem, Content(""))

    def _go_to_problem(self) -> None:
        """The cursor goes where the first problem is; it is said there."""
        answers = self.answers
        if answers is None:
            self.say("the stack is still being read")
            return
        for entry in self.query(Entry):
            if answers.problem(entry.field):
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
