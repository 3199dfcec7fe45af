"""READ and JUDGE again and again: of a stack that was judged before, only what may be judged otherwise now."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.audit.audit import audit_stack
from wizard.audit.compose.swarm import stack_report
from wizard.audit.difference import Judgement
from wizard.audit.flow import flow_contradictions
from wizard.checklist.load import checklist_of
from wizard.pipeline.flow import flow_of
from wizard.pipeline.opening import Stack, problems_of, read
from wizard.stack.infer.infer import infer
from wizard.values.facts.stack import ServiceFacts, StackFacts
from wizard.values.finding import Report
from wizard.values.flow import FlowFinding
from wizard.values.lean import dataclass
from wizard.values.source import Problem
from wizard.values.spec import Inferred


@dataclass(frozen=True, slots=True)
class Judged:
    """A stack at one moment. `inferred` and `reports`: by service, in the stack's order."""

    facts: StackFacts
    inferred: dict[str, Inferred]
    reports: dict[str, Report]
    flow: tuple[FlowFinding, ...]

    @property
    def judgement(self) -> Judgement:
        """Returns what two moments are compared by."""
        whole = stack_report(self.facts)  # what is no service's own, as in `check`
        reports = (*self.reports.values(), *((whole,) if whole is not None else ()))
        return Judgement(reports, self.flow, unread(self.facts))


def unread(facts: StackFacts) -> tuple[Problem, ...]:
    """Returns everything that could not be read, of shared files and of the services' own."""
    own = [problem for service in facts.services for problem in service.problems]
    own += [problem for service in facts.services for file in service.code for problem in file.problems]
    return tuple(dict.fromkeys((*problems_of(facts), *own)))


class Judge:
    """Judges one stack whenever asked; a service whose verdicts cannot be others than before keeps them.

    A verdict is a function of the service's own facts and texts, of what services share, of what every audit may know
    of the other services (`_known_of_others`), and of the message flow. Facts are read afresh every time.
    """

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.last: Judged | None = None

    def look(self) -> Judged:
        """Reads the stack and judges it. Raises what `read` raises; the last judgement then stands."""
        self.last = self.judged(read(self.stack))
        return self.last

    def reports(self, facts: StackFacts) -> tuple[Report, ...]:
        """Returns the reports of a new reading, in the stack's order."""
        self.last = self.judged(facts)
        return tuple(self.last.reports.values())

    def judged(self, facts: StackFacts) -> Judged:
        """Returns the judgement of these facts."""
        flow = flow_of(facts)[1]
        before = self.last
        stale = _stale(before, facts, flow) if before is not None else None
        todo = [service.name for service in facts.services if stale is None or service.name in stale]
        inferred = {name: infer(facts, name) for name in todo}
        made = (
            audit_stack(facts, [one.spec for one in inferred.values()], checklist_of(facts), inferred, flow)
            if todo
            else ()
        )
        reports = dict(zip(todo, made, strict=True))
        if before is None:
            return Judged(facts, inferred, reports, flow)
        names = [service.name for service in facts.services]
        return Judged(
            facts,
            {name: inferred.get(name) or before.inferred[name] for name in names},
            {name: reports.get(name) or before.reports[name] for name in names},
            flow,
        )


def _stale(before: Judged, facts: StackFacts, flow: tuple[FlowFinding, ...]) -> set[str]:
    """Returns the services that may be judged otherwise than before."""
    everyone = {service.name for service in facts.services}
    changed = _changed(before.facts.texts, facts.texts)
    owned = {path: service.name for service in facts.services for path in _paths(service)}
    shared = [path for path in changed if path not in owned or path in facts.asked]
    if shared or _shared(before.facts) != _shared(facts):
        return everyone
    old = {service.name: service for service in before.facts.services}
    stale = {service.name for service in facts.services if old.get(service.name) != service}
    stale |= {service.name for service in facts.services if changed and not changed.isdisjoint(_paths(service))}
    return stale | {
        name for name in everyone if flow_contradictions(before.flow, name) != flow_contradictions(flow, name)
    }


def _changed(before: dict[str, str], now: dict[str, str]) -> set[str]:
    return {path for path in before.keys() | now.keys() if before.get(path) != now.get(path)}


def _paths(service: ServiceFacts) -> Iterator[str]:
    """Yields the files of which only this service's audit reads the text (a file may be of several services)."""
    yield from service.own_files
    yield from (file.path for file in service.code)
    yield from (file.path for files in service.tests.values() for file in files)


def _shared(facts: StackFacts) -> tuple[object, ...]:
    """Returns everything but one service's own that its verdicts may rest on."""
    return (
        facts.detected,
        facts.compose,
        facts.registry,
        facts.runbook,
        facts.sql,
        facts.pytest,
        facts.claims,
        facts.dockerignore,
        facts.problems,
        facts.credentials,
        facts.whole,
        facts.checklist,
        facts.asked,
        _known_of_others(facts),
        {path.partition("/")[0] for path in facts.texts},
    )


def _known_of_others(facts: StackFacts) -> tuple[object, ...]:
    """Returns what an audit asks of services that are not its own: how they are called, where they lie, what of them
    Compose and their image say."""
    return tuple(
        (service.name, service.folder, service.compose, service.dockerfile, service.readme and service.readme.path)
        for service in facts.services
    )
