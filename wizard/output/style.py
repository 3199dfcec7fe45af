"""Colours lines by https://no-color.org and FORCE_COLOR (status never rests on colour), and fits them to a width."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TextIO

from wizard.rules.text import clean, width
from wizard.values.finding import Status
from wizard.values.lean import dataclass
from wizard.values.pattern import lazy_pattern

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
_OWN = lazy_pattern(rf"(\x1b\[(?:0|{'|'.join(_CODES.values())})m)")
_COLOUR = lazy_pattern(r"\x1b\[[0-9;]*m")
_LEAST = 40
"""Columns: on a terminal narrower than this, breaking lines makes more of a mess than it mends."""
_DEEPER = 2


def safe_with_colours(line: str) -> str:
    """Returns `line` cleaned as outside text, the colours of `Style` kept: the last door before a stream."""
    return "".join(piece if number % 2 else clean(piece) for number, piece in enumerate(_OWN.split(line)))


@dataclass(frozen=True, slots=True)
class Style:
    """How to mark text on one stream."""

    colour: bool = False
    unicode: bool = True

    def paint(self, text: str, name: str) -> str:
        """Returns `text` in the named colour, or as it is."""
        return f"\x1b[{_CODES[name]}m{text}\x1b[0m" if self.colour else text

    def status(self, status: Status) -> str:
        """Returns glyph and word of a status, padded to one width."""
        glyph = (GLYPHS if self.unicode else ASCII_GLYPHS)[status]
        return self.paint(f"{glyph} {status.value:<7}", _COLOURS[status])


def style_for(stream: TextIO, env: Mapping[str, str], *, no_color: bool = False) -> Style:
    """Returns the style that fits a stream: colour only on a terminal that can, unless FORCE_COLOR asks for it."""
    unicode = (getattr(stream, "encoding", "") or "ascii").lower().replace("-", "") in ("utf8", "utf16")
    if no_color or env.get("NO_COLOR"):
        return Style(False, unicode)
    if env.get("FORCE_COLOR"):
        return Style(True, unicode)
    return Style(stream.isatty() and env.get("TERM", "dumb") != "dumb", unicode)


def wrapped(line: str, room: int) -> Iterator[str]:
    """Yields `line` in pieces of at most `room` columns; a longer word stays whole, so that it can be copied."""
    if room < _LEAST or columns(line) <= room:
        yield line
        return
    indent = line[: len(line) - len(line.lstrip(" "))]
    hanging = indent + " " * _DEEPER
    current = indent
    for word in line[len(indent) :].split(" "):
        joined = f"{current} {word}" if current.strip(" ") else current + word
        if columns(joined) > room and current.strip(" "):
            yield current
            joined = hanging + word
        current = joined
    yield current


def columns(text: str) -> int:
    """Returns how many columns a text takes, colours taken out."""
    return width(_COLOUR.sub("", text))
