"""`run`: plan, show, apply, prove and commit the phases of one service."""

from __future__ import annotations

import argparse
import sys

from wizard.checklist.load import load
from wizard.cli_types import OpenApp
from wizard.commands.answering import spec_for
from wizard.commands.phases import phases_of
from wizard.commands.terminal import ask, emit, is_interactive, open_from, out_style
from wizard.commands.verify import proof_for
from wizard.errors import UsageError
from wizard.output.events import event_lines, plan_lines, skipped_line
from wizard.output.text_report import report_lines
from wizard.pipeline.opening import Stack, judge, read
from wizard.pipeline.walk import locked, next_plan, phase_events
from wizard.pipeline.work import Planned, Prove
from wizard.values.finding import Report
from wizard.values.observation import Observation
from wizard.values.phase import Phase
from wizard.values.spec import ServiceSpec


def run(args: argparse.Namespace, _open_app: OpenApp | None) -> int:
    """Take the service through its phases; 1 when items are left."""
    if not (args.yes or args.dry_run or is_interactive()):
        raise UsageError(
            "nobody is there to answer", next_step="give --answers FILE, --yes for the defaults, or --dry-run to look"
        )
    stack = open_from(args, repair=not args.dry_run)
    phases = phases_of(args.phase)
    if args.dry_run:
        return _look(stack, args, phases)
    repo = stack.writable()
    spec = spec_for(stack, args)
    with locked(stack, spec.name):
        if args.branch:
            repo.switch_new(args.branch)
        seen = _walk(stack, spec, phases, args)
    return _summary(stack, spec, seen, args)


def _look(stack: Stack, args: argparse.Namespace, phases: tuple[Phase, ...]) -> int:
    from wizard.pipeline.walk import plan_all

    spec = spec_for(stack, args)
    style = out_style(args)
    for planned in plan_all(stack, spec, phases):
        emit(plan_lines(planned.changeset, style, diff=True))
    return 0


def _walk(stack: Stack, spec: ServiceSpec, phases: tuple[Phase, ...], args: argparse.Namespace) -> list[Observation]:
    proof: Prove | None = None if args.no_live else proof_for(stack, args)
    seen: list[Observation] = []
    style = out_style(args)
    for phase in phases:
        planned = next_plan(stack, spec, phase, tuple(seen))
        if phase is Phase.DEPLOYMENT and proof is not None:
            planned, seen = _deployment(stack, spec, planned, proof, args)
        if planned.changeset.empty:
            emit([skipped_line(planned, style)])
            continue
        emit(plan_lines(planned.changeset, style, diff=not args.yes or args.verbose))
        if not args.yes and not ask(f"Apply and commit phase {phase.number} {phase}?", True):
            emit([f"  phase {phase.number} {phase}: left as it is"])
            break
        for event in phase_events(stack, planned, proof=proof, commits=not args.no_commit):
            if isinstance(event, Observation):
                seen.append(event)
            emit(event_lines(event, style, quiet=args.quiet, verbose=args.verbose))
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
    for event in prove(stack, spec, Phase.DEPLOYMENT, proof):
        if isinstance(event, Observation):
            seen.append(event)
        emit(event_lines(event, style, quiet=args.quiet, verbose=args.verbose))
    return next_plan(stack, spec, Phase.DEPLOYMENT, tuple(seen)), seen


def _summary(stack: Stack, spec: ServiceSpec, seen: list[Observation], args: argparse.Namespace) -> int:
    report: Report = judge(read(stack, only=spec.name), spec.name, spec=spec, observations=tuple(seen))
    emit(["", *report_lines(report, load(), out_style(args), verbose=not args.quiet)])
    if stack.repo is not None and not args.quiet:
        commits = stack.repo.log(spec.name)
        emit(["", f"commits of {spec.name}:", *(f"  {c.commit[:10]} {c.subject}" for c in reversed(commits))])
    left = [finding.item for finding in report.findings if not finding.done]
    if left:
        print(f"stack-wizard: left: {', '.join(left)}", file=sys.stderr)
    return int(bool(left))
