"""`run`: plan, show, apply, prove and commit the phases of one service."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing

from wizard.checklist.load import load
from wizard.cli_types import OpenApp
from wizard.commands.answering import spec_for
from wizard.commands.observing import proof_for
from wizard.commands.phases import phases_of
from wizard.commands.terminal import ask, emit, emit_text, is_interactive, open_from, out_style, step
from wizard.errors import UsageError
from wizard.output.answers import answer_lines
from wizard.output.clean import clean, one_line
from wizard.output.events import diff_lines, event_lines, plan_lines, refusal_lines, skipped_line
from wizard.output.text_report import report_lines
from wizard.pipeline.opening import Stack, judge, read, spec_of
from wizard.pipeline.walk import locked, next_plan, phase_events, plan_all
from wizard.pipeline.work import Judged, Planned, Prove
from wizard.values.finding import Report
from wizard.values.observation import Observation
from wizard.values.phase import Phase
from wizard.values.spec import ServiceSpec


def run(args: argparse.Namespace, _open_app: OpenApp | None) -> int:
    """Take the service through its phases; 1 when items of them are left."""
    phases = phases_of(args.phase)
    asks = is_interactive() and not args.yes
    if not (args.yes or args.dry_run or args.answers or asks):
        raise UsageError(
            "nobody is there to answer", next_step="give --answers FILE, --yes for the defaults, or --dry-run to look"
        )
    stack = open_from(args, repair=not args.dry_run)
    if args.dry_run:
        return _look(stack, args, phases)
    _check_writable(stack, args)
    with step("reading the stack", args):
        spec = spec_for(stack, args)
    if asks and not _agreed(stack, spec, args):
        return 1
    if args.branch:
        stack.writable_on_branch(args.branch)
    with locked(stack, spec.name):
        seen = _walk(stack, spec, phases, args, asks=asks)
    return _summary(stack, spec, seen, phases, args)


def _check_writable(stack: Stack, args: argparse.Namespace) -> None:
    """Whether this can end well, before anything is asked. A detached HEAD is no trouble when a branch is begun."""
    if not args.branch or stack.repo is None:
        stack.writable()


def _look(stack: Stack, args: argparse.Namespace, phases: tuple[Phase, ...]) -> int:
    with step("reading the stack", args):
        spec = spec_for(stack, args)
    style = out_style(args)
    for planned in plan_all(stack, spec, phases):
        if planned.changeset.empty:
            emit_text([skipped_line(planned, style), *refusal_lines(planned.changeset, style)])
            continue
        emit_text(plan_lines(planned.changeset, style))
        emit(diff_lines(planned.changeset, style))
    return 0


def _agreed(stack: Stack, spec: ServiceSpec, args: argparse.Namespace) -> bool:
    """Show the answers, and where each was read, before the first phase."""
    emit_text(answer_lines(spec_of(read(stack), spec.name), spec, out_style(args)))
    if ask("Go on with these answers?", True):
        return True
    print(
        "stack-wizard: nothing was written\n  next: give --answers FILE, or answer questions: stack-wizard --plain",
        file=sys.stderr,
    )
    return False


def _walk(
    stack: Stack, spec: ServiceSpec, phases: tuple[Phase, ...], args: argparse.Namespace, *, asks: bool
) -> list[Observation]:
    proof: Prove | None = None if args.no_live else proof_for(stack, args)
    seen: list[Observation] = []
    style = out_style(args)
    for phase in phases:
        planned = next_plan(stack, spec, phase, tuple(seen))
        if phase is Phase.DEPLOYMENT and proof is not None:
            planned, seen = _deployment(stack, spec, planned, proof, args)
        if planned.changeset.empty:
            emit_text([skipped_line(planned, style, live=proof is not None)])
            emit_text(refusal_lines(planned.changeset, style))
            continue
        emit_text(plan_lines(planned.changeset, style))
        if asks or args.verbose:
            emit(diff_lines(planned.changeset, style))
        if asks and not ask(f"Apply and commit phase {phase.number} {phase}?", True):
            emit([f"  phase {phase.number} {phase}: left as it is"])
            break
        seen += _carry_out(stack, planned, proof, args)
    return seen


def _carry_out(stack: Stack, planned: Planned, proof: Prove | None, args: argparse.Namespace) -> list[Observation]:
    """One phase from its files to its commit; whatever stops it before takes the files back."""
    style, seen = out_style(args), []
    with closing(phase_events(stack, planned, proof=proof, commits=not args.no_commit)) as events:  # type: ignore[type-var]
        for event in events:
            if isinstance(event, Observation):
                seen.append(event)
            if isinstance(event, Judged) and args.no_commit and not args.quiet:
                emit(["  not committed; a message for it:", *(f"    {clean(x)}" for x in event.message.splitlines())])
            emit_text(event_lines(event, style, quiet=args.quiet, verbose=args.verbose))
    return seen


def _deployment(
    stack: Stack, spec: ServiceSpec, planned: Planned, proof: Prove, args: argparse.Namespace
) -> tuple[Planned, list[Observation]]:
    from wizard.pipeline.walk import deployment_is_proven
    from wizard.pipeline.work import prove

    if deployment_is_proven(planned):
        return planned, list(planned.observations)
    style = out_style(args)
    seen: list[Observation] = []
    with closing(prove(stack, spec, Phase.DEPLOYMENT, proof)) as events:  # type: ignore[type-var]
        for event in events:
            if isinstance(event, Observation):
                seen.append(event)
            emit_text(event_lines(event, style, quiet=args.quiet, verbose=args.verbose))
    return next_plan(stack, spec, Phase.DEPLOYMENT, tuple(seen)), seen


def _summary(
    stack: Stack, spec: ServiceSpec, seen: list[Observation], phases: tuple[Phase, ...], args: argparse.Namespace
) -> int:
    report: Report = judge(read(stack, only=spec.name), spec.name, spec=spec, observations=tuple(seen))
    emit_text(["", *report_lines(report, load(), out_style(args), verbose=not args.quiet)])
    if stack.repo is not None and not args.quiet:
        commits = stack.repo.log(spec.name)
        emit_text(
            ["", f"commits of {spec.name}:", *(f"  {c.commit[:10]} {one_line(c.subject)}" for c in reversed(commits))]
        )
    left = [finding.item for finding in report.findings if not finding.done and finding.phase in phases]
    if left:
        print(f"stack-wizard: left: {', '.join(left)}", file=sys.stderr)
    return int(bool(left))
