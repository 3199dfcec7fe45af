"""Where in this stack an item is already done well: the best example for somebody who is new to it."""

from __future__ import annotations

from collections.abc import Iterable

from wizard.audit.score import left
from wizard.values.facts import StackFacts
from wizard.values.finding import Finding, Report, Status
from wizard.values.source import Source


def example_for(item: str, facts: StackFacts, reports: Iterable[Report], excluding: str = "") -> Source | None:
    """A line that meets `item` in the most finished other service, or None.

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
