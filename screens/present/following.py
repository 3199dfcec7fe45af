"""What others changed in the files, as the text of a notice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wizard.rules.text import one_line

if TYPE_CHECKING:
    from wizard.values.change import StackChange

MOST = 4
"""Lines of a notice: who wants all of them has the screens, which show the stack as it is now."""


def said_of(change: StackChange) -> str:
    """Returns the files and what got better or worse, the worse first; '' when the findings are as they were."""
    lines = list(_lines(change))
    if not lines:
        return ""
    more = len(change.paths) - 2
    paths = ", ".join(one_line(path, 60) for path in change.paths[:2]) + (f" and {more} more" if more > 0 else "")
    rest = [f"… and {len(lines) - MOST} more"] if len(lines) > MOST else []
    return "\n".join([paths, *lines[:MOST], *rest])


def _lines(change: StackChange) -> Iterator[str]:
    for found in change.new:
        yield f"worse: {one_line(found.service)}: {one_line(found.message, 160)}"
    for turn in sorted(change.turned, key=lambda one: one.better is not False):
        word = {True: "better", False: "worse", None: "other"}[turn.better]
        yield f"{word}: {one_line(turn.service)} {turn.finding.item} {turn.before.value} → {turn.finding.status.value}"
    for one in change.flow_new:
        yield f"worse: {one_line(one.message, 160)}"
    for name in change.services_new:
        yield f"new service {one_line(name)}"
    for name in change.services_gone:
        yield f"service {one_line(name)} is gone"
    for problem in change.problems_new:
        yield f"not read: {one_line(str(problem.source))}: {one_line(problem.message, 120)}"
    for message in (*(one.message for one in change.gone), *(one.message for one in change.flow_gone)):
        yield f"better, no longer: {one_line(message, 160)}"
