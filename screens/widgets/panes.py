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

    def render(self) -> Content:
        """All names in one line."""
        parts = [self._part(pane, key, name) for pane, key, name in self.names]
        return Content.styled("─ ", "$foreground-muted") + Content(" ").join(parts) + self._rule(parts)

    def _part(self, pane: str, key: str, name: str) -> Content:
        style = "bold $text" if pane == self.current else "$foreground-muted"
        click = f" @click=screen.show_pane('{pane}')"
        shown = f"[{name}]" if pane == self.current else f" {name} "
        return Content.assemble((key, "bold $text-accent" + click), (shown, style + click))

    def _rule(self, parts: list[Content]) -> Content:
        used = sum(part.cell_length + 1 for part in parts) + 2
        return Content.styled(" " + "─" * max(0, self.content_size.width - used - 1), "$foreground-muted")
