"""Ranks the services of a stack: which to look at first, and which shows best how an item is done."""

from __future__ import annotations

from collections.abc import Iterable

from wizard.values.facts.stack import StackFacts
from wizard.values.finding import Finding, Report, Status
from wizard.values.source import Source


def left(report: Report) -> int:
    """Returns how many items are open."""
    count = report.count
    return count.applies - count.met


def by_urgency(reports: Iterable[Report]) -> tuple[Report, ...]:
    """Sorts those whose own files disagree first, then those that disagree with another service, then the unfinished
    ones closest to done, then the finished; equal ones by name."""
    return tuple(sorted(reports, key=lambda r: (_disagreement(r), left(r) == 0, left(r), r.service)))


def _disagreement(report: Report) -> int:
    return min((1 if found.other else 0 for found in report.contradictions), default=2)


def example_for(item: str, facts: StackFacts, reports: Iterable[Report], excluding: str = "") -> Source | None:
    """Returns a line that meets `item` in the most finished other service, or None.

    Where only the live part is missing (`unknown`), the files of the static part are the example.
    """
    others = sorted((r for r in reports if r.service != excluding), key=left)
    for wanted in (Status.MET, Status.UNKNOWN):
        for report in others:
            source = _line(report.finding(item), wanted, facts)
            if source:
                return source
    return None


def _line(finding: Finding, wanted: Status, facts: StackFacts) -> Source | None:
    if finding.status is not wanted:
        return None
    shown = [s for s in finding.sources if s.line or (wanted is Status.UNKNOWN and s.path.endswith(".py"))]
    here = [s for s in shown if s.path in facts.texts] or shown
    return here[0] if here else None
