"""`check`: the thirty items with status, evidence and hint."""

from __future__ import annotations

import argparse

from wizard.checklist.load import load
from wizard.cli_types import OpenApp
from wizard.commands.showing import exit_code, known, show
from wizard.commands.terminal import emit_text, open_from, out_style, step
from wizard.output.text_report import problem_lines
from wizard.pipeline.opening import Stack, judge, judge_all, problems_of, read
from wizard.values.facts import StackFacts
from wizard.values.finding import Report
from wizard.values.lean import replace
from wizard.values.phase import Phase


def run(args: argparse.Namespace, _open_app: OpenApp | None) -> int:
    """Print the reports; 1 when anything is unmet, broken or cannot be parsed, or sources contradict each other."""
    stack = open_from(args, repair=False)
    with step("reading and judging the stack", args):
        facts = read(stack)
        reports = () if args.live else _static(facts, args)
    if args.live:
        reports = _live(stack, facts, args)
    if args.phase:
        reports = tuple(_only(report, Phase(args.phase)) for report in reports)
    if args.format == "text":
        emit_text(problem_lines(problems_of(facts), out_style(args)))
    show(reports, load(), args, problems_of(facts))
    return exit_code(reports) or int(bool(set(problems_of(facts)) - set(facts.problems)))


def _static(facts: StackFacts, args: argparse.Namespace) -> tuple[Report, ...]:
    names = [known(facts, name) for name in args.names]
    return tuple(judge(facts, name) for name in names) if names else judge_all(facts)


def _live(stack: Stack, facts: StackFacts, args: argparse.Namespace) -> tuple[Report, ...]:
    from wizard.commands.observing import observe

    names = [known(facts, name) for name in args.names] or [service.name for service in facts.services]
    return tuple(judge(facts, name, observations=observe(stack, facts, name, args)) for name in names)


def _only(report: Report, phase: Phase) -> Report:
    return replace(report, findings=report.of_phase(phase))
