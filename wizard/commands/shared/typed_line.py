"""A command line that is still being typed, as a shell hands it to completion: read, never expanded or run."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence

from wizard.values.pattern import lazy_pattern

_PART = lazy_pattern(
    r"""(?P<space>[ \t\n]+)|\\(?P<escaped>.)|'(?P<single>[^']*)'?|"(?P<double>(?:\\.|[^"\\])*)"?|(?P<plain>.)""",
    re.DOTALL,
)
_IN_QUOTES = lazy_pattern(r'\\([\\"$`\n])')
PROGRAM = "stack-wizard"


def folder_typed(line: str) -> str | None:
    """Returns the folder that `-C` names in the last command of the program on the line, None for none."""
    words = _of_program(list(words_of(line)))
    place = next((at for at in range(len(words) - 1, -1, -1) if words[at].startswith("-C")), None)
    if place is None:
        return None
    value = words[place][2:] or (words[place + 1] if place + 1 < len(words) else "")
    return os.path.expanduser(value) or None  # noqa: PTH111 (an unknown user is left as it is)


def name_typed(line: str, command: str) -> str:
    """Returns the first plain word after a command, '' for none: the service it is about."""
    words = _of_program(list(words_of(line)))
    after = words[words.index(command) + 1 :] if command in words else []
    return next((word for word in after if not word.startswith("-")), "")


def words_of(line: str) -> Iterator[str]:
    """Yields the words as a shell splits them, quotes and backslashes taken away; the last may have an open quote."""
    word, begun = "", False
    for part in _PART.finditer(line):
        if part["space"] is not None:
            if begun:
                yield word
            word, begun = "", False
            continue
        inside = part["double"]
        word += _IN_QUOTES.sub(r"\1", inside) if inside is not None else part[part.lastgroup or 0]
        begun = True
    if begun:
        yield word


def _of_program(words: Sequence[str]) -> list[str]:
    at = max((n for n, word in enumerate(words) if word.rpartition("/")[2] == PROGRAM), default=-1)
    return list(words[at + 1 :])
