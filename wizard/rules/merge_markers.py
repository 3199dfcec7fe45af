"""Answers whether a text holds a merge that nobody finished: two sides and no answer which one counts."""

from __future__ import annotations

UNFINISHED = "unfinished merge: conflict markers, resolve it first"
_BEGIN, _BETWEEN, _END = "<<<<<<<", "=======", ">>>>>>>"
_FENCES = ("```", "~~~")


def unfinished_at(path: str, line: int) -> str:
    """Returns the sentence with the place, for where no place is printed before it."""
    return f"unfinished merge: conflict markers at {path}:{line}, resolve it first"


def conflict_line(text: str) -> int:
    """Returns the line of the first marker that git, or whoever resolved half of it, left in a text; 0 for none.

    https://git-scm.com/docs/git-merge#_how_conflicts_are_presented. A document shows what a conflict looks like in a
    fenced block of its own; `>>>>>>>` alone is a quotation of Markdown.
    """
    if _BEGIN not in text:
        return 0
    lines = text.removeprefix("\ufeff").splitlines()
    begins = [at for at, line in enumerate(lines) if _is(line, _BEGIN)]
    for at, following in zip(begins, [*begins[1:], len(lines)], strict=False):
        ends = [n for n in range(at + 1, following) if _is(lines[n], _END)]
        between = any(lines[n] == _BETWEEN for n in range(at + 1, following))
        shown = ends and _is_fence(lines, at - 1) and _is_fence(lines, ends[0] + 1)
        if (ends or between) and not shown:
            return at + 1
    return 0


def _is(line: str, marker: str) -> bool:
    return line == marker or line.startswith(f"{marker} ")


def _is_fence(lines: list[str], at: int) -> bool:
    return 0 <= at < len(lines) and lines[at].strip().startswith(_FENCES)
