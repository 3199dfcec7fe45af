"""The one error of the syntax room."""

from __future__ import annotations


class SyntaxTrouble(Exception):  # noqa: N818 - the name the rooms agreed on
    """A text cannot be read as what it should be.

    `message` says what is wrong in one sentence; `line` is 1-based, 0 when the text as a whole is meant. Whoever knows
    the path turns it into a `Problem` or an `UnreadableError`.
    """

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
