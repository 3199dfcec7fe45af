"""What every screen has: title, footer, help, a way back, reasons for what cannot be done now, room checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar

from textual import events, getters
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets._footer import Footer

from screens.bridge import Bridge
from screens.widgets.bars import NextBar, TitleBar, TooSmall


class WizardScreen(Screen[None]):
    """A full screen. Subclasses give `body`, `title`, and `why_not` for actions that are not always possible."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", show=False, tooltip="to the screen before; nothing is lost"),
        # Before the keys that follow it, however fast they come: they belong to the next field.
        Binding("tab", "app.focus_next", show=False, priority=True),
        Binding("shift+tab", "app.focus_previous", show=False, priority=True),
    ]
    HINT: ClassVar[str] = ""
    """What the screen is for, shown by `?`."""
    app = getters.app(Bridge)
    title_bar = getters.query_one(TitleBar)

    def compose(self) -> ComposeResult:
        """Title, body, footer; over all of it what is shown when there is no room."""
        yield TitleBar()
        yield from self.body()
        yield Footer()
        yield TooSmall()

    def body(self) -> Iterable[Widget]:
        """What stands between title and footer."""
        raise NotImplementedError

    def why_not(self, action: str) -> str:
        """Why an action cannot be done now, '' when it can."""
        del action
        return ""

    def help_topic(self) -> Content:
        """What `?` says before the keys."""
        return Content(self.HINT)

    def on_mount(self) -> None:
        """Follow what the app does."""
        self.watch(self.app, "doing", self._show_doing, init=True)
        if self.app.view is not None:
            self.title_bar.place = self.app.view.branch or "detached HEAD"

    def crumbs(self, *parts: str) -> None:
        """Name the place in the title."""
        from screens.present import literal

        shown = [Content.styled("stack-wizard", "bold $text-primary"), *(literal(part, 60) for part in parts)]
        self.title_bar.crumbs = Content.styled(" › ", "$foreground-muted").join(shown)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey out what cannot be done now."""
        del parameters
        return None if self.why_not(action) else True

    def on_key(self, event: events.Key) -> None:
        """A key whose action is not possible now says why."""
        for binding in self._bindings.key_to_bindings.get(event.key, ()):
            reason = self.why_not(binding.action.split("(")[0])
            if reason:
                event.stop()
                self.say(reason)
                return

    def say(self, text: str, *, bad: bool = False) -> None:
        """A short notice, shown literally."""
        self.app.notify(text, severity="error" if bad else "information", markup=False, timeout=6)

    def after_typing(self, do: Callable[[], object]) -> None:
        """Call `do` once every key pressed before has arrived, in whichever field it was typed."""
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
        """Hand on what stands in the fields, for screens that have some."""

    def action_back(self) -> None:
        """To the screen before."""
        self.app.leave()

    def next_bar(self, key: str, text: Content | str) -> None:
        """Say what the next step is."""
        step = Content.assemble((f" {key} ", "bold reverse") if key else "", " ", text)
        self.query_one(NextBar).step = step

    def _show_doing(self, doing: str) -> None:
        self.title_bar.doing = doing
        self.refresh_bindings()
