"""What a gate in CI compares: each thing that is wrong, known by its content, and those that a stack has had before."""

from __future__ import annotations

from wizard.values.lean import dataclass
from wizard.values.source import Source

BASELINE = ".stack-wizard/baseline.yaml"


@dataclass(frozen=True, slots=True)
class Concern:
    """One thing that is wrong. `rule`: the item, or `contradiction`. `level`: broken, unmet or contradiction.

    `fingerprint`: of what is said and of the text of its lines, not of their numbers, so that it survives moved lines.
    """

    service: str
    rule: str
    level: str
    message: str
    hint: str
    sources: tuple[Source, ...]
    fingerprint: str


@dataclass(frozen=True, slots=True)
class KnownConcern:
    """An entry of the baseline. Only the fingerprint counts; the rest tells a person what it is about."""

    fingerprint: str
    service: str
    rule: str
    level: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Baseline:
    """What was wrong when the baseline was written."""

    schema: int
    findings: tuple[KnownConcern, ...] = ()


@dataclass(frozen=True, slots=True)
class Compared:
    """What is wrong now, beside a baseline: `gone` are its entries that no longer exist."""

    new: tuple[Concern, ...]
    known: tuple[Concern, ...]
    gone: tuple[KnownConcern, ...]
