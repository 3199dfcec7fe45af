"""What every splicer shares: cuts in a text, the line breaks of a file, and the refusal.

A splice never writes a document anew: it cuts out spans and puts text in their place. Everything outside the cuts is
the same characters in the same order, and `apply` proves it for every call.
"""

from __future__ import annotations

from collections.abc import Sequence

from wizard.rules.text import undecoded, why_no_utf8
from wizard.values.lean import dataclass


@dataclass(frozen=True, slots=True)
class Cut:
    """`text[start:end]` becomes `new`; `start == end` inserts."""

    start: int
    end: int
    new: str


@dataclass(frozen=True, slots=True)
class Splice:
    """A text before and after, and the cuts between them, in order. `line`: 1-based line of the first cut."""

    before: str
    after: str
    cuts: tuple[Cut, ...]

    @property
    def line(self) -> int:
        """Where the change begins."""
        return self.before.count("\n", 0, self.cuts[0].start) + 1 if self.cuts else 0

    @property
    def new_spans(self) -> tuple[tuple[int, int], ...]:
        """Where the new text of each cut stands in `after`."""
        spans, shift = [], 0
        for cut in self.cuts:
            start = cut.start + shift
            spans.append((start, start + len(cut.new)))
            shift += len(cut.new) - (cut.end - cut.start)
        return tuple(spans)


class SpliceRefused(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """An edit that cannot be made safely: why, the text to paste by hand, and the line to look at (0: nowhere in
    particular)."""

    def __init__(self, reason: str, paste: str = "", line: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.paste = paste
        self.line = line


def check_utf8(text: str, paste: str, line: int = 0) -> None:
    """Refuses a file in UTF-16, or with NUL bytes: a line of UTF-8 in it would make all of it unreadable; and letters
    beyond ASCII for a file in Latin-1 or the like, which would then be in two encodings."""
    why = why_no_utf8(text)
    if not why and not paste.isascii() and (foreign := undecoded(text)) is not None:
        row = text.count("\n", 0, foreign) + 1
        why = f"line {row} is not UTF-8, and the change has letters beyond ASCII: save it as UTF-8"
    if why:
        raise SpliceRefused(f"the file cannot be edited: {why}, or make the change in your editor", paste, line)


def apply(text: str, cuts: Sequence[Cut]) -> Splice:
    """Makes the cuts. Raises `SpliceRefused` when they overlap, and checks that every other character is where it
    was.
    """
    ordered = tuple(sorted((cut for cut in cuts if cut.new or cut.end > cut.start), key=lambda cut: cut.start))
    parts: list[str] = []
    at = 0
    for cut in ordered:
        if cut.start < at or cut.end < cut.start:
            raise SpliceRefused("two changes touch the same place", line=text.count("\n", 0, cut.start) + 1)
        parts += (text[at : cut.start], cut.new)
        at = cut.end
    parts.append(text[at:])
    if ordered:
        check_utf8(text, "".join(cut.new for cut in ordered), text.count("\n", 0, ordered[0].start) + 1)
    splice = Splice(text, "".join(parts), ordered)
    if not _kept(splice):
        raise SpliceRefused("the change would touch text outside of its place", line=splice.line)
    return splice


def _kept(splice: Splice) -> bool:
    """Every character outside the cuts is identical."""
    before, after = 0, 0
    for cut, (start, end) in zip(splice.cuts, splice.new_spans, strict=True):
        if splice.before[before : cut.start] != splice.after[after:start] or splice.after[start:end] != cut.new:
            return False
        before, after = cut.end, end
    return splice.before[before:] == splice.after[after:]


def line_start(text: str, at: int) -> int:
    """Returns the offset where the line of `at` begins; a BOM belongs to no line."""
    start = text.rfind("\n", 0, at) + 1
    return start + 1 if start == 0 and text.startswith("\ufeff") else start


def line_end(text: str, at: int) -> int:
    """Returns the offset where the line of `at` ends, before its line break (LF or CRLF)."""
    end = text.find("\n", at)
    if end < 0:
        return len(text)
    return end - 1 if end > at and text[end - 1] == "\r" else end


def next_line(text: str, at: int) -> int:
    """Returns the offset of the line after that of `at`; the text's length when there is none."""
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


def newline_at(text: str, at: int) -> str:
    """Returns the line break in use around `at`: that of its own line, else that of the line above, else LF."""
    end = text.find("\n", at)
    if end < 0:
        end = text.rfind("\n", 0, at)
    return "\r\n" if end > 0 and text[end - 1] == "\r" else "\n"


def in_breaks(text: str, newline: str) -> str:
    """Returns a text with LF line breaks in those of the file."""
    return text if newline == "\n" else text.replace("\r\n", "\n").replace("\n", newline)


def line_of(text: str, at: int) -> int:
    """Returns the line of an offset, from 1."""
    return text.count("\n", 0, at) + 1


def end_cut(text: str, block: str) -> Cut:
    """Returns a block as the last thing of a text, one blank line before it; the text keeps having, or lacking, its
    last line break.
    """
    newline = newline_at(text, len(text))
    body = in_breaks(block.strip("\n"), newline)
    if not text.strip("\ufeff\r\n \t"):
        return Cut(len(text), len(text), body + newline)
    if text.endswith("\n"):
        blank = "" if text.endswith(newline * 2) else newline
        return Cut(len(text), len(text), blank + body + newline)
    return Cut(len(text), len(text), newline * 2 + body)
