"""What the audit says of one item of one service."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from wizard.values.lean import dataclass
from wizard.values.observation import Observation
from wizard.values.phase import Phase
from wizard.values.source import Source


class Status(StrEnum):
    """The six statuses of an item; the same words in code, screens and JSON."""

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
    phase: Phase
    status: Status
    summary: str
    sources: tuple[Source, ...] = ()
    observations: tuple[Observation, ...] = ()
    hint: str = ""

    @property
    def done(self) -> bool:
        """True when nothing is left to do: met, waived or not applicable."""
        return self.status in (Status.MET, Status.WAIVED, Status.NA)


@dataclass(frozen=True, slots=True)
class Count:
    """How much of some items is done: those met, of those that apply; what was waived or does not apply stands beside.

    Every door shows this count and no other, so that one service has one number.
    """

    met: int
    applies: int
    waived: int
    na: int

    def __str__(self) -> str:
        """Returns `24 of 27`."""
        return f"{self.met} of {self.applies}"

    @property
    def fraction(self) -> str:
        """Returns `3/5`, or `–` where nothing applies."""
        return f"{self.met}/{self.applies}" if self.applies else "–"

    @property
    def beside(self) -> tuple[str, ...]:
        """Returns `1 waived` and `2 na`, as far as there are any."""
        return tuple(f"{n} {word}" for n, word in ((self.waived, "waived"), (self.na, "na")) if n)

    @property
    def complete(self) -> bool:
        """Returns whether everything that applies is met."""
        return self.met == self.applies


def count_of(findings: Iterable[Finding]) -> Count:
    """Counts some findings: the one place where that is done."""
    statuses = [finding.status for finding in findings]
    waived, na = statuses.count(Status.WAIVED), statuses.count(Status.NA)
    return Count(statuses.count(Status.MET), len(statuses) - waived - na, waived, na)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Sources that disagree about one thing of one service: `topic` is `port`, `channel`, `variable` …

    `says` holds each value with its line, in the order spec, config, Dockerfile, compose, README, runbook, registry.
    `other`: the service that says otherwise, '' when the service's own files disagree.
    """

    service: str
    topic: str
    message: str
    says: tuple[tuple[str, Source], ...]
    other: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """The findings of one service, one an item in checklist order, and what contradicts what."""

    service: str
    findings: tuple[Finding, ...]
    contradictions: tuple[Contradiction, ...] = ()

    def finding(self, item: str) -> Finding:
        """Returns the finding of one item. Raises `KeyError`."""
        for finding in self.findings:
            if finding.item == item:
                return finding
        raise KeyError(item)

    def of_phase(self, phase: Phase) -> tuple[Finding, ...]:
        """Returns the findings of one phase, in order."""
        return tuple(f for f in self.findings if f.phase == phase)

    @property
    def count(self) -> Count:
        """Returns how much of the service is done."""
        return count_of(self.findings)

    def count_in(self, phase: Phase) -> Count:
        """Returns how much of one phase is done."""
        return count_of(self.of_phase(phase))

    @property
    def has_sides(self) -> bool:
        """Returns whether the service's own files say different values of one thing."""
        return any(not found.other for found in self.contradictions)

    @property
    def phases(self) -> tuple[Phase, ...]:
        """Returns the phases of the findings, in order."""
        return tuple(dict.fromkeys(f.phase for f in self.findings))

    @property
    def counts(self) -> dict[Status, int]:
        """How many findings have each status (every status is a key)."""
        found = dict.fromkeys(Status, 0)
        for finding in self.findings:
            found[finding.status] += 1
        return found
