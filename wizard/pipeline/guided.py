"""What the interactive doors (the app, the plain questions) share: the overview, and answers while they are typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from wizard.adapters.git.log import in_force, taken_back
from wizard.audit.difference import Judgement, difference
from wizard.audit.matrix import MatrixLine, matrix
from wizard.audit.ports import PortRow, choose_port, keeps_port, port_problem, port_table
from wizard.audit.ranking import by_urgency, example_for
from wizard.checklist.load import checklist_of
from wizard.errors import WizardError
from wizard.pipeline.answer_form import AnswerForm, read_form
from wizard.pipeline.answering import input_without_example, unmoved
from wizard.pipeline.flow import flow_of
from wizard.pipeline.opening import Stack, checklist_in, judge_all, read, spec_of
from wizard.pipeline.watch.rejudging import Judge, unread
from wizard.pipeline.work import Planned, plan
from wizard.rules import names
from wizard.session.choices import Choices
from wizard.session.draft import Drafts
from wizard.session.flow import PhaseState, next_phase, states
from wizard.session.spec_rules import SpecProblem, check_spec, spec_problems
from wizard.values.change import StackChange
from wizard.values.checklist import Checklist
from wizard.values.choice import EVERYTHING, Choice
from wizard.values.facts.stack import StackFacts
from wizard.values.finding import Report, Status
from wizard.values.flow import Flow, FlowFinding
from wizard.values.lean import dataclass, field, replace
from wizard.values.pattern import lazy_pattern
from wizard.values.phase import Phase
from wizard.values.receipt import PhaseCommit
from wizard.values.source import Source
from wizard.values.spec import Inferred, ServiceSpec

LACKING = (Status.UNMET, Status.BROKEN)
_STEP = lazy_pattern(r"\w+")


@dataclass(frozen=True, slots=True)
class Overview:
    """The stack as read and judged a moment ago.

    `reports`: the half-finished first. `recovered`: what was put right on opening. `trouble`: why writing is refused.
    `drafts`: services with answers typed but not applied (`''`: one without a name, of which `begun` is what was typed
    first). `chosen`: what is taken of a plan that is not committed, by service and phase. `branch`: '' when detached,
    None without a repository. `flow`, `flow_findings`: who talks to whom, and what of it does not fit.
    """

    facts: StackFacts
    reports: tuple[Report, ...]
    matrix: tuple[MatrixLine, ...]
    ports: tuple[PortRow, ...]
    commits: tuple[PhaseCommit, ...]
    checklist: Checklist
    recovered: tuple[str, ...] = ()
    drafts: tuple[str, ...] = ()
    begun: str = ""
    chosen: Mapping[tuple[str, Phase], Choice] = field(default_factory=dict)
    branch: str | None = None
    trouble: str = ""
    flow: Flow = Flow()
    flow_findings: tuple[FlowFinding, ...] = ()

    def report(self, name: str) -> Report | None:
        """Returns the report of one service, or None."""
        return next((report for report in self.reports if report.service == name), None)

    def phases(self, name: str) -> tuple[PhaseState, ...]:
        """Returns where the phases of a service stand; () when the stack has nothing of it."""
        report = self.report(name)
        return states(report, self.commits) if report is not None else ()

    def next_phase(self, name: str) -> Phase | None:
        """Returns the first phase with something missing or wrong, else with something undecided; None when none is
        left.
        """
        report = self.report(name)
        if report is None:
            return self.checklist.sequence[0]
        lacking = (s.phase for s in self.phases(name) if s.open and any(f.status in LACKING for f in s.left))
        return next(lacking, None) or next_phase(report, self.commits)

    def standing(self, name: str) -> tuple[PhaseCommit, ...]:
        """Returns the commits of a service that were not taken back, newest first."""
        return in_force(commit for commit in self.commits if commit.service == name)

    def taken_back(self, name: str) -> PhaseCommit | None:
        """Returns the commit of a service whose taking back can be undone next."""
        return taken_back(commit for commit in self.commits if commit.service == name)

    def example(self, item: str, excluding: str) -> Source | None:
        """Returns the best line of the stack to learn an item from."""
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
        """Returns the first problem at this place or below it, or ''."""
        return next((p.message for p in self.problems if p.steps[: len(steps)] == steps), "")


def overview(stack: Stack, recovered: tuple[str, ...] = (), judge: Judge | None = None) -> Overview:
    """Reads and judges everything, machine sockets included. `judge`: one that knows the verdicts of before."""
    facts = read(stack, sockets=True)
    flow, flow_findings = flow_of(facts)
    reports = judge.reports(facts) if judge is not None else judge_all(facts)
    checklist = checklist_of(facts)
    begun = _begun(stack)
    return Overview(
        facts=facts,
        reports=tuple(sorted(by_urgency(reports), key=lambda report: not half_finished(report, checklist))),
        matrix=matrix(facts, reports),
        ports=port_table(facts),
        commits=stack.repo.log() if stack.repo is not None else (),
        checklist=checklist,
        recovered=recovered,
        drafts=tuple(name for name in _drafts(stack) if name or begun),
        begun=begun,
        chosen=_chosen(stack, checklist),
        branch=stack.repo.branch() if stack.repo is not None else None,
        trouble=_trouble(stack),
        flow=flow,
        flow_findings=flow_findings,
    )


def changed(before: Overview, now: Overview, paths: Iterable[str]) -> StackChange:
    """Returns what got better or worse between two looks; `paths`: the files that changed meanwhile."""
    then, today = (Judgement(view.reports, view.flow_findings, unread(view.facts)) for view in (before, now))
    return difference(then, today, paths)


def half_finished(report: Report, checklist: Checklist) -> bool:
    """Tells whether it was begun and not ended: an item is there but wrong, or a phase of files has nothing done
    yet.
    """
    by_files = [report.of_phase(info.phase) for info in checklist.phases if not info.records]
    empty = any(not any(f.done for f in findings) for findings in by_files)
    return empty or any(f.status is Status.BROKEN for findings in by_files for f in findings)


def inferred_with_draft(stack: Stack, facts: StackFacts, name: str) -> tuple[Inferred, AnswerForm, bool]:
    """Returns what the stack says of a service, the form to show, and whether that is an earlier draft's."""
    inferred = spec_of(facts, name) if name else Inferred(ServiceSpec("", "", choose_port(facts, "") or 0))
    draft = Drafts(stack.repo, stack.clock).load(name) if stack.repo is not None else None
    if draft is not None:
        form = AnswerForm.from_draft(draft.answers)
        return inferred, replace(form, swarm=form.swarm or facts.profile.on_swarm), True
    return inferred, form_of(facts, inferred, name), False


