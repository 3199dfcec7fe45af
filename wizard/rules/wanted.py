"""What a text must and must not have: the one reading of `contains` and `lacks`, for files, answers and logs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from wizard.values.declared import Text
from wizard.values.lean import dataclass

LONGEST_LINE = 20_000
"""Characters of a line that are looked at: a minified file is one line."""


@dataclass(frozen=True, slots=True)
class Amiss:
    """What is not as it should be. `line`: where a text stands that must not be there, 0 for one that is missing."""

    words: str
    line: int = 0


def amiss(text: Text, content: str, fill: Callable[[str], str] = str) -> Amiss | None:
    """Returns the first thing that is wrong with a content; `fill` puts the service's name into what is looked for."""
    lines = content.split("\n")
    for wanted in map(fill, text.contains):
        if next(lines_with(wanted, lines), 0) == 0:
            return Amiss(f"has no `{wanted}`")
    for unwanted in map(fill, text.lacks):
        line = next(lines_with(unwanted, lines), 0)
        if line:
            return Amiss(f"has `{unwanted}`", line)
    return None


def lines_with(pattern: str, lines: Iterable[str]) -> Iterator[int]:
    """Yields the numbers, from 1, of the lines that have a text; `*` stands for anything between two parts of it.

    The parts are found one after the other, so that no pattern takes longer than the line is long.
    """
    parts = [part for part in pattern.split("*") if part]
    return (number for number, line in enumerate(lines, 1) if _has(line[:LONGEST_LINE], parts))


def _has(line: str, parts: list[str]) -> bool:
    at = 0
    for part in parts:
        found = line.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return True
