"""Every action of the screen in the command palette and in the help, made from the bindings themselves."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.binding import Binding, BindingsMap
from textual.command import DiscoveryHit, Hit, Hits
from textual.content import Content
from textual.dom import DOMNode
from textual.screen import Screen
from textual.system_commands import SystemCommandsProvider

from screens.bridge import Bridge
from wizard.values.lean import dataclass

if TYPE_CHECKING:
    from textual.app import App

COPY = "screen.copy_text"  # Textual's own, in every screen: last
HIDDEN = frozenset({"command_palette", "help_quit", "suspend_process"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One action. `reason`: why it cannot be done now, '' when it can."""

    action: str
    keys: str
    name: str
    tooltip: str
    reason: str


def entries(screen: Screen[Any]) -> tuple[Entry, ...]:
    """Returns every keyboard action of the screen and of the app, each once: what only this screen has comes first."""
    return tuple(_entries(screen))


def _entries(screen: Screen[Any]) -> Iterator[Entry]:
    found: dict[str, list[Binding]] = {}
    for owner in (screen, screen.app):
        for key, binding in bindings_of(owner, screen.app):
            if binding.description and binding.action not in HIDDEN and not binding.system:
                found.setdefault(binding.action, []).append(
                    Binding(
                        key,
                        binding.action,
                        binding.description,
                        tooltip=binding.tooltip,
                        key_display=binding.key_display,
                    )
                )
    everywhere = _everywhere() - _actions_of(type(screen))
    for action, bindings in sorted(found.items(), key=lambda pair: (pair[0] == COPY, pair[0] in everywhere)):
        keys = ", ".join(dict.fromkeys(screen.app.get_key_display(b) for b in bindings))
        yield Entry(action, keys, bindings[0].description, bindings[0].tooltip, _reason(screen, action))


def _everywhere() -> set[str]:
    """Returns the actions that every screen and the app have."""
    from screens.base import WizardScreen
    from screens.personal import Personal

    return _actions_of(WizardScreen) | _actions_of(Personal)


def _actions_of(owner: type[DOMNode]) -> set[str]:
    return {one.action for one in owner.__dict__.get("BINDINGS", ()) if isinstance(one, Binding)}


def bindings_of(owner: DOMNode, app: App[Any]) -> BindingsMap:
    """Returns the keys of a screen or of the app, those of the person's settings in their place."""
    bindings = owner._bindings.copy()
    if isinstance(app, Bridge) and app.own_keys:
        bindings.apply_keymap(app.own_keys)
    return bindings


def _reason(screen: Screen[Any], action: str) -> str:
    from screens.base import WizardScreen

    return screen.why_not(action.split("(")[0]) if isinstance(screen, WizardScreen) else ""


def keys_of(screen: Screen[Any]) -> Content:
    """Returns the keys as a table."""
    lines = [Content.styled("Keys", "bold")]
    for entry in entries(screen):
        words = entry.tooltip or entry.name
        text = (
            words
            if words.lower().startswith(entry.name.lower())
            else f"{entry.name}: {words}"
            if entry.tooltip
            else words
        )
        lines.append(Content.assemble((f"{entry.keys:<12} ", "bold $text-accent"), text))
    moves = "arrows or j k g G move, Tab goes to the next part, ctrl+p lists every action, the mouse works too"
    return Content("\n").join([*lines, Content.styled(moves, "$foreground-muted")])


class ActionsProvider(SystemCommandsProvider):
    """The palette's entries, those of the screen before those of the system; one that cannot be done now says why."""

    async def discover(self) -> Hits:
        """Yields everything, before a word is typed."""
        for entry in entries(self.screen):
            yield DiscoveryHit(_title(entry), partial(self._do, entry), help=_help(entry))
        async for hit in super().discover():
            yield hit

    async def search(self, query: str) -> Hits:
        """Yields what fits the words."""
        matcher = self.matcher(query)
        for entry in entries(self.screen):
            title = _title(entry)
            if (score := matcher.match(f"{title} {entry.tooltip}")) > 0:
                yield Hit(score, matcher.highlight(title), partial(self._do, entry), help=_help(entry))
        async for hit in super().search(query):
            yield hit

    async def _do(self, entry: Entry) -> None:
        app: App[object] = self.app
        if entry.reason:
            app.notify(entry.reason, markup=False)
        else:
            await self.screen.run_action(entry.action)


def _title(entry: Entry) -> str:
    return f"{entry.name} ({entry.keys})"


def _help(entry: Entry) -> str:
    return f"not now: {entry.reason}" if entry.reason else entry.tooltip
