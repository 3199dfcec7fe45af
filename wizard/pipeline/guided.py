"""What the interactive doors (the app, the plain questions) share: the overview, and answers while they are typed."""

from __future__ import annotations

import re

from wizard.audit.examples import example_for
from wizard.audit.matrix import MatrixLine, matrix
from wizard.audit.ports import PortRow, choose_port, port_problem, port_table
from wizard.audit.score import by_urgency
from wizard.checklist.load import load
from wizard.checklist.schema import Checklist
from wizard.errors import WizardError
from wizard.pipeline.opening import Stack, judge_all, read, spec_of
from wizard.pipeline.sheet import Sheet, read_sheet
from wizard.pipeline.work import Planned, plan
from wizard.session.draft import Drafts
from wizard.session.flow import PhaseState, next_phase, states
from wizard.session.spec_rules import SpecProblem, check_spec, spec_problems
from wizard.values import names
from wizard.values.facts import StackFacts
from wizard.values.finding import Report, Status
from wizard.values.lean import dataclass, replace
from wizard.values.phase import Phase
from wizard.values.receipt import PhaseCommit
from wizard.values.source import Source
from wizard.values.spec import Inferred, ServiceSpec

LACKING = (Status.UNMET, Status.BROKEN)
_STEP = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Overview:
    """The stack as read and judged a moment ago.

    `reports`: the half-finished first. `recovered`: what was put right on opening. `trouble`: why writing is refused.
    `drafts`: services with answers typed but not applied (`''`: one without a name). `branch`: '' when detached.
    """

    facts: StackFacts
    reports: tuple[Report, ...]
    matrix: tuple[MatrixLine, ...]
    ports: tuple[PortRow, ...]
    commits: tuple[PhaseCommit, ...]
    checklist: Checklist
    recovered: tuple[str, ...] = ()
    drafts: tuple[str, ...] = ()
    branch: str = ""
    trouble: str = ""

    def report(self, name: str) -> Report | None:
        """The report of one service, or None."""
        return next((report for report in self.reports if report.service == name), None)

    def phases(self, name: str) -> tuple[PhaseState, ...]:
        """Where the seven phases of a service stand; () when the stack has nothing of it."""
        report = self.report(name)
        return states(report, self.commits) if report is not None else ()

    def next_phase(self, name: str) -> Phase | None:
        """The first phase with something missing or wrong, else with something undecided; None when none is left."""
        report = self.report(name)
        if report is None:
            return Phase.SERVICE
        lacking = (s.phase for s in self.phases(name) if s.open and any(f.status in LACKING for f in s.left))
        return next(lacking, None) or next_phase(report, self.commits)

    def example(self, item: str, excluding: str) -> Source | None:
        """The best line of the stack to learn an item from."""
        return example_for(item, self.facts, self.reports, excluding)


@dataclass(frozen=True, slots=True)
class Answered:
    """Typed answers, read: the spec they make with the rest inferred, and all that is wrong with them, by place."""

    spec: ServiceSpec
    problems: tuple[SpecProblem, ...]

    @property
    def complete(self) -> bool:
        """True when the stack can take this spec."""
        return not self.problems

    def problem(self, *steps: str | int) -> str:
        """The first problem at this place or below it, or ''."""
        return next((p.message for p in self.problems if p.steps[: len(steps)] == steps), "")


def overview(stack: Stack, recovered: tuple[str, ...] = ()) -> Overview:
    """Read and judge everything, machine sockets included."""
    facts = read(stack, sockets=True)
    reports = judge_all(facts)
    return Overview(
        facts=facts,
        reports=tuple(sorted(by_urgency(reports), key=lambda report: not half_finished(report))),
        matrix=matrix(facts, reports),
        ports=port_table(facts),
        commits=stack.repo.log() if stack.repo is not None else (),
        checklist=load(),
        recovered=recovered,
        drafts=_drafts(stack),
        branch=stack.repo.branch() if stack.repo is not None else "",
        trouble=_trouble(stack),
    )


def half_finished(report: Report) -> bool:
    """Begun and not brought to an end: an item is there but wrong, or a phase of files has nothing done yet."""
    by_files = [report.of_phase(phase) for phase in Phase if phase is not Phase.DEPLOYMENT]
    empty = any(not any(f.done for f in findings) for findings in by_files)
    return empty or any(f.status is Status.BROKEN for findings in by_files for f in findings)


def inferred_with_draft(stack: Stack, facts: StackFacts, name: str) -> tuple[Inferred, Sheet, bool]:
    """What the stack says of a service, the sheet to show, and whether that is an earlier draft's."""
    inferred = spec_of(facts, name) if name else Inferred(ServiceSpec("", "", choose_port(facts, "") or 0))
    draft = Drafts(stack.repo, stack.clock).load(name) if stack.repo is not None else None
    if draft is not None:
        return inferred, Sheet.from_draft(draft.answers), True
    spec = inferred.spec
    if not spec.port or port_problem(facts, name, spec.port):
        spec = replace(spec, port=choose_port(facts, name) or 0)
    if "purpose" in inferred.assumed:
        spec = replace(spec, purpose="")
    return inferred, Sheet.from_spec(spec), False


def answered(facts: StackFacts, inferred: Inferred, sheet: Sheet, *, new: bool) -> Answered:
    """The answers judged by the rules of an answers file: names, doubles, the port's holder, what the stack has."""
    spec, unreadable = read_sheet(sheet, inferred.spec)
    problems = [*unreadable, *spec_problems(spec, facts)]
    said = {str(problem) for problem in problems}
    problems += [_placed(text) for text in check_spec(spec, facts, new=new) if text not in said]
    if not sheet.purpose.strip():
        problems.append(SpecProblem(("purpose",), "say in one sentence what the service is for"))
    held = names.port(sheet.port.strip() or "0") or port_problem(facts, spec.name, spec.port)
    problems = [p for p in problems if p.steps != ("port",)] + ([SpecProblem(("port",), held)] if held else [])
    return Answered(spec, tuple(problems))


def preview(stack: Stack, spec: ServiceSpec) -> Planned:
    """The plan of the first phase that is open, for looking at while the answers are typed."""
    planned = plan(stack, spec, Phase.SERVICE)
    if not planned.changeset.empty:
        return planned
    others = (plan(stack, spec, phase) for phase in list(Phase)[1:-1])
    return next((other for other in others if not other.changeset.empty), planned)


def keep_draft(stack: Stack, name: str, sheet: Sheet) -> None:
    """Keep what was typed, so that it survives quitting, a crash and a closed terminal."""
    if stack.repo is not None:
        Drafts(stack.repo, stack.clock).save(name, sheet.to_draft())


def drop_draft(stack: Stack, name: str) -> None:
    """Forget what was typed: it is applied, or was given up."""
    if stack.repo is not None:
        Drafts(stack.repo, stack.clock).drop(name)


def _placed(text: str) -> SpecProblem:
    """`talks_to[0]: why` as a problem with its place."""
    place, _, message = text.partition(": ")
    steps = (int(step) if step.isdigit() else step for step in _STEP.findall(place))
    return SpecProblem(tuple(steps), message)


def _drafts(stack: Stack) -> tuple[str, ...]:
    return Drafts(stack.repo, stack.clock).services() if stack.repo is not None else ()


def _trouble(stack: Stack) -> str:
    try:
        stack.writable()
    except WizardError as trouble:
        return f"{trouble.message}; {trouble.next_step}"
    return ""
