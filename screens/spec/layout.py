"""How the answers' form looks: its fields, what each asks, where its value is from, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual import events, getters, on
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from screens.base import WizardScreen
from screens.present.spec import explained, origin, still_to_answer
from screens.present.values import literal
from screens.widgets.bars import NextBar
from screens.widgets.entries import Choice, Entry, RowEntry, RowList, Toggle
from screens.widgets.lines import Lines
from wizard.pipeline.answer_form import KINDS, AnswerForm, Row, VariableRow
from wizard.pipeline.asking.corrections import correction
from wizard.pipeline.asking.questions import NONE, Place
from wizard.pipeline.guided import Answered

if TYPE_CHECKING:
    from wizard.values.spec import Inferred

CHANNEL = ("channel", "symbol str, price float")
TABLE = ("table", "symbol str, note str?")
VARIABLE = ("NAME", "default", "value", "what for")
SECTIONS = {
    "inputs": "Inputs: the channels it reads",
    "outputs": "Outputs: the channels it writes",
    "tables": "Tables of its own",
    "variables": "Further environment variables",
}
PARTS = {
    "inputs": ("name", "fields"),
    "outputs": ("name", "fields"),
    "tables": ("name", "columns"),
    "variables": ("name", "default", "value", "description"),
}
"""What stands in the columns of a list, as the places of the questions call it."""
CHOICES = {kind: kind for kind in KINDS}
"""The kinds of service in a word each, those of every door: the four stand on one line of 60 columns."""
WAYS = {"at-most-once": "at most once", "at-least-once": "at least once"}
"""How often an event arrives: by pub/sub, or by streams."""


class SpecLayout(WizardScreen):
    """Shows the answers and what is said of them. `name`: the service as the stack knows it, '' for a new one."""

    preview_lines = getters.query_one("#preview", Lines)
    explanation = getters.query_one("#explain", Static)

    def __init__(self, name: str, inferred: Inferred, form: AnswerForm, *, drafted: bool) -> None:
        super().__init__()
        self._service = name
        self._inferred = inferred
        self._first = form
        self._shown = form
        self._rebuilding = False
        self._drafted = drafted
        self.answers: Answered | None = None
        self.offered = ""
        """What the answer under the cursor may be instead; '' when nothing better is known."""

    def body(self) -> Iterable[Widget]:
        """Form and preview."""
        with Vertical(id="spec-body"):
            with VerticalScroll(id="form", can_focus=False):
                yield from self._fields()
            with Vertical(id="preview-box"):
                yield Static(id="preview-head", markup=False)
                yield Lines(id="preview")
        yield Static(id="explain", markup=False)
        yield NextBar()

    def _fields(self) -> Iterable[Widget]:
        form = self._shown
        if self._drafted:
            yield Static("✎ This is what you typed earlier; F9 starts over.", id="kept", markup=False)
        yield Choice("Kind", CHOICES, form.kind, id="kind", hands_on=not self._service)
        yield Entry("name", "Name", form.name, "snake_case, the package's name", disabled=bool(self._service))
        yield Entry("purpose", "Purpose", form.purpose, "one sentence: what it is for")
        yield Entry("port", "Port", form.port, "F2 picks it from the registry")
        yield Static(id="section-inputs", classes="section", markup=False)
        yield RowList("inputs", [(r.name, r.members) for r in form.inputs], CHANNEL)
        yield from self._examples(form)
        yield Static(id="section-outputs", classes="section", markup=False)
        yield RowList("outputs", [(r.name, r.members) for r in form.outputs], CHANNEL)
        yield Static(id="section-tables", classes="section", markup=False)
        yield RowList("tables", [(r.name, r.members) for r in form.tables], TABLE)
        yield Toggle("rows to seed", form.seed, id="seed")
        yield Toggle("a database role of its own", form.own_role, id="own_role")
        yield Static(id="section-variables", classes="section", markup=False)
        variables = [(v.name, v.default, v.value, v.description) for v in form.variables]
        yield RowList("variables", variables, VARIABLE)
        yield Static("The rest", classes="section", markup=False)
        yield Choice("Delivery", WAYS, form.delivery, id="delivery")
        yield Entry("handler", "Handler", form.handler, "the function in logic.py")
        yield Entry("talks_to", "Talks to", form.talks_to, "other services, between commas")
        yield Entry("base_image", "Base image", form.base_image, "NAME:TAG@sha256:… or empty: looked up")
        if form.swarm:
            yield Entry("deploy", "Swarm", form.deploy, "replicas 2, order start-first, memory 256M …")

    def _examples(self, form: AnswerForm) -> Iterable[Widget]:
        """Yields a field for an event of each input that has one, or of which one has to be asked."""
        for number, row in enumerate(form.inputs):
            if row.example or (row.name and row.name == form.example_for):
                value = "" if row.example == NONE else row.example
                asks = f"an event of {row.name} that it accepts, as JSON"
                yield Entry(f"example-{number}", "An event", value, asks, place=("inputs", number, "example"))

    # What is typed

    def form(self) -> AnswerForm:
        """Returns everything as it stands in the form."""
        fields = {entry.field: entry.value for entry in self.query(Entry) if len(entry.place) == 1}
        rows = {rows.field: rows.values() for rows in self.query(RowList)}
        return AnswerForm(
            **fields,
            swarm=self._shown.swarm,
            seed=self.query_one("#seed", Toggle).value,
            own_role=self.query_one("#own_role", Toggle).value,
            kind=self.query_one("#kind", Choice).value,
            delivery=self.query_one("#delivery", Choice).value,
            inputs=self._inputs(rows["inputs"]),
            outputs=tuple(Row(*texts) for texts in rows["outputs"]),
            tables=tuple(Row(*texts) for texts in rows["tables"]),
            variables=tuple(VariableRow(*texts) for texts in rows["variables"]),
            example_for=self._shown.example_for,
        )

    def _inputs(self, rows: Sequence[Sequence[str]]) -> tuple[Row, ...]:
        """Returns the inputs, each with its event: it stays with the channel of that name, else with the row."""
        shown = self._shown.inputs
        typed = {entry.place[1]: entry.value.strip() for entry in self.query(Entry) if len(entry.place) > 1}
        names = {shown[number].name: text for number, text in typed.items() if isinstance(number, int)}
        others = {name for name, *_ in rows} & set(names)
        made = []
        for number, (name, members) in enumerate(rows):
            moved = number < len(shown) and shown[number].name in others
            text = names.get(name, None if moved else typed.get(number))
            had = any(row.example for row in shown if row.name == name)
            made.append(Row(name, members, text or (NONE if text is not None and had else "")))
        return tuple(made)

    def rows_at_cursor(self) -> RowList | None:
        """Returns the list where the cursor is."""
        focused = self.focused
        return next((a for a in focused.ancestors_with_self if isinstance(a, RowList)), None) if focused else None

    def row_at_cursor(self) -> RowEntry | None:
        """Returns the row where the cursor is."""
        focused = self.focused
        return next((a for a in focused.ancestors_with_self if isinstance(a, RowEntry)), None) if focused else None

    def place_at_cursor(self) -> Place:
        """Returns which answer the cursor is in, as the questions and the problems name it; () for none."""
        focused, rows, row = self.focused, self.rows_at_cursor(), self.row_at_cursor()
        if isinstance(focused, Choice | Toggle):
            return (focused.id or "",)
        if rows is None:
            entry = next((a for a in focused.ancestors if isinstance(a, Entry)), None) if focused else None
            return entry.place if entry is not None else ()
        above = rows.rows if row is None else rows.rows[: rows.rows.index(row)]
        number = sum(not other.blank for other in above)
        part = PARTS[rows.field][row.column(focused)] if row is not None else "name"
        return (rows.field, number, part)

    # Showing

    def show_answers(self) -> None:
        """Shows the judgement of the answers beside each of them."""
        form, answers = self.form(), self.answers
        if answers is None:
            return
        for entry in self.query(Entry):
            if entry.place[0] == "inputs":
                entry.display = form.has_inputs
        for field, there in (("inputs", form.has_inputs), ("outputs", form.has_outputs)):
            self.query_one(f"#section-{field}", Static).display = there
            self.query_one(f"#rows-{field}", RowList).display = there
        self.query_one("#delivery", Choice).display = form.has_inputs or form.has_outputs
        self.query_one("#own_role", Toggle).display = bool(form.tables)
        for choice in self.query(Choice):
            choice.note(self._origin(choice.id or "", form))
        for entry in self.query(Entry):
            known = self._origin(entry.field, form) if len(entry.place) == 1 else Content("")
            entry.note(answers.problem(*entry.place), known)
        for rows in self.query(RowList):
            heading = Content.assemble(
                (SECTIONS[rows.field], "bold $text-primary"), "  ", self._origin(rows.field, form)
            )
            self.query_one(f"#section-{rows.field}", Static).update(heading)
            self._note_rows(rows, answers)
        if answers.complete:
            self.next_bar("ctrl+s", "go on to the phases")
        else:
            self.next_bar("", still_to_answer(answers))
            self.query_one("#preview-head", Static).update(still_to_answer(answers))
            self.preview_lines.show([])
        self.explain()

    def _origin(self, field: str, form: AnswerForm) -> Content:
        first = None if self._drafted else self._first
        return origin(field, self._inferred, form, first, exists=bool(self._service))

    def _note_rows(self, rows: RowList, answers: Answered) -> None:
        number = 0
        for row in rows.rows:
            problem = "" if row.blank else answers.problem(rows.field, number)
            number += not row.blank
            row.note(problem, Content(""))

    @on(events.DescendantFocus)
    def _focus_moved(self) -> None:
        if not self._rebuilding:  # half of the fields are not there then
            self.explain()

    def explain(self) -> None:
        """Says what the field under the cursor asks, as the plain door does, and offers what may be meant."""
        place, view = self.place_at_cursor(), self.app.view
        form = self.form()
        self.offered = ""
        if view is not None and self.answers is not None and place and self.answers.problem(*place):
            self.offered = correction(view.facts, self._inferred, form, place, new=not self._service)
        said = explained(form, self.answers, place, self.offered) if place else Content("")
        field = self.focused
        if isinstance(field, Input) and cell_len(field.value) >= field.content_size.width > 0:
            said = Content.assemble(said, "\n", ("All of it: ", "bold"), literal(field.value, 1000))
        self.explanation.update(said)
