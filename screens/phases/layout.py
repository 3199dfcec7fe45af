"""How the phase screen looks: its parts, and its value as text in them."""

from __future__ import annotations

import time
from collections.abc import Iterable
from math import inf
from typing import TYPE_CHECKING

from textual import getters, on
from textual.containers import Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import ContentSwitcher, Static, TextArea

from screens.diffing import DiffScreen
from screens.phases.state import PhaseScreenState, Step
from screens.present.phase import changes, checks, next_step
from screens.present.values import MUTED, item_detail, item_row, phase_strip, place_name, prose
from screens.widgets.bars import NextBar
from screens.widgets.diff import Diff
from screens.widgets.labelled import Labelled
from screens.widgets.panes import PaneNames
from screens.widgets.rows import Rows
from screens.widgets.search import Searchable

if TYPE_CHECKING:
    from wizard.pipeline.work import Planned
    from wizard.values.checklist import Checklist
    from wizard.values.finding import Finding
    from wizard.values.phase import Phase
    from wizard.values.spec import ServiceSpec

PANES = {"item": "item-box", "changes": "changes", "checks": "checks-box", "message": "message-box"}


class PhaseLayout(DiffScreen):
    """Shows a `PhaseScreenState`; holds nothing else."""

    strip = getters.query_one("#strip", Static)
    items = getters.query_one("#items", Rows)
    panes = getters.query_one("#panes", ContentSwitcher)
    names = getters.query_one(PaneNames)
    message = getters.query_one("#message", TextArea)

    def __init__(self, spec: ServiceSpec, phase: Phase, checklist: Checklist) -> None:
        super().__init__()
        self.state = PhaseScreenState(spec, phase, checklist=checklist)
        self._seen_at = inf

    def body(self) -> Iterable[Widget]:
        """Yields strip, purpose, items, panes, next step."""
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
                    yield Diff(id="changes")
                    with VerticalScroll(id="checks-box"):
                        yield Static(id="checks", markup=False)
                    with Vertical(id="message-box"):
                        yield Static(id="message-note", markup=False)
                        yield TextArea(id="message", soft_wrap=True, show_line_numbers=False)
        yield NextBar()

    def searched(self) -> Searchable | None:
        """Returns the diff where it is shown: a phase has few items and long diffs."""
        if self.panes.current != PANES["changes"] or self.diff.files.has_focus:
            return super().searched()
        return self.diff.lines

    def action_show_pane(self, pane: str) -> None:
        """Shows one of the panes, to be moved in; in the wide layout the item stands on the left for good."""
        wide = self.has_class("-wide")
        pane = "changes" if wide and pane == "item" else pane
        if pane != "changes":
            self.leave_full_screen()
        if pane == "changes" and self.panes.current != PANES[pane]:
            self._await_paint()
        self.panes.current = PANES[pane]
        self.set_class(pane != "item", "-reading")
        if pane == "message" and self.state.step is Step.JUDGED:
            self.message.focus()
        elif pane == "changes":
            self.diff.lines.focus()
        self._say_next_step()
        self._show_names()

    def become(self, state: PhaseScreenState) -> None:
        """Shows this from now on."""
        self.state = state
        self.show_all()

    def show_all(self) -> None:
        """Shows everything anew."""
        view = self.app.view
        if view is None or not self.is_attached:
            return
        state = self.state
        self.crumbs(
            state.spec.name,
            f"phase {state.phase.number} of {len(state.checklist.phases)}",
            state.checklist.phase(state.phase).title,
        )
        self.title_bar.place = place_name(view)
        phases = state.checklist.sequence
        self.strip.update(phase_strip(view.phases(state.spec.name), state.report, state.phase, self.size.width, phases))
        self.query_one("#purpose", Static).update(prose(state.checklist.phase(state.phase).purpose))
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
        self._say_next_step()
        self._show_names()
        self.refresh_bindings()

    def _show_rows(self) -> None:
        view = self.app.view
        if view is None:
            return
        width = (self.items.size.width or self.size.width) - 2
        found = ((f, self.state.checklist.item(f.item)) for f in self.state.findings)
        self.items.show([(f.item, item_row(f, item, width, self.state.is_running(f.item))) for f, item in found])

    def show_changes(self, *, keep: bool = False) -> None:
        """Shows the diff of the plan; where there is room it stands beside the item at once. `keep`: the cursor stays
        where it was.
        """
        self.diff.show(changes(self.state), keep=keep)
        self._await_paint()
        if self.state.step is Step.PLANNED and self.has_class("-wide"):
            focused = self.focused
            self.action_show_pane("changes")
            self.set_focus(focused)

    def _await_paint(self) -> None:
        """Counts the changes as seen only once they were painted."""
        self._seen_at = inf
        self._say_next_step()
        self.call_after_refresh(self._painted, self.state.planned)

    def _painted(self, planned: Planned | None) -> None:
        if planned is self.state.planned and self.panes.current == PANES["changes"]:
            self._seen_at = time.monotonic()
            self._say_next_step()

    def _say_next_step(self) -> None:
        shown = self.panes.current == PANES["changes"]
        key, text = next_step(self.state, seen=None if shown and self._seen_at == inf else shown)
        self.next_bar(key, text)

    @property
    def changes_were_seen(self) -> bool:
        """Whether the changes stood on the screen when the key was pressed that is being dealt with."""
        shown = self.panes.current == PANES["changes"] and self.diff_is_shown
        return shown and self.app.pressed_at >= self._seen_at

    @on(Rows.OptionHighlighted)
    def _show_item(self) -> None:
        view = self.app.view
        finding: Finding | None = self.state.finding(self.items.current)
        if view is None or finding is None:
            return
        example = view.example(finding.item, self.state.spec.name)
        item, refused = self.state.checklist.item(finding.item), self.state.refused(finding.item)
        pairs = item_detail(finding, item, example, self.state.spec.name, refused)
        purpose = prose(self.state.checklist.phase(self.state.phase).purpose, MUTED)
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
        self.names.position = self.diff.lines.position if self.panes.current == PANES["changes"] else ()
        self.names.current = next((name for name, box in PANES.items() if box == self.panes.current), "")

    def on_resize(self) -> None:
        """Hides the item's pane in the wide layout, which has the item on the left."""
        if self.has_class("-wide") and self.panes.current == "item-box":
            self.panes.current = "changes"
        self._show_names()
        self.call_after_refresh(self.show_all)
