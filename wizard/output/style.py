"""Colour for the headless door, by https://no-color.org and FORCE_COLOR. Status never rests on colour alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO

from wizard.values.finding import Status
from wizard.values.lean import dataclass

GLYPHS = {
    Status.MET: "✓",
    Status.UNMET: "○",
    Status.BROKEN: "✗",
    Status.UNKNOWN: "?",
    Status.WAIVED: "~",
    Status.NA: "–",
}
ASCII_GLYPHS = {
    Status.MET: "+",
    Status.UNMET: "o",
    Status.BROKEN: "x",
    Status.UNKNOWN: "?",
    Status.WAIVED: "~",
    Status.NA: "-",
}
_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36"}
_COLOURS = {
    Status.MET: "green",
    Status.UNMET: "yellow",
    Status.BROKEN: "red",
    Status.UNKNOWN: "cyan",
    Status.WAIVED: "blue",
    Status.NA: "dim",
}


@dataclass(frozen=True, slots=True)
class Style:
    """How to mark text on one stream."""

    colour: bool = False
    unicode: bool = True

    def paint(self, text: str, name: str) -> str:
        """`text` in the named colour, or as it is."""
        return f"\x1b[{_CODES[name]}m{text}\x1b[0m" if self.colour else text

    def status(self, status: Status) -> str:
        """Glyph and word of a status, padded to one width."""
        glyph = (GLYPHS if self.unicode else ASCII_GLYPHS)[status]
        return self.paint(f"{glyph} {status.value:<7}", _COLOURS[status])


def style_for(stream: TextIO, env: Mapping[str, str], *, no_color: bool = False) -> Style:
    """The style that fits a stream: colour only on a terminal that can, unless FORCE_COLOR asks for it."""
    unicode = (getattr(stream, "encoding", "") or "ascii").lower().replace("-", "") in ("utf8", "utf16")
    if no_color or env.get("NO_COLOR"):
        return Style(False, unicode)
    if env.get("FORCE_COLOR"):
        return Style(True, unicode)
    return Style(stream.isatty() and env.get("TERM", "dumb") != "dumb", unicode)
