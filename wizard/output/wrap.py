"""Long lines for a terminal of a certain width: broken at spaces, indented below their beginning, colours kept."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.values.pattern import lazy_pattern

_COLOUR = lazy_pattern(r"\x1b\[[0-9;]*m")
_LEAST = 40
_DEEPER = 2


def wrapped(line: str, width: int) -> Iterator[str]:
    """`line` in pieces of at most `width` columns; a word longer than that stays whole, so that it can be copied."""
    if width < _LEAST or columns(line) <= width:
        yield line
        return
    indent = line[: len(line) - len(line.lstrip(" "))]
    hanging = indent + " " * _DEEPER
    current = indent
    for word in line[len(indent) :].split(" "):
        joined = f"{current} {word}" if current.strip(" ") else current + word
        if columns(joined) > width and current.strip(" "):
            yield current
            joined = hanging + word
        current = joined
    yield current


def columns(text: str) -> int:
    """How many columns a text takes, colours taken out; East Asian wide characters take two."""
    plain = _COLOUR.sub("", text)
    if plain.isascii():
        return len(plain)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in plain)
