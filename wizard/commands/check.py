"""`check`: the thirty items with status, evidence and hint."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable

from wizard.checklist.load import load
from wizard.checklist.schema import Checklist
from wizard.cli_types import OpenApp
from wizard.commands.terminal import emit, emit_text, open_from, out_style, step
from wizard.errors import UsageError
from wizard.output.clean import one_line
from wizard.output.text_report import problem_lines
from wizard.pipeline.opening import Stack, judge, judge_all, problems_of, read
from wizard.values.facts import StackFacts
from wizard.values.finding import Report, Status
from wizard.values.lean import replace
from wizard.values.phase import Phase
from wizard.values.source import Problem


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


def show(
    reports: tuple[Report, ...], checklist: Checklist, args: argparse.Namespace, unread: tuple[Problem, ...] = ()
) -> None:
    """Print the reports in the format asked for; text is broken at the terminal's width."""
    if args.format == "json":
        from wizard.output.data import reports as as_json

        emit([as_json("check", reports, checklist, unread)])
        return
    (emit_text if args.format == "text" else emit)(lines_of(reports, checklist, args))


def lines_of(reports: tuple[Report, ...], checklist: Checklist, args: argparse.Namespace) -> Iterable[str]:
    """The reports in the format asked for, which is not JSON."""
    if args.format == "junit":
        from wizard.output.junit import junit

        return [junit(reports, checklist)]
    if args.format == "sarif":
        from wizard.output.sarif import sarif

        return [sarif(reports, checklist)]
    if args.format == "markdown":
        from wizard.output.markdown import markdown

        return [markdown(reports, checklist)]
    return _text(reports, checklist, args)


def exit_code(reports: Iterable[Report]) -> int:
    """1 when something is left that is not waived or merely unknown."""
    left = (Status.UNMET, Status.BROKEN)
    return int(any(r.contradictions or any(f.status in left for f in r.findings) for r in reports))


def say_empty(args: argparse.Namespace) -> None:
    """The folder has no service: most likely it is not the one that was meant."""
    print(f"stack-wizard: no service was found in {one_line(args.directory)}", file=sys.stderr)
    print(
        "  next: name the stack's folder with -C DIR; `stack-wizard init --dry-run` shows what was found",
        file=sys.stderr,
    )


def known(facts: StackFacts, name: str) -> str:
    """`name`, when the stack has such a service (a compose key with the prefix counts). Raises `UsageError`."""
    from difflib import get_close_matches

    names = [service.name for service in facts.services]
    bare = name.removeprefix(facts.profile.prefix) if facts.profile.prefix else name
    if name in names or bare in names:
        return name if name in names else bare
    near = get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]}?" if near else "the stack has: " + (", ".join(names) or "no service yet")
    raise UsageError(f"there is no service {name!r} in this stack", next_step=hint)


def _static(facts: StackFacts, args: argparse.Namespace) -> tuple[Report, ...]:
    names = [known(facts, name) for name in args.names]
    return tuple(judge(facts, name) for name in names) if names else judge_all(facts)


def _live(stack: Stack, facts: StackFacts, args: argparse.Namespace) -> tuple[Report, ...]:
    from wizard.commands.verify import observe

    names = [known(facts, name) for name in args.names] or [service.name for service in facts.services]
    return tuple(judge(facts, name, observations=observe(stack, facts, name, args)) for name in names)


def _only(report: Report, phase: Phase) -> Report:
    return replace(report, findings=report.of_phase(phase))


def _text(reports: tuple[Report, ...], checklist: Checklist, args: argparse.Namespace) -> Iterable[str]:
    from wizard.output.text_report import report_lines

    if not reports:
        say_empty(args)
    style = out_style(args)
    for report in reports:
        yield from report_lines(
            report, checklist, style, phase=_phase(args), verbose=not args.quiet, every=args.verbose
        )
        yield ""


def _phase(args: argparse.Namespace) -> Phase | None:
    return Phase(args.phase) if getattr(args, "phase", None) else None
