"""What every screen has: title, footer, help, a way back, reasons for what cannot be done now, room checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import events, getters
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.css.query import NoMatches
from textual.screen import Screen
from textual.widget import Widget

from screens import intents, steps
from screens.bridge import Bridge
from screens.keymap import key
from screens.present.values import place_name
from screens.widgets.bars import NextBar, TitleBar, TooSmall

if TYPE_CHECKING:
    from screens.widgets.search import Searchable

OPENS_A_FIELD = ("search", "filter", "take_or_leave", "waive")
"""Actions whose key comes before those that follow it, however fast: they belong to the field that it opens."""
LOW = 20
"""Rows below which a list beside a diff would leave it four lines."""


class WizardScreen(Screen[None]):
    """A full screen. Subclasses give `body`, `title`, and `why_not` for actions that are not always possible."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("back", "end_search_or_back"),
        key("leave", "leave_screen"),
        key("search", "search", show=True, priority=True),
        key("next_match", "next_match(1)"),
        key("previous_match", "next_match(-1)"),
        key("copy", "copy_place"),
        key("undo"),
        key("redo"),
        # Before the keys that follow it, however fast they come: they belong to the next field.
        Binding("tab", "app.focus_next", show=False, priority=True),
        Binding("shift+tab", "app.focus_previous", show=False, priority=True),
    ]
    HINT: ClassVar[str] = ""
    """What the screen is for, shown by `?`."""
    SHOWS_COMMITS: ClassVar[bool] = False
    """Whether a new commit is seen on it without a word."""
    app = getters.app(Bridge)
    title_bar = getters.query_one(TitleBar)

    def compose(self) -> ComposeResult:
        """Yields title, body, footer; over all of it what is shown when there is no room."""
        from screens.widgets.footer import KeyFooter  # none of these is needed for the first paint
        from screens.widgets.search import SearchBar

        yield TitleBar()
        yield from self.body()
        yield SearchBar()
        yield KeyFooter()
        yield TooSmall()

    def body(self) -> Iterable[Widget]:
        """Returns what stands between title and footer."""
        raise NotImplementedError

    @property
    def service(self) -> str:
        """The service that this screen is about, '' for none."""
        return ""

    def why_not(self, action: str) -> str:
        """Says why an action cannot be done now, '' when it can."""
        if action in ("undo", "redo"):
            return steps.why_not(self.app)
        return ""

    def help_topic(self) -> Content:
        """Returns what `?` says before the keys."""
        return Content(self.HINT)

    def on_mount(self) -> None:
        """Follows what the app does."""
        self.watch(self.app, "doing", self._show_doing, init=True)
        if self.app.view is not None:
            self.title_bar.place = place_name(self.app.view)

    def on_resize(self) -> None:
        """Marks a screen of few rows: there what is read gets all of them."""
        self.set_class(self.size.height < LOW, "-low")

    def crumbs(self, *parts: str) -> None:
        """Names the place in the title."""
        from screens.present.values import literal

        shown = [Content.styled("stack-wizard", "bold $text-primary"), *(literal(part, 60) for part in parts)]
        self.title_bar.crumbs = Content.styled(" › ", "$foreground-muted").join(shown)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Greys out what cannot be done now; in a field, a sign is a sign."""
        del parameters
        if action in OPENS_A_FIELD and self.focused is not None and self.focused.check_consume_key("a", "a"):
            return False
        return None if self.reason_against(action) else True

    def reason_against(self, action: str) -> str:
        """Returns `why_not`, also while Textual composes this screen or takes it down and still draws its line of keys:
        what the reason looks at is not there then.
        """
        try:
            return self.why_not(action)
        except NoMatches:
            return "the screen is not drawn"

    def on_key(self, event: events.Key) -> None:
        """Says why when a key's action is not possible now."""
        from screens.palette import bindings_of

        for binding in bindings_of(self, self.app).key_to_bindings.get(event.key, ()):
            reason = self.reason_against(binding.action.split("(")[0])
            if reason:
                event.stop()
                self.say(reason)
                return

    def attempt(self, action: str, do: Callable[[], object]) -> None:
        """Does it, or says why it cannot be done now."""
        reason = self.reason_against(action)
        if reason:
            self.say(reason)
        else:
            do()

    def say(self, text: str, *, bad: bool = False) -> None:
        """Shows a short notice, literally."""
        self.app.notify(text, severity="error" if bad else "information", markup=False, timeout=6)

    def after_typing(self, do: Callable[[], object]) -> None:
        """Calls `do` once every key pressed before has arrived, in whichever field it was typed."""
        waiting = [field for field in self.focus_chain if field.call_later(lambda: arrived())]
        left = len(waiting)

        def arrived() -> None:
            nonlocal left
            left -= 1
            if left == 0:
                self.call_later(self._arrived, do)

        if not waiting:
            self._arrived(do)

    def _arrived(self, do: Callable[[], object]) -> None:
        self.keep()
        self.call_later(do)

    def keep(self) -> None:
        """Hands on what stands in the fields, for screens that have some."""

    def action_back(self) -> None:
        """Goes to the screen before."""
        self.app.leave()

    def action_end_search_or_back(self) -> None:
        """Ends a search that is shown, wherever the focus is; else goes back."""
        from screens.widgets.search import SearchBar

        bar = self.query_one_optional(SearchBar)
        if bar is not None and bar.has_class("-shown"):
            bar.action_end()
        else:
            self.action_back()

    def action_leave_screen(self) -> None:
        """Leaves as Escape does; on the first screen it asks to quit."""
        if len(self.app.screen_stack) > 1:
            self.action_back()
        else:
            self.app.post_message(intents.QuitRequested())

    async def action_undo(self) -> None:
        """Undoes what was done last."""
        steps.undo_last(self.app, self.service)

    async def action_redo(self) -> None:
        """Does again what was undone last."""
        steps.redo_last(self.app, self.service)

    # Finding

    def searched(self) -> Searchable | None:
        """Returns what `/` looks through: what has the focus, else the first text or list that is shown."""
        from screens.widgets.search import Searchable

        if isinstance(self.focused, Searchable):
            return self.focused
        shown = (widget for widget in self.query("Lines, Rows") if widget.region.area)
        return next((widget for widget in shown if isinstance(widget, Searchable)), None)

    def action_search(self) -> None:
        """Opens the line to type into."""
        from screens.widgets.search import SearchBar

        target = self.searched()
        if target is None:
            self.say("there is no list and no text here to look through")
        else:
            self.query_one(SearchBar).begin(target)

    def action_next_match(self, step: int) -> None:
        """Goes to the next match, or the one before."""
        from screens.widgets.search import SearchBar

        bar = self.query_one(SearchBar)
        target = bar.target
        if target is None or not bar.has_class("-shown"):
            self.say("nothing is searched: / begins")
        else:
            bar.say(target.seek_next(step))

    def place_to_copy(self) -> str:
        """Returns what `y` copies: a path and line, a command, a commit."""
        return ""

    def action_copy_place(self) -> None:
        """Copies it through the terminal (OSC 52), which works over SSH too."""
        text = self.place_to_copy()
        if text:
            self.app.copy_to_clipboard(text)
        self.say(f"copied: {text}" if text else "there is nothing here to copy")

    def next_bar(self, keys: str, text: Content | str) -> None:
        """Says what the next step is."""
        step = Content.assemble((f" {keys} ", "bold reverse") if keys else "", " ", text)
        self.query_one(NextBar).step = step

    def _show_doing(self, doing: str) -> None:
        self.title_bar.doing = doing
        self.refresh_bindings()