def form_of(facts: StackFacts, inferred: Inferred, name: str) -> AnswerForm:
    """Returns the form as it is before anything was typed: what the stack says of a service, with a port for it."""
    spec = unmoved(facts, inferred.spec)
    if not spec.port or not keeps_port(facts, name, spec.port):
        spec = replace(spec, port=choose_port(facts, name) or 0)
    if "purpose" in inferred.assumed:
        spec = replace(spec, purpose="")
    asked = input_without_example(facts, spec)
    form = AnswerForm.from_spec(spec)
    return replace(form, example_for=asked, swarm=form.swarm or facts.profile.on_swarm)


def answered(facts: StackFacts, inferred: Inferred, form: AnswerForm, *, new: bool) -> Answered:
    """Judges the answers by the rules of an answers file: names, doubles, the port's holder, what the stack has."""
    spec, unreadable = read_form(form, inferred.spec)
    problems = [*unreadable, *spec_problems(spec, facts)]
    said = {str(problem) for problem in problems}
    problems += [_placed(text) for text in check_spec(spec, facts, new=new) if text not in said]
    if not form.purpose.strip():
        problems.append(SpecProblem(("purpose",), "say in one sentence what the service is for"))
    kept = form.port.strip() == str(spec.port) and keeps_port(facts, spec.name, spec.port)
    held = "" if kept else names.port(form.port.strip() or "0") or port_problem(facts, spec.name, spec.port)
    problems = [p for p in problems if p.steps != ("port",)] + ([SpecProblem(("port",), held)] if held else [])
    return Answered(spec, tuple(problems))


def preview(stack: Stack, spec: ServiceSpec) -> Planned:
    """Returns the plan of the first phase that is open, for looking at while the answers are typed."""
    first, *rest = (info.phase for info in checklist_in(stack).phases if not info.records)
    planned = plan(stack, spec, first)
    if not planned.changeset.empty:
        return planned
    others = (plan(stack, spec, phase) for phase in rest)
    return next((other for other in others if not other.changeset.empty), planned)


def keep_draft(stack: Stack, name: str, form: AnswerForm) -> None:
    """Keeps what was typed, so that it survives quitting, a crash and a closed terminal."""
    if stack.repo is not None:
        Drafts(stack.repo, stack.clock).save(name, form.to_draft())


def drop_draft(stack: Stack, name: str) -> None:
    """Forgets what was typed: it is applied, or was given up."""
    if stack.repo is not None:
        Drafts(stack.repo, stack.clock).drop(name)


def chosen(stack: Stack, service: str, phase: Phase) -> Choice:
    """Returns what was taken of a phase's plan in an earlier session, and not committed."""
    kept = Choices(stack.repo).load(service) if stack.repo is not None else {}
    return kept.get(phase.name, EVERYTHING)


def keep_choice(stack: Stack, service: str, phase: Phase, choice: Choice) -> None:
    """Keeps what is taken of a phase's plan, so that it survives quitting; `EVERYTHING` forgets it."""
    if stack.repo is not None:
        Choices(stack.repo).keep(service, phase.name, choice)


def _placed(text: str) -> SpecProblem:
    """`talks_to[0]: why` as a problem with its place."""
    place, _, message = text.partition(": ")
    steps = (int(step) if step.isdigit() else step for step in _STEP.findall(place))
    return SpecProblem(tuple(steps), message)


def _drafts(stack: Stack) -> tuple[str, ...]:
    return Drafts(stack.repo, stack.clock).services() if stack.repo is not None else ()


def _begun(stack: Stack) -> str:
    """Returns what was typed of a service that has no name yet, '' for nothing that tells what it is to be."""
    draft = Drafts(stack.repo, stack.clock).load("") if stack.repo is not None else None
    form = AnswerForm.from_draft(draft.answers) if draft is not None else AnswerForm()
    said = (form.name, form.purpose, *(row.name for row in (*form.inputs, *form.outputs, *form.tables)))
    return next((text for text in map(str.strip, said) if text), "")


def _chosen(stack: Stack, checklist: Checklist) -> dict[tuple[str, Phase], Choice]:
    if stack.repo is None:
        return {}
    choices, phases = Choices(stack.repo), {phase.name: phase for phase in checklist.sequence}
    return {
        (service, phases[name]): choice
        for service in choices.services()
        for name, choice in choices.load(service).items()
        if name in phases
    }


def _trouble(stack: Stack) -> str:
    try:
        stack.writable()
    except WizardError as trouble:
        return f"{trouble.message}; {trouble.next_step}"
    return ""
