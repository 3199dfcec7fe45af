"""Wrapped text with a hanging indent: labels on the left, or lines whose first column is one."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Static

from wizard.values.pattern import lazy_pattern

_COLUMN = lazy_pattern(r"\S*\s{2,}|\S+(?: \S+)*\s{2,}")
"""What a line hangs under: its indent, or its first column, which ends in two spaces."""
Pairs = Sequence[tuple[str, Content]]
LABEL = 9
NARROWEST = 24
"""Columns that a second column needs; below that a line goes on at the edge."""


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


def hung(text: Content, width: int) -> list[Content]:
    """Returns the lines of a text; what of one does not fit goes on under its second column."""
    lines: list[Content] = []
    for line in text.split("\n", allow_blank=True):
        found = _COLUMN.match(line.plain)
        indent = found.end() if found is not None and found.end() <= width - NARROWEST else 0
        first, *more = line[indent:].wrap(max(10, width - indent)) or [Content("")]
        lines += [line[:indent] + first.rstrip(), *(Content(" " * indent) + piece.rstrip() for piece in more)]
    return lines


def under(head: Content, text: Content, width: int, indent: int = 6) -> list[Content]:
    """Returns a text behind its head where one line holds both, else on lines of its own below it."""
    if text and head.cell_length + 2 + text.cell_length <= width:
        return [head + "  " + text]
    room = max(10, width - indent)
    first, *rest = head.wrap(max(10, width)) if head.cell_length > width else [head]
    below = [*Content(" ").join(rest).wrap(room)] if rest else []
    below += text.wrap(room) if text else []
    return [first.rstrip(), *(Content(" " * indent) + piece.rstrip() for piece in below)]


class Hung(Static):
    """Shows a text that hangs."""

    def __init__(self, text: Content, *, id: str) -> None:
        super().__init__(id=id, markup=False)
        self._text = text

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Returns as many lines as the text takes at this width."""
        del container, viewport
        return len(hung(self._text, width))

    def render(self) -> Content:
        """Returns the lines."""
        return Content("\n").join(hung(self._text, self.content_size.width))


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
