"""What the wizard did: its commits, read back from the repository, and what was run in this session; undo."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on
from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from screens.diffing import DiffScreen
from screens.intents import CommitSeen, SeeRequested, StackRead, UndoRequested
from screens.keymap import key
from screens.present.diff import edit_lines
from screens.present.values import MUTED, STYLES, literal, place_name
from screens.widgets.diff import Diff
from screens.widgets.layout import Line
from screens.widgets.panes import PaneNames
from screens.widgets.rows import NOTHING_FITS, Rows
from wizard.rules.text import plural
from wizard.values.finding import Status

if TYPE_CHECKING:
    from wizard.values.edit import ChangeSet
    from wizard.values.receipt import PhaseCommit


class HistoryScreen(DiffScreen):
    """Newest first; a commit that was taken back says so. Below the list what the one under the cursor changed."""

    CSS_PATH = "history.tcss"
    SHOWS_COMMITS = True
    HINT = (
        "Every commit the wizard made in this repository, read back from git, what it changed, and every "
        "command the wizard ran on this stack since it was opened. u takes a commit back with a new one, ^r brings "
        "back what was taken back last; both show first what they would write. z gives the diff the whole screen."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        key("next", "look", name="Look", does="go into what the commit under the cursor changed", show=True),
        key("undo", show=True, does="take the commit under the cursor back with a new one, after its diff is shown"),
        key("redo", show=True),
        key("edit", show=True),
    ]
    commits = getters.query_one("#commits", Rows)

    def __init__(self) -> None:
        super().__init__()
        self._seen: ChangeSet | None = None
        self._seen_of = ""

    def body(self) -> Iterable[Widget]:
        """Yields commits, what the chosen one says, its diff."""
        yield Rows(id="commits")
        yield Static(id="commit", markup=False)
        yield PaneNames()
        yield Diff(id="changes")

    def on_mount(self) -> None:
        """Shows what was read."""
        super().on_mount()
        self.crumbs("history")
        self.commits.focus()
        self._show()

    @on(StackRead)
    def _read(self) -> None:
        self._show()

    @on(CommitSeen)
    def _commit_seen(self, fact: CommitSeen) -> None:
        self._seen, self._seen_of = fact.changeset, fact.made.commit
        self._show_changes()

    def on_resize(self) -> None:
        """Cuts the rows to the width."""
        self._show()

    @on(Rows.OptionHighlighted, "#commits")
    @on(Rows.Emptied)
    def _highlighted(self) -> None:
        self._show_detail()
        self.refresh_bindings()

    @on(Rows.OptionSelected, "#commits")
    def action_look(self) -> None:
        """Goes into the diff of the commit under the cursor."""
        self.diff.lines.focus()

    @property
    def chosen(self) -> PhaseCommit | None:
        """The commit under the cursor."""
        view = self.app.view
        if view is None or not self.is_attached:
            return None
        return next((c for c in view.commits if _id(c) == self.commits.current), None)

    @property
    def service(self) -> str:
        """The service of the commit under the cursor."""
        return self.chosen.service if self.chosen is not None else ""

    def place_to_copy(self) -> str:
        """Returns the place under the cursor of the diff, else the commit."""
        place = self.diff_place()
        if place is not None:
            return str(place)
        return self.chosen.commit if self.chosen is not None else ""

    def why_not(self, action: str) -> str:
        """Says why it cannot be taken back: only a commit that stands can."""
        commit = self.chosen
        if action != "undo" or super().why_not(action):
            return super().why_not(action)
        if commit is None:
            return NOTHING_FITS if self.commits.nothing_fits else "there is no commit of the wizard yet"
        if commit.reverts:
            return "this commit took one back; ^r brings it back"
        return "this commit was taken back already; ^r brings it back" if commit.commit in self._reverted() else ""

    async def action_undo(self) -> None:
        """Shows the commit that takes this one back."""
        commit = self.chosen
        reason = self.why_not("undo")
        if reason:
            self.say(reason)
        elif commit is not None:
            self.post_message(UndoRequested(commit.service, commit.commit))

    def action_edit(self) -> None:
        """Opens the file under the cursor of the diff."""
        place = self.diff_place()
        if place is None:
            self.say("go into the diff first, with Enter or Tab")
        else:
            self.open_file(place)

    def action_back(self) -> None:
        """Leaves full screen first, then the diff, then the screen."""
        if self.leave_full_screen():
            return
        if self.diff.has_focus_within:
            self.commits.focus()
        else:
            super().action_back()

    def _reverted(self) -> frozenset[str]:
        view = self.app.view
        return frozenset(c.reverts for c in view.commits if c.reverts) if view is not None else frozenset()

    def _show(self) -> None:
        view = self.app.view
        if view is None:
            return
        self.title_bar.place = place_name(view)
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
        commit = self.chosen
        self.query_one("#commit", Static).update(Content("\n").join(list(self._detail())))
        if commit is not None and commit.commit != self._seen_of:
            self._seen, self._seen_of = None, commit.commit
            self.post_message(SeeRequested(commit))
        self._show_changes()

    def _detail(self) -> Iterator[Content]:
        commit = self.chosen
        if commit is None:
            none = "No commit is shown." if self.commits.nothing_fits else "The wizard has made no commit here yet."
            yield Content.styled(none, MUTED)
            return
        yield Content.assemble((commit.commit[:12], "bold"), f"  {commit.at}  ", literal(commit.author, 80, MUTED))
        if commit.items:
            yield Content("  ").join([_item(item, status) for item, status in commit.items])

    def _show_changes(self) -> None:
        """Shows what the commit changed, and below it what was run since the app was opened."""
        edits = self._seen.edits if self._seen is not None else ()
        lines = [line for edit in edits for line in edit_lines(edit)]
        if self.app.commands:
            lines.append(Line("Run since the app was opened", "hunk"))
            lines += [Line(command, "muted") for command in reversed(self.app.commands)]
        self.diff.show(lines)
        files = f"Changes {plural(len(edits), 'file')}" if edits else "Changes"
        names = self.query_one(PaneNames)
        names.names, names.current = (("changes", "", files),), "changes"
        names.position = self.diff.lines.position


def _id(commit: PhaseCommit) -> str:
    return f"{commit.commit}-{commit.phase.name}"


def _item(item: str, status: str) -> Content:
    return Content.assemble(f"{item} ", literal(status, 12, STYLES.get(status, MUTED)))  # type: ignore[call-overload]
