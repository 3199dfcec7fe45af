"""Checks or plans many services on one reading of the stack, and says after each where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wizard.errors import WizardError
from wizard.pipeline.guided import LACKING
from wizard.pipeline.opening import Stack, judge, read, spec_of
from wizard.pipeline.work import Planned, plan
from wizard.values.facts.stack import StackFacts
from wizard.values.finding import Report, Status
from wizard.values.lean import dataclass
from wizard.values.phase import Phase

STEPS = 3
"""Read, begun, done: what the bar of a service counts."""


@dataclass(frozen=True, slots=True)
class ServiceStep:
    """Where one of many services stands. `done`: of `STEPS`. `good`: None while it is under way."""

    service: str
    done: int
    said: str
    good: bool | None = None


def over_many(stack: Stack, names: Sequence[str], phase: Phase | None) -> Iterator[ServiceStep]:
    """Yields the steps of every service: judged when `phase` is None, else planned. Nothing is written.

    A service that cannot be planned says why, and the next one is taken.
    """
    yield from (ServiceStep(name, 0, "waits") for name in names)
    facts = read(stack, history=phase is None)
    yield from (ServiceStep(name, 1, "read") for name in names)
    for name in names:
        yield ServiceStep(name, 2, "is judged" if phase is None else "is planned")
        try:
            yield _judged(judge(facts, name)) if phase is None else _planned(stack, facts, name, phase)
        except WizardError as trouble:
            yield ServiceStep(name, STEPS, trouble.message, False)


def _judged(report: Report) -> ServiceStep:
    words = [f"{report.count} done", *report.count.beside]
    broken = sum(finding.status is Status.BROKEN for finding in report.findings)
    words += [f"{broken} broken"] if broken else []
    found = len(report.contradictions)
    words += [f"{found} contradiction{'s' if found > 1 else ''}"] if found else []
    return ServiceStep(report.service, STEPS, ", ".join(words), not (broken or found))


def _planned(stack: Stack, facts: StackFacts, name: str, phase: Phase) -> ServiceStep:
    planned: Planned = plan(stack, spec_of(facts, name).spec, phase, facts=facts)
    changes = planned.changeset
    count = len(changes.edits)
    words = [f"{count} file{'s' if count > 1 else ''} to write" if count else "nothing to write"]
    words += [f"{len(changes.refusals)} by hand"] if changes.refusals else []
    findings = planned.report.of_phase(phase)
    left = sum(not finding.done for finding in findings)
    words += [f"{left} open"] if left else []
    lacking = any(finding.status in LACKING for finding in findings)  # what is unknown is not wrong
    return ServiceStep(name, STEPS, ", ".join(words), not (changes.refusals or lacking))
