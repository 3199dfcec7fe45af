"""A line of text that takes its keys in the order in which they were typed."""

from __future__ import annotations

from textual import events
from textual.widgets import Input


class Field(Input):
    """An `Input` whose own keys (backspace, ctrl+u, End …) wait their turn behind the letters before them.

    Textual runs them in the app, after letters typed later and in whatever has the focus by then.
    """

    async def on_key(self, event: events.Key) -> None:
        """Runs the key's own action here, in order."""
        for binding in self._bindings.key_to_bindings.get(event.key, ()):
            if await self.app.run_action(binding.action, self):
                event.stop()
                event.prevent_default()
                return
