"""A commit beside the phases before it is made: its diff, and Enter makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from screens.modals.base import SeenFirstModal
from screens.present.diff import edit_lines
from screens.present.values import MUTED, literal
from screens.widgets.layout import Line
from screens.widgets.lines import Lines

if TYPE_CHECKING:
    from wizard.values.proposal import Proposal


class ReviewModal(SeenFirstModal):
    """Answers True when the person agrees; nothing is written before."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "agree", "Commit")]

    def __init__(self, proposal: Proposal) -> None:
        super().__init__()
        self._proposal = proposal

    def compose(self) -> ComposeResult:
        """Yields what it does, the commit's subject, the diff."""
        says = self._proposal.says
        with Vertical(id="box") as box:
            box.border_title = Content(f"{says[0].upper()}{says[1:]}?")
            box.border_subtitle = "Drawing the diff · Esc leaves everything as it is"
            subject = self._proposal.message.partition("\n")[0]
            yield Static(Content.assemble(("A new commit: ", MUTED), literal(subject, 200)), markup=False)
            yield Lines(id="review")

    def on_mount(self) -> None:
        """Shows the diff."""
        shown = [line for edit in self._proposal.changeset.edits for line in edit_lines(edit)]
        self.show_lines(shown or [Line("Nothing changes: the files are so already.", "muted")])

    def refuses_early(self, key: str) -> str:
        """Agrees to nothing that the person did not see."""
        said = "this key came before the diff was on the screen: look at it, then Enter commits"
        return said if key == "enter" else ""

    def keys(self) -> str:
        """Returns the key that makes the commit, and the way out."""
        return "Enter commits · Esc leaves everything as it is"

    def action_agree(self) -> None:
        """Agrees; a key that was pressed before the diff stood on the screen agrees to nothing."""
        if self.seen:
            _ = self.dismiss(True)
