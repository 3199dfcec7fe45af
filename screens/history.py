"""What the wizard did: its commits, read back from the repository, and what was run in this session; undo."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets._static import Static

from screens.base import WizardScreen
from screens.intents import StackRead, UndoRequested
from screens.present import MUTED, STYLES, literal
from screens.widgets.rows import Rows
from wizard.values.finding import Status

if TYPE_CHECKING:
    from wizard.values.receipt import PhaseCommit


class HistoryScreen(WizardScreen):
    """Newest first; a commit that was taken back says so."""

    CSS_PATH = "history.tcss"
    HINT = (
        "Every commit the wizard made in this repository, read from the commits' trailers, and every command it ran on "
        "this stack since it was opened. u takes a phase back with a new commit; it is refused where later work stands "
        "on it."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("u", "undo", "Undo", tooltip="take this phase back with a new commit"),
    ]
    commits = getters.query_one("#commits", Rows)

    def body(self) -> Iterable[Widget]:
        """Commits and detail."""
        yield Rows(id="commits")
        with VerticalScroll(id="commit-box"):
            yield Static(id="commit", markup=False)

    def on_mount(self) -> None:
        """Show what was read."""
        super().on_mount()
        self.crumbs("history")
        self.commits.focus()
        self._show()

    @on(StackRead)
    def _read(self) -> None:
        self._show()

    def on_resize(self) -> None:
        """Rows are cut to the width."""
        self._show()

    @on(Rows.OptionHighlighted)
    def _highlighted(self) -> None:
        self._show_detail()
        self.refresh_bindings()

    @property
    def chosen(self) -> PhaseCommit | None:
        """The commit under the cursor."""
        view = self.app.view
        if view is None or not self.is_attached:
            return None
        return next((c for c in view.commits if _id(c) == self.commits.current), None)

    def why_not(self, action: str) -> str:
        """Only a commit that stands can be taken back."""
        commit = self.chosen
        if action != "undo":
            return ""
        if commit is None:
            return "there is no commit of the wizard yet"
        if self.app.writing:
            return "something is being written"
        if self.app.uncommitted:
            return "a phase is written and not committed: finish that first"
        if commit.reverts:
            return "this commit took a phase back; apply the phase again instead"
        return "this commit was taken back already" if commit.commit in self._reverted() else ""

    def action_undo(self) -> None:
        """Ask, then undo."""
        from screens.modals.choose import ChooseModal

        commit = self.chosen
        if commit is None:
            return
        text = Content.assemble(
            "Take back ", literal(commit.subject, 120, "bold"), "?\nA new commit does it; nothing is rewritten."
        )
        answers = (("k", "Keep", "leave it"), ("u", "Undo", "commit the way back"))
        self.app.show(ChooseModal("Undo a phase", text, answers), lambda answer: self._undo(answer, commit))

    def _undo(self, answer: str | None, commit: PhaseCommit) -> None:
        if answer == "Undo":
            self.post_message(UndoRequested(commit.service, commit.phase))

    def _reverted(self) -> frozenset[str]:
        view = self.app.view
        return frozenset(c.reverts for c in view.commits if c.reverts) if view is not None else frozenset()

    def _show(self) -> None:
        view = self.app.view
        if view is None:
            return
        self.title_bar.place = view.branch or "detached HEAD"
        width = self.size.width - 3
        rows = [(_id(commit), self._row(commit).truncate(width, ellipsis=True)) for commit in view.commits]
        self.commits.show(rows)
        self._show_detail()
        self.refresh_bindings()

    def _row(self, commit: PhaseCommit) -> Content:
        gone = commit.commit in self._reverted()
        sign = ("↩", STYLES[Status.UNMET]) if commit.reverts else ("–", MUTED) if gone else ("✓", STYLES[Status.MET])
        words = "  taken back" if gone else ""
        subject = literal(commit.subject, 100, MUTED if gone else "")
        return Content.assemble(sign, f" {commit.commit[:8]}  {commit.at[:10]}  ", subject, (words, MUTED))

    def _show_detail(self) -> None:
        self.query_one("#commit", Static).update(Content("\n").join(list(self._detail())))

    def _detail(self) -> Iterator[Content]:
        commit = self.chosen
        if commit is None:
            yield Content.styled("The wizard has made no commit here yet.", MUTED)
        else:
            yield Content.assemble((commit.commit, "bold"), f"  {commit.at}  ", literal(commit.author, 80, MUTED))
            yield literal(commit.subject, 200)
            yield Content("  ").join([_item(item, status) for item, status in commit.items])
            yield Content.styled(f"git show {commit.commit[:10]}", MUTED)
        if self.app.commands:
            yield Content("")
            yield Content.styled("Run since the app was opened", "bold")
            yield from (literal(line, 200, MUTED) for line in reversed(self.app.commands))


def _id(commit: PhaseCommit) -> str:
    return f"{commit.commit}-{commit.phase.value}"


def _item(item: str, status: str) -> Content:
    return Content.assemble(f"{item} ", literal(status, 12, STYLES.get(status, MUTED)))  # type: ignore[call-overload]
