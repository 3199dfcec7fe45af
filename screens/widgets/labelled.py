"""Labels on the left, wrapped text on the right with a hanging indent."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

Pairs = Sequence[tuple[str, Content]]
LABEL = 9


def hang(pairs: Pairs, width: int) -> list[Content]:
    """Returns the lines of all pairs; a text's own line breaks stay. Below a label's width the text goes under it."""
    room = max(10, width - LABEL)
    lines: list[Content] = []
    for label, text in pairs:
        wrapped = [piece for line in text.split("\n", allow_blank=True) for piece in line.wrap(room)] or [Content("")]
        for number, piece in enumerate(wrapped):
            head = Content.styled(f"{label if not number else '':<{LABEL}}", "bold")
            lines.append(head + piece.rstrip())
    return lines


class Labelled(Widget):
    """Shows pairs of label and text."""

    DEFAULT_CSS = """
    Labelled { height: auto; }
    """

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._pairs: Pairs = ()

    @property
    def text(self) -> str:
        """Everything that is shown, without colour."""
        return "\n".join(f"{label} {text.plain}" for label, text in self._pairs)

    def show(self, pairs: Pairs) -> None:
        """Shows these."""
        self._pairs = tuple(pairs)
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Returns as many lines as the text takes at this width."""
        del container, viewport
        return len(hang(self._pairs, width))

    def render(self) -> Content:
        """Returns the lines."""
        return Content("\n").join(hang(self._pairs, self.content_size.width))
