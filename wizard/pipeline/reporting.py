"""READ and JUDGE for the page: everything that a report of a whole stack tells, from one reading."""

from __future__ import annotations

from collections.abc import Iterable

from wizard.audit.compose.swarm import stack_report
from wizard.audit.ports import PortRow, port_table
from wizard.audit.ranking import by_urgency
from wizard.checklist.load import checklist_of
from wizard.pipeline.flow import flow_of
from wizard.pipeline.opening import Stack, judge_all, read
from wizard.values.checklist import Checklist
from wizard.values.facts.stack import StackFacts
from wizard.values.finding import Report
from wizard.values.flow import Flow, FlowFinding
from wizard.values.lean import dataclass
from wizard.values.receipt import PhaseCommit


@dataclass(frozen=True, slots=True)
class Reported:
    """A stack at one moment, reports in order of urgency. `commits`: the wizard's, newest first. `whole`: what
    is no service's own."""

    facts: StackFacts
    reports: tuple[Report, ...]
    flow: Flow
    findings: tuple[FlowFinding, ...]
    ports: tuple[PortRow, ...]
    commits: tuple[PhaseCommit, ...]
    checklist: Checklist
    whole: tuple[Report, ...] = ()


def reported(stack: Stack) -> Reported:
    """Reads and judges the stack; sockets of this machine are no part of it, since the page is for other machines."""
    facts = read(stack)
    return told_of(stack, facts, judge_all(facts))


def told_of(stack: Stack, facts: StackFacts, reports: Iterable[Report]) -> Reported:
    """Returns what the page tells of a stack that was read and judged."""
    flow, findings = flow_of(facts)
    commits = stack.repo.log() if stack.repo is not None else ()
    whole = stack_report(facts)
    more = (whole,) if whole is not None else ()
    return Reported(facts, by_urgency(reports), flow, findings, port_table(facts), commits, checklist_of(facts), more)
