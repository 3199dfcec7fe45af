"""The demo's tour: five short pages, skipped with Escape, shown once in a lifetime."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from screens.bridge import Bridge
from screens.modals.base import WizardModal
from wizard.pipeline import tour

PAGES = (
    (
        "Welcome",
        "This is a sample stack: a git repository of its own, made for trying things out. It has services that run, "
        "and three that somebody began and left half finished.\n\n"
        "Five short pages; Esc skips them, and they never come back.",
    ),
    (
        "The stack",
        "Every row is a service. Its signs are the items of the checklist, phase by phase:\n\n"
        "  ✓ met   ○ nothing there yet   ✗ there, but wrong   ? cannot be decided now\n\n"
        "Each one is read from the files, never remembered: below the rows you see which line says so.",
    ),
    (
        "A new service",
        "Press +. You say what kind of service it is, name it, say what it is for, which channels it reads and writes. "
        "Everything is checked while you type, and you see what would be written before anything is.",
    ),
    (
        "Seven phases",
        "Each phase shows its items, why they exist, and the diff of what will be written. Enter always does the next "
        "step: see the changes, write them, commit them. One phase is one commit; u in the history takes it back.",
    ),
    (
        "Proof",
        "The last phase starts the service with a real Redis and a real PostgreSQL and watches events go in and come "
        "out. No Docker is needed for that here.\n\n? helps (F1 while you type), : lists every action, Esc goes back.",
    ),
)


def offer_tour(app: Bridge) -> None:
    """Shows the tour, unless it was seen."""
    if not tour.seen():
        app.show(TourModal(), lambda _: tour.remember())


class TourModal(WizardModal[None]):
    """One page at a time."""

    DEFAULT_CSS = """
    TourModal #box { height: 16; }
    TourModal #page { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,right,space,down", "turn(1)", "Next"),
        Binding("left,up", "turn(-1)", "Back"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.page = 0

    def compose(self) -> ComposeResult:
        """Yields the page and the keys."""
        with Vertical(id="box"):
            yield Static(id="page", markup=False)
            yield Static(Content.styled("Enter next · ← back · Esc skips the tour", "$foreground-muted"), markup=False)

    def on_mount(self) -> None:
        """Shows the first page."""
        self._show()

    def action_turn(self, direction: int) -> None:
        """Shows the next page; after the last one it is over."""
        if self.page + direction >= len(PAGES):
            _ = self.dismiss(None)
            return
        self.page = max(0, self.page + direction)
        self._show()

    def _show(self) -> None:
        heading, text = PAGES[self.page]
        box = self.query_one("#box")
        box.border_title = Content(heading)
        box.border_subtitle = f"{self.page + 1} of {len(PAGES)}"
        self.query_one("#page", Static).update(Content(text))
