"""How the phase screen looks: its parts, and its value as text in them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual import getters, on
from textual.containers import Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets._content_switcher import ContentSwitcher
from textual.widgets._static import Static
from textual.widgets._text_area import TextArea

from screens.base import WizardScreen
from screens.phase_state import PhaseView, Step
from screens.present import MUTED, item_detail, item_row, phase_strip, prose
from screens.present_phase import changes, checks, next_step
from screens.widgets.bars import NextBar
from screens.widgets.labelled import Labelled
from screens.widgets.lines import Lines
from screens.widgets.panes import PaneNames
from screens.widgets.rows import Rows

if TYPE_CHECKING:
    from wizard.values.finding import Finding
    from wizard.values.phase import Phase
    from wizard.values.spec import ServiceSpec

PANES = {"item": "item-box", "changes": "changes", "checks": "checks-box", "message": "message-box"}


class PhaseLayout(WizardScreen):
    """Shows a `PhaseView`; holds nothing else."""

    strip = getters.query_one("#strip", Static)
    items = getters.query_one("#items", Rows)
    panes = getters.query_one("#panes", ContentSwitcher)
    names = getters.query_one(PaneNames)
    diff = getters.query_one("#changes", Lines)
    message = getters.query_one("#message", TextArea)

    def __init__(self, spec: ServiceSpec, phase: Phase) -> None:
        super().__init__()
        self.state = PhaseView(spec, phase)

    def body(self) -> Iterable[Widget]:
        """Strip, purpose, items, panes, next step."""
        yield Static(id="strip", markup=False)
        yield Static(id="purpose", markup=False)
        with Vertical(id="body"):
            with Vertical(id="left"):
                yield Rows(id="items")
                with VerticalScroll(id="side-box", can_focus=False):
                    yield Labelled(id="side")
            with Vertical(id="right"):
                yield PaneNames()
                with ContentSwitcher(id="panes", initial="item-box"):
                    with VerticalScroll(id="item-box"):
                        yield Labelled(id="item")
                    yield Lines(id="changes")
                    with VerticalScroll(id="checks-box"):
                        yield Static(id="checks", markup=False)
                    with Vertical(id="message-box"):
                        yield Static(id="message-note", markup=False)
                        yield TextArea(id="message", soft_wrap=True, show_line_numbers=False)
        yield NextBar()

    def action_show_pane(self, pane: str) -> None:
        """Show one of the panes; in the wide layout the item stands on the left for good."""
        wide = self.has_class("-wide")
        self.panes.current = PANES["changes" if wide and pane == "item" else pane]
        if pane == "message" and self.state.step is Step.JUDGED:
            self.message.focus()
        key, text = next_step(self.state, seen=self.panes.current == "changes")
        self.next_bar(key, text)
        self._show_names()

    def become(self, state: PhaseView) -> None:
        """Show this from now on."""
        self.state = state
        self.show_all()

    def show_all(self) -> None:
        """Everything anew."""
        view = self.app.view
        if view is None or not self.is_attached:
            return
        state = self.state
        self.crumbs(state.spec.name, f"phase {state.phase.number} of 7", view.checklist.phase(state.phase).title)
        self.title_bar.place = view.branch or "detached HEAD"
        self.strip.update(phase_strip(view.phases(state.spec.name), state.report, state.phase, self.size.width))
        self.query_one("#purpose", Static).update(prose(view.checklist.phase(state.phase).purpose))
        self._show_rows()
        self._show_item()
        self.query_one("#checks", Static).update(checks(state))
        self.query_one("#message-note", Static).update(
            "Edit it if you like; ctrl+s commits, Esc leaves the text."
            if state.step is Step.JUDGED
            else state.no_message
        )
        self.message.read_only = state.step is not Step.JUDGED
        self.message.display = state.step is Step.JUDGED
        key, text = next_step(state, seen=self.panes.current == "changes")
        self.next_bar(key, text)
        self._show_names()
        self.refresh_bindings()

    def _show_rows(self) -> None:
        view = self.app.view
        if view is None:
            return
        width = (self.items.size.width or self.size.width) - 2
        found = ((f, view.checklist.item(f.item)) for f in self.state.findings)
        self.items.show([(f.item, item_row(f, item, width, self.state.is_running(f.item))) for f, item in found])

    def show_changes(self) -> None:
        """The diff of the plan; where there is room it stands beside the item at once."""
        self.diff.show(changes(self.state))
        if self.state.step is Step.PLANNED and self.has_class("-wide"):
            self.action_show_pane("changes")

    @on(Rows.OptionHighlighted)
    def _show_item(self) -> None:
        view = self.app.view
        finding: Finding | None = self.state.finding(self.items.current)
        if view is None or finding is None:
            return
        example = view.example(finding.item, self.state.spec.name)
        pairs = item_detail(finding, view.checklist.item(finding.item), example, self.state.spec.name)
        purpose = prose(view.checklist.phase(self.state.phase).purpose, MUTED)
        self.query_one("#item", Labelled).show([*pairs, ("Phase", purpose)])  # above it, where there is room
        self.query_one("#side", Labelled).show(pairs)
        self.refresh_bindings()

    def _show_names(self) -> None:
        wide = self.has_class("-wide")
        names = [
            ("changes", "d", f"Changes {self.state.changes_in_short}".rstrip()),
            ("checks", "l", "Checks"),
            ("message", "m", "Message"),
        ]
        self.names.names = tuple(names if wide else [("item", "i", "Item"), *names])
        self.names.current = next((name for name, box in PANES.items() if box == self.panes.current), "")

    def on_resize(self) -> None:
        """The wide layout has the item on the left: its pane is not needed then."""
        if self.has_class("-wide") and self.panes.current == "item-box":
            self.panes.current = "changes"
        self._show_names()
        self.call_after_refresh(self.show_all)
