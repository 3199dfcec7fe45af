"""What got better or worse between two judgements of a stack, known by content: a moved line is no change."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

from wizard.values.change import StackChange, Turned
from wizard.values.finding import Contradiction, Report
from wizard.values.flow import FlowFinding
from wizard.values.lean import dataclass
from wizard.values.source import Problem, Source

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Judgement:
    """A stack as it was judged at one moment. `problems`: what of it could not be read, the services' own files too."""

    reports: tuple[Report, ...]
    flow: tuple[FlowFinding, ...] = ()
    problems: tuple[Problem, ...] = ()


def difference(before: Judgement, now: Judgement, paths: Iterable[str] = ()) -> StackChange:
    """Returns what is other than before; `paths`: the files that changed meanwhile."""
    old = {report.service: report for report in before.reports}
    names = {report.service for report in now.reports}
    told, tells = ([one for r in side.reports for one in r.contradictions] for side in (before, now))
    stood, stands = ([one for one in side.flow if not one.stops] for side in (before, now))
    return StackChange(
        paths=tuple(paths),
        turned=tuple(turn for report in now.reports for turn in _turned(old.get(report.service), report)),
        services_new=tuple(report.service for report in now.reports if report.service not in old),
        services_gone=tuple(name for name in old if name not in names),
        new=_beyond(tells, told, _contradiction),
        gone=_beyond(told, tells, _contradiction),
        flow_new=_beyond(stands, stood, _flow),
        flow_gone=_beyond(stood, stands, _flow),
        problems_new=_beyond(now.problems, before.problems, _problem),
        problems_gone=_beyond(before.problems, now.problems, _problem),
    )


def _turned(before: Report | None, now: Report) -> Iterable[Turned]:
    known = {finding.item: finding.status for finding in before.findings} if before is not None else {}
    for finding in now.findings:
        was = known.get(finding.item)
        if was is not None and was is not finding.status:
            yield Turned(now.service, was, finding)


def _beyond(these: Iterable[T], others: Iterable[T], key: Callable[[T], Hashable]) -> tuple[T, ...]:
    """Returns those that the others do not have."""
    known = {key(one) for one in others}
    return tuple(one for one in these if key(one) not in known)


def _contradiction(one: Contradiction) -> Hashable:
    return one.service, one.topic, one.other, _said(one.says)


def _flow(one: FlowFinding) -> Hashable:
    return one.kind, one.medium, one.carrier, one.service, one.other, one.certain, _said(one.says)


def _problem(one: Problem) -> Hashable:
    return one.source.path


def _said(says: Iterable[tuple[str, Source]]) -> Hashable:
    return tuple((text, source.path) for text, source in says)
