"""A line of pane names; the one shown is set apart, a click shows another."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget


class PaneNames(Widget):
    """`[i Item] d Changes …`: the key and the name of every pane."""

    DEFAULT_CSS = """
    PaneNames { height: 1; padding: 0 1; color: $text-muted; border-top: none; }
    """
    current: reactive[str] = reactive("")
    names: reactive[tuple[tuple[str, str, str], ...]] = reactive(())
    """(pane, key, name with what stands in it)."""
    position: reactive[tuple[str, ...]] = reactive(())
    """Where the cursor is in what is shown, in words and in short: the first that fits stands at the right end."""

    def render(self) -> Content:
        """Returns all names in one line."""
        parts = [self._part(pane, key, name) for pane, key, name in self.names]
        return Content.styled("─ ", "$foreground-muted") + Content(" ").join(parts) + self._rule(parts)

    def _part(self, pane: str, key: str, name: str) -> Content:
        style = "bold $text" if pane == self.current else "$foreground-muted"
        click = f" @click=screen.show_pane('{pane}')"
        shown = f"[{name}]" if pane == self.current else f" {name} "
        return Content.assemble((key, "bold $text-accent" + click), (shown, style + click))

    def _rule(self, parts: list[Content]) -> Content:
        room = self.content_size.width - sum(part.cell_length + 1 for part in parts) - 4
        shown = next((f" {place} " for place in self.position if len(place) < room), "")
        return Content.styled(f" {'─' * max(0, room + 1 - len(shown))}{shown}", "$foreground-muted")
