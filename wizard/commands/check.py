"""`check`: the thirty items with status, evidence and hint."""

from __future__ import annotations

import argparse

from wizard.audit.compose.swarm import stack_report
from wizard.checklist.load import checklist_of
from wizard.cli_types import OpenApp
from wizard.commands.shared.phases import phases_of
from wizard.commands.showing import exit_code, known, require_services, show
from wizard.commands.terminal import emit_text, open_from, out_style, step
from wizard.output.text_report import problem_lines, swarm_lines
from wizard.pipeline.opening import Stack, checklist_in, judge, judge_all, problems_of, read
from wizard.rules.merge_markers import UNFINISHED
from wizard.values.facts.stack import StackFacts
from wizard.values.finding import Report
from wizard.values.lean import replace
from wizard.values.phase import Phase


def run(args: argparse.Namespace, _open_app: OpenApp | None) -> int:
    """Prints the reports; 1 when anything is unmet, broken or cannot be parsed, or sources contradict each other; with
    `--baseline` only when that is new."""
    if args.watch:
        return _watch(args)
    stack = open_from(args, repair=False)
    phases = phases_of(args.phase, checklist_in(stack))  # a wrong word is said before the stack is read
    with step("reading and judging the stack", args):
        facts = read(stack, only=args.names[0] if len(args.names) == 1 else None, neighbours=True)
        if args.names or not facts.compose.swarm:  # a Swarm's files are judged without a service of Python, too
            require_services(facts, args)
        reports = () if args.live else _static(facts, args)
    if args.live:
        reports = _live(stack, facts, args)
    if args.phase:
        reports = tuple(_only(report, phases) for report in reports)
    if args.changed is not None:
        from wizard.pipeline.gate import of_branch

        reports = of_branch(stack, facts, reports, args.changed)
        if not reports and args.format == "text" and not args.write_baseline:
            emit_text(["this branch touches no service"])
    unread = int(any(problem not in facts.problems or problem.message == UNFINISHED for problem in problems_of(facts)))
    if args.write_baseline:
        from wizard.commands.shared.gate import write_known

        return write_known(stack, facts, reports, args)
    if args.format == "text":
        emit_text(problem_lines(problems_of(facts), out_style(args)))
        emit_text(swarm_lines(facts.compose.swarm, out_style(args)))
    if args.baseline or args.format in ("github", "gitlab"):
        from wizard.commands.shared.gate import show_gate

        return show_gate(stack, facts, reports, args) or unread
    show(reports, checklist_of(facts), args, problems_of(facts), facts.compose.swarm)
    return exit_code(reports) or unread


def _static(facts: StackFacts, args: argparse.Namespace) -> tuple[Report, ...]:
    names = [known(facts, name) for name in args.names]
    if names:
        return tuple(judge(facts, name) for name in names)
    whole = stack_report(facts)
    return (*judge_all(facts), *((whole,) if whole is not None else ()))


def _live(stack: Stack, facts: StackFacts, args: argparse.Namespace) -> tuple[Report, ...]:
    from wizard.commands.shared.observing import observe

    names = [known(facts, name) for name in args.names] or [service.name for service in facts.services]
    return tuple(judge(facts, name, observations=observe(stack, facts, name, args)) for name in names)


def _watch(args: argparse.Namespace) -> int:
    from wizard.commands.shared.watching import check_watch, watch

    check_watch(args)
    stack = open_from(args, repair=False)
    phases = phases_of(args.phase, checklist_in(stack))
    return watch(stack, args, lambda report: _only(report, phases) if args.phase else report)


def _only(report: Report, phases: tuple[Phase, ...]) -> Report:
    return replace(report, findings=tuple(f for phase in phases for f in report.of_phase(phase)))
