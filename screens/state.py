"""What the screens show: values of the core, taken at one moment. Screens hold nothing else and can be rebuilt from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wizard.audit.matrix import MatrixLine
    from wizard.audit.ports import PortRow
    from wizard.checklist.schema import Checklist
    from wizard.values.facts import StackFacts
    from wizard.values.finding import Report
    from wizard.values.receipt import PhaseCommit


@dataclass(frozen=True, slots=True)
class StackView:
    """The stack as read and judged a moment ago. `drafts`: services with answers typed but not applied."""

    facts: StackFacts
    reports: tuple[Report, ...]
    matrix: tuple[MatrixLine, ...]
    ports: tuple[PortRow, ...]
    commits: tuple[PhaseCommit, ...]
    checklist: Checklist
    recovered: tuple[str, ...] = ()
    drafts: tuple[str, ...] = field(default=())

    def report(self, name: str) -> Report | None:
        """The report of one service, or None."""
        return next((report for report in self.reports if report.service == name), None)
