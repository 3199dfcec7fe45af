"""What the audit says of one item of one service."""

from __future__ import annotations

from enum import StrEnum

from wizard.values.lean import dataclass
from wizard.values.observation import Observation
from wizard.values.phase import Phase
from wizard.values.source import Source


class Status(StrEnum):
    """The six statuses of CHECKLIST.md; the same words in code, screens and JSON."""

    MET = "met"
    UNMET = "unmet"
    BROKEN = "broken"
    UNKNOWN = "unknown"
    WAIVED = "waived"
    NA = "na"


@dataclass(frozen=True, slots=True)
class Finding:
    """The status of one item, with its evidence.

    `summary`: one sentence, no newline. `sources`: the lines that say so (for `unmet`: where it was looked for, line
    0).
    `observations`: the live evidence. `hint`: what to do next, empty when met.
    A finding without sources and observations is a bug.
    """

    item: str
    status: Status
    summary: str
    sources: tuple[Source, ...] = ()
    observations: tuple[Observation, ...] = ()
    hint: str = ""

    @property
    def phase(self) -> Phase:
        """The phase of the item."""
        return Phase.of_item(self.item)

    @property
    def done(self) -> bool:
        """True when nothing is left to do: met, waived or not applicable."""
        return self.status in (Status.MET, Status.WAIVED, Status.NA)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Sources that disagree about one thing of one service: `topic` is `port`, `channel`, `variable` …

    `says` holds each value with its line, in the order spec, config, Dockerfile, compose, README, runbook, registry.
    """

    service: str
    topic: str
    message: str
    says: tuple[tuple[str, Source], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The thirty findings of one service in checklist order, and what contradicts what."""

    service: str
    findings: tuple[Finding, ...]
    contradictions: tuple[Contradiction, ...] = ()

    def finding(self, item: str) -> Finding:
        """The finding of one item. Raises `KeyError`."""
        for finding in self.findings:
            if finding.item == item:
                return finding
        raise KeyError(item)

    def of_phase(self, phase: Phase) -> tuple[Finding, ...]:
        """The findings of one phase, in order."""
        return tuple(f for f in self.findings if f.phase is phase)

    @property
    def counts(self) -> dict[Status, int]:
        """How many findings have each status (every status is a key)."""
        found = dict.fromkeys(Status, 0)
        for finding in self.findings:
            found[finding.status] += 1
        return found
