"""Lays lines out as rows of the screen: wrapped or not, in one column or before and after side by side. Pure."""

from __future__ import annotations

import difflib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from rich.cells import cell_len

from wizard.values.lean import dataclass

MARKED = 400
"""Characters up to which two lines are compared for marks within them: comparing grows with the square."""
HEADS = ("heading", "offer")
"""The kinds of line that begin an edit."""
ALIKE = 0.5
"""The ratio from which two lines are one line that was changed: below it, marking all of them would say nothing."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line.

    `kind`: plain, heading, offer, muted, add, remove or hunk. `number`: its line in the file as it will be (of a
    removed line: as it is), 0 without one; `before`: that of an unchanged line in the file as it is. `key`: what it
    belongs to, the same for all lines of one edit. `path`: the file. `short`: what a list says in its place.
    """

    text: str
    kind: str = "plain"
    number: int = 0
    before: int = 0
    key: str = ""
    path: str = ""
    short: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters `start` to `stop` of line `line`, on one row."""

    line: int
    start: int
    stop: int


Row = tuple[Piece | None, ...]
"""What one row shows: one piece, or the one before and the one after."""


NEW_FILE = "@@ -0,0 "
"""What begins the only hunk of a new file: it has no other side to stand beside."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A text as rows. `row_of`: the first row of each line. `begins`: the rows on which a line begins."""

    rows: tuple[Row, ...] = ()
    row_of: tuple[int, ...] = ()
    begins: tuple[int, ...] = ()

    def line(self, row: int) -> int:
        """Returns the line that the cursor stands on in a row: the one after, where there is one."""
        return next(piece.line for piece in reversed(self.rows[row]) if piece is not None)

    def step(self, row: int, lines: int) -> int:
        """Returns the line that begins so many lines below the one on this row, as they are seen."""
        at = min(max(bisect_right(self.begins, row) - 1 + lines, 0), len(self.begins) - 1)
        return self.line(self.begins[at])

    def end(self, row: int) -> int:
        """Returns the last row of what begins on this one."""
        following = bisect_right(self.begins, row)
        return (self.begins[following] if following < len(self.begins) else len(self.rows)) - 1


def lay_out(lines: Sequence[Line], room: int, *, beside: bool) -> Layout:
    """Lays lines out in columns of `room` cells, 0: as wide as the longest line."""
    made = tuple(_rows(lines, room, beside=beside))
    row_of, begins = [0] * len(lines), []
    for number, row in enumerate(made):
        first = [piece.line for piece in row if piece is not None and piece.start == 0]
        for line in first:
            row_of[line] = number
        if first:
            begins.append(number)
    return Layout(made, tuple(row_of), tuple(begins))


def _rows(lines: Sequence[Line], room: int, *, beside: bool) -> Iterator[Row]:
    place, paired = 0, beside
    while place < len(lines):
        if lines[place].kind == "hunk":
            paired = beside and not lines[place].text.startswith(NEW_FILE)
        removed = run(lines, place, "remove") if paired else place
        added = run(lines, removed, "add") if paired else place
        if added > place:
            for old, new in zip_longest(range(place, removed), range(removed, added)):
                yield from zip_longest(_pieces(lines, old, room), _pieces(lines, new, room))
            place = added
        else:
            both = 2 if beside and lines[place].before else 1
            whole = 2 * room if beside and both == 1 else room  # what stands on one side only has both
            yield from ((piece,) * both for piece in _pieces(lines, place, whole))
            place += 1


def _pieces(lines: Sequence[Line], number: int | None, room: int) -> Iterator[Piece]:
    """Yields the pieces of one line: as many as it needs in `room` cells."""
    if number is None:
        return
    text = lines[number].text
    if not room or len(text) <= room // 2 or cell_len(text) <= room:
        yield Piece(number, 0, len(text))
        return
    start = 0
    while start < len(text):
        stop = break_at(text, start, room)
        yield Piece(number, start, stop)
        start = stop


def break_at(text: str, start: int, room: int) -> int:
    """Returns where a row that begins at `start` ends: behind the last space that fits, else where the room ends."""
    width, stop, space = 0, start, 0
    while stop < len(text):
        width += cell_len(text[stop])
        if width > room:
            return space if space > start else max(stop, start + 1)
        stop += 1
        if text[stop - 1] == " ":
            space = stop
    return stop


def run(lines: Sequence[Line], start: int, kind: str) -> int:
    """Returns where the lines of this kind that begin at `start` end."""
    while start < len(lines) and lines[start].kind == kind:
        start += 1
    return start


def partners(lines: Sequence[Line]) -> dict[int, int]:
    """Returns, for every removed line that an added one of the same hunk replaces, the other one, both ways."""
    found: dict[int, int] = {}
    place = 0
    while place < len(lines):
        removed = run(lines, place, "remove")
        added = run(lines, removed, "add")
        if removed > place and added - removed == removed - place:
            for old, new in zip(range(place, removed), range(removed, added), strict=True):
                found[old], found[new] = new, old
        place = max(added, place + 1)
    return found


def changed_within(line: str, other: str) -> tuple[int, int] | None:
    """Returns where a line differs from the one that stands for it on the other side; None when little is alike."""
    if max(len(line), len(other)) > MARKED:
        return None
    blocks = difflib.SequenceMatcher(None, line[1:], other[1:], autojunk=False)
    if blocks.ratio() < ALIKE:
        return None
    changes = [code for code in blocks.get_opcodes() if code[0] != "equal"]
    return (changes[0][1] + 1, changes[-1][2] + 1) if changes else None


def kept_at(lines: Sequence[Line], cursor: int, shown: Sequence[Line]) -> int:
    """Returns where a cursor goes among other lines: as far behind the head of its edit as it stood; to the head, where
    the edit is left out now, or taken again.
    """
    here = lines[cursor] if lines else None
    if here is None or not here.key:
        return cursor
    start = next(n for n, line in enumerate(lines) if line.key == here.key)
    there = [n for n, line in enumerate(shown) if line.key == here.key]
    there = there or [n for n, line in enumerate(shown) if line.path == here.path and line.kind in HEADS]
    return there[min(cursor - start, len(there) - 1)] if there else cursor
