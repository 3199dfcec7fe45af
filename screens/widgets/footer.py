"""The keys at the bottom: as many as fit whole, made again only when they are others than before."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

from screens.keymap import DEEDS

if TYPE_CHECKING:
    from textual.app import ComposeResult

Shown = tuple[tuple[str, str, str, bool], ...]
AROUND = 3
"""Columns beside the letters of a key and its name."""


class KeyFooter(Footer):
    """A footer that stays as it is while its keys do: Textual's makes all of them anew whenever the focus moves, and
    cuts through the last word. Help stays where not all fit; the list of every action has the others.
    """

    _keys: tuple[int, Shown] | None = None

    def compose(self) -> ComposeResult:
        """Yields the keys that fit."""
        yield from fitting([key for key in super().compose() if isinstance(key, FooterKey)], self.app.size.width)

    async def recompose(self) -> None:
        """Makes the keys again where one of them changed; this may be asked of a footer that is gone already."""
        keys = self._wanted() if self.is_attached else self._keys
        if keys != self._keys:
            await super().recompose()
            self._keys = keys  # only now: what is asked meanwhile must not take these keys for shown

    def on_resize(self) -> None:
        """Shows as many as fit now."""
        if self._bindings_ready:
            self.call_after_refresh(self.recompose)

    def _wanted(self) -> tuple[int, Shown]:
        active = self.screen.active_bindings.values()
        return self.app.size.width, tuple(
            (self.app.get_key_display(binding), binding.description, binding.action, enabled)
            for _, binding, enabled, _ in active
            if binding.show
        )


def fitting(keys: Iterable[FooterKey], width: int) -> list[FooterKey]:
    """Returns the keys that fit whole, in their order: first of all the list of every action, help, and what writes."""
    every = list(keys)
    room, kept = width, []
    for key in sorted(every, key=_last):
        wide = cell_len(key.key_display) + cell_len(key.description) + AROUND
        if wide <= room:
            room -= wide
            kept.append(key)
    return [key for key in every if key in kept]


def _last(key: FooterKey) -> tuple[bool, bool, bool]:
    deed = DEEDS.get(key.action)
    writes = deed is not None and deed.writes and not key.has_class("-disabled")
    return not key.has_class("-command-palette"), key.action != "help", not writes
