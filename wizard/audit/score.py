"""Which service to look at first: contradictions, then what is closest to done."""

from __future__ import annotations

from collections.abc import Iterable

from wizard.values.finding import Report, Status


def score(report: Report) -> tuple[int, int]:
    """(items done, items that apply)."""
    applies = [f for f in report.findings if f.status is not Status.NA]
    return sum(f.done for f in applies), len(applies)


def left(report: Report) -> int:
    """How many items are open."""
    done, total = score(report)
    return total - done


def by_urgency(reports: Iterable[Report]) -> tuple[Report, ...]:
    """Contradictions first, then the unfinished ones closest to done, then the finished ones; equal ones by name."""
    return tuple(sorted(reports, key=lambda r: (not r.contradictions, left(r) == 0, left(r), r.service)))
