"""The keys at the bottom, made again only when they are others than before."""

from __future__ import annotations

from textual.widgets import Footer

Shown = tuple[tuple[str, str, str, bool], ...]


class KeyFooter(Footer):
    """A footer that stays as it is while its keys do: Textual's makes all of them anew whenever the focus moves."""

    _keys: Shown | None = None

    async def recompose(self) -> None:
        """Makes the keys again where one of them changed; this may be asked of a footer that is gone already."""
        keys = self._wanted() if self.is_attached else self._keys
        if keys != self._keys:
            await super().recompose()
            self._keys = keys  # only now: what is asked meanwhile must not take these keys for shown

    def _wanted(self) -> Shown:
        active = self.screen.active_bindings.values()
        return tuple(
            (self.app.get_key_display(binding), binding.description, binding.action, enabled)
            for _, binding, enabled, _ in active
            if binding.show
        )
