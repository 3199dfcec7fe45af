"""The one error of the syntax room, and the line that an offset stands on."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable


class SyntaxTrouble(Exception):  # noqa: N818 - the name the rooms agreed on
    """A text cannot be read as what it should be.

    `message` says what is wrong in one sentence; `line` is 1-based, 0 when the text as a whole is meant. Whoever knows
    the path turns it into a `Problem` or an `UnreadableError`.
    """

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


def line_finder(text: str) -> Callable[[int], int]:
    """Returns a function from an offset to its 1-based line. The breaks are listed once, at the first call: counting
    them from the start for every node makes reading quadratic."""
    breaks: list[int] = []

    def line(offset: int) -> int:
        if not breaks:
            at = text.find("\n")
            while at >= 0:
                breaks.append(at)
                at = text.find("\n", at + 1)
            breaks.append(len(text))
        return bisect_left(breaks, offset) + 1

    return line
