"""The contradictions of a service: which side is right, and the edits that follow from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on
from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from screens.diffing import DiffScreen
from screens.intents import ConsequencesRequested, Followed, SideTaken
from screens.keymap import key
from screens.present.diff import edit_lines
from screens.present.values import MUTED, literal
from screens.steps import Step
from screens.widgets.bars import NextBar
from screens.widgets.diff import Diff
from screens.widgets.layout import Line
from screens.widgets.panes import PaneNames
from screens.widgets.rows import NOTHING_FITS, Rows
from wizard.plan.sides import Consequences, Side, sides
from wizard.rules.text import plural

if TYPE_CHECKING:
    from screens.app import StackWizardApp
    from wizard.values.finding import Contradiction
    from wizard.values.spec import ServiceSpec


class SidesScreen(DiffScreen):
    """One row a side; below it what would be written if that side is right. Nothing is written here."""

    CSS_PATH = "history.tcss"
    HINT = (
        "Files of this service say different things. Put the cursor on the side that is right: below stand the edits "
        "that follow from it, phase by phase, and the lines that only a person can change. Enter takes the side as an "
        "answer about the service and goes to the first phase with such an edit; it is written there, once you have "
        "seen it."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        key("next", "take_side", name="Take this side", does="as the answer, and go to the first edit", show=True),
    ]
    rows = getters.query_one("#commits", Rows)

    def __init__(self, spec: ServiceSpec, contradictions: Iterable[Contradiction]) -> None:
        super().__init__()
        self._spec = spec
        self._sides = {side.key: side for side in sides(contradictions, spec)}
        self._known: dict[str, Consequences] = {}

    def body(self) -> Iterable[Widget]:
        """Yields sides, what contradicts, the diff."""
        yield Rows(id="commits")
        yield Static(id="commit", markup=False)
        yield PaneNames()
        yield Diff(id="changes")
        yield NextBar()

    def on_mount(self) -> None:
        """Shows the sides."""
        super().on_mount()
        self.crumbs(self._spec.name, "which side is right?")
        self.rows.focus()
        self.rows.show([(side.key, self._row(side)) for side in self._sides.values()])
        self._show()

    @property
    def service(self) -> str:
        """The service whose files contradict each other."""
        return self._spec.name

    @property
    def side(self) -> Side | None:
        """The side under the cursor."""
        return self._sides.get(self.rows.current)

    @on(Followed)
    def _followed(self, fact: Followed) -> None:
        self._known[fact.consequences.side.key] = fact.consequences
        self._show()

    @on(Rows.OptionHighlighted, "#commits")
    @on(Rows.Emptied)
    def _highlighted(self) -> None:
        side = self.side
        if side is not None and side.key not in self._known:
            self.post_message(ConsequencesRequested(side))
        self._show()

    @on(NextBar.Chosen)
    @on(Rows.OptionSelected, "#commits")
    def action_take_side(self) -> None:
        """Takes the side under the cursor, once what follows from it is on the screen."""
        side, known = self.side, self._known.get(self.rows.current)
        if side is None or known is None:
            self.say(NOTHING_FITS if self.rows.nothing_fits else "what follows is still being worked out")
        else:
            self.app.leave()
            self.app.post_message(SideTaken(known))

    def action_back(self) -> None:
        """Leaves full screen first, then the diff, then the screen."""
        if self.leave_full_screen():
            return
        if self.diff.has_focus_within:
            self.rows.focus()
        else:
            super().action_back()

    def place_to_copy(self) -> str:
        """Returns the place under the cursor of the diff, else of the side."""
        place = self.diff_place()
        if place is None and self.side is not None:
            place = self.side.sources[0]
        return str(place) if place is not None else ""

    def _row(self, side: Side) -> Content:
        said = ", ".join(str(source) for source in side.sources[:3])
        more = f" and {len(side.sources) - 3} more" if len(side.sources) > 3 else ""
        return Content.assemble(
            (f"{side.contradiction.topic} ", MUTED), literal(side.value, 60, "bold"), "  ", literal(said + more, 300)
        )

    def _show(self) -> None:
        side, known = self.side, self._known.get(self.rows.current)
        self.query_one("#commit", Static).update(literal(side.contradiction.message, 600) if side else Content(""))
        coming = [] if side is None else [Line("working out what follows …", "muted")]
        self.diff.show(list(_lines(known)) if known is not None else coming)
        names = self.query_one(PaneNames)
        count = len(known.edits) if known is not None else 0
        names.names, names.current = (("changes", "", f"What follows {plural(count, 'edit')}"),), "changes"
        names.position = self.diff.lines.position
        if side is None:
            self.next_bar("", NOTHING_FITS)
        else:
            self.next_bar(
                "Enter", Content.assemble(literal(side.value, 60, "bold"), " is right: take it as the answer")
            )


def take(app: StackWizardApp, known: Consequences) -> None:
    """Takes a side as the answer about the service, and shows the first phase that has an edit because of it."""
    from screens.phase import PhaseScreen
    from wizard.pipeline.answer_form import AnswerForm

    spec = known.side.spec
    before = next((s.state.spec for s in app.screen_stack if isinstance(s, PhaseScreen)), None)

    def put(wanted: ServiceSpec) -> None:
        app.keep_draft(wanted.name, AnswerForm.from_spec(wanted))
        app.show_phase(wanted, known.edits[0][0] if known.edits else None)

    def back() -> None:
        app.drop_draft(spec.name)
        if before is not None:
            app.show_phase(before)

    app.steps.add(Step(f"{known.side.value} is right", spec.name, back=back, again=lambda: put(spec)))
    put(spec)


def _lines(known: Consequences) -> Iterator[Line]:
    """Yields the lines that a person has to change, then the edits."""
    for value, source in known.by_hand:
        yield Line(f"by hand: {source} says {value}", "remove", number=source.line, path=source.path)
    if not known.edits:
        yield Line("The wizard would change no line because of it.", "muted")
    for phase, edit in known.edits:
        yield from edit_lines(edit, f"phase {phase.number} · ", f" in phase {phase.number}")
