"""What is a person's own in the app: keys and theme from the settings (a theme that is chosen here is kept there), and
which commands of the stack's own checklist are trusted.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.theme import Theme

from screens.bridge import Bridge
from screens.intents import Fact, SettingsRead
from screens.keymap import key, rebound
from screens.layers.workers import Job
from screens.present.contrast import readable

if TYPE_CHECKING:
    from textual.message import Message

    from wizard.pipeline.own.trusting import Command
    from wizard.session.settings import SettingsFile
    from wizard.values.checklist import Checklist


class TrustRead(Fact):
    """What the stack's own checklist runs, and whether this person trusts that."""

    def __init__(self, checklist: Checklist, commands: tuple[Command, ...], *, trusted: bool) -> None:
        super().__init__()
        self.checklist, self.commands, self.trusted = checklist, commands, trusted


class TrustChanged(Fact):
    """From now on the commands that were shown may run, or none may."""

    def __init__(self, *, trusted: bool) -> None:
        super().__init__()
        self.trusted = trusted


class Personal(Bridge):
    """The base app with the person's settings. They are read after the first paint, and never keep the app closed."""

    BINDINGS: ClassVar[list[BindingType]] = [key("commands")]

    def __init__(self, root: Path, *, log_window: float = 5.0) -> None:
        super().__init__(root, log_window=log_window)
        self._kept_theme = ""

    def use_first_theme(self) -> None:
        """Shows the preferred theme from the first paint on; what else is in the settings can wait."""
        from wizard.rules.homes import config_folder

        folder = config_folder(os.environ)
        if folder is None or not Path(folder, "config.yaml").is_file():
            return  # no YAML need be imported
        from wizard.session.settings import first_theme

        theme = first_theme(os.environ)
        if theme in self.available_themes:
            self.theme = theme

    def get_css_variables(self) -> dict[str, str]:
        """Returns the theme's colours, those of text moved until they can be read."""
        variables = super().get_css_variables()
        return variables if self.current_theme.ansi else readable(variables)

    def read_settings(self) -> None:
        """Reads and validates the settings; what is wrong is said with its line, and the defaults hold."""

        def job() -> Fact:
            from wizard.session.settings import load_settings

            found = load_settings(os.environ)
            self._check(found)
            return SettingsRead(found)

        self.theme_changed_signal.subscribe(self, self._theme_chosen, immediate=True)
        self._kept_theme = self.theme
        self.latest("settings", job, "")

    def received(self, fact: Message) -> None:
        """Takes the keys over."""
        super().received(fact)
        if isinstance(fact, SettingsRead):
            self.own_keys, _ = rebound(fact.found.settings.keys)
            self.set_keymap(self.own_keys)
        elif isinstance(fact, TrustRead):
            self._show_commands(fact)
        elif isinstance(fact, TrustChanged):
            self.notify("they run in live checks now" if fact.trusted else "none of them runs any more", markup=False)

    def action_commands(self) -> None:
        """Shows what the stack's own checklist runs."""
        from wizard.pipeline.own.trusting import NOTHING, commands_of, trusts

        checklist = self.checklist
        commands = commands_of(checklist)
        if commands:

            def job() -> Fact:
                return TrustRead(checklist, commands, trusted=trusts(self.session().stack, checklist))

            self.latest("describe", job, "reading what the checklist runs")
        else:
            self.notify(NOTHING, markup=False)

    def _show_commands(self, read: TrustRead) -> None:
        """Trusts the very checklist that was shown, or nothing of this stack any more."""
        from screens.modals.trust import TrustModal
        from wizard.pipeline.own.trusting import trust, untrust

        def answered(wanted: bool | None) -> None:
            if wanted is not None:
                self.latest("trust", lambda: job(wanted), "")

        def job(wanted: bool) -> Fact:
            stack = self.session().stack
            if wanted:
                trust(stack, read.checklist)
            else:
                untrust(stack)
            return TrustChanged(trusted=wanted)

        self.show(TrustModal(read.commands, trusted=read.trusted), answered)

    def _check(self, found: SettingsFile) -> None:
        """Judges what only the app knows: its themes and its keys. Raises `UsageError` with all that is wrong."""
        theme, wrong = found.settings.theme, []
        if theme and theme not in self.available_themes:
            from wizard.session.validate import nearest

            known = tuple(sorted(self.available_themes))
            wrong.append(found.wrong(f"theme: there is no {theme!r}{nearest(theme, known)}", "theme"))
        _, problems = rebound(found.settings.keys)
        wrong += [found.wrong(f"keys.{deed}: {problem}", "keys", deed) for deed, problem in problems]
        found.check(*wrong)

    def _theme_chosen(self, theme: Theme) -> None:
        if theme.name == self._kept_theme:
            return
        self._kept_theme = theme.name
        self.latest("settings", _keeping(theme.name), "")


def _keeping(theme: str) -> Job:
    def job() -> None:
        from wizard.errors import RefusedError
        from wizard.session.settings import save_theme, settings_path

        try:
            save_theme(os.environ, theme)
        except OSError as trouble:
            raise RefusedError(
                f"the theme is not kept: {trouble.strerror}",
                where=str(settings_path(os.environ)),
                next_step="make that folder writable, or write the theme there by hand",
            ) from trouble

    return job
