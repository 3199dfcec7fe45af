"""`run`: plan, show, apply, prove and commit the phases of one service."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import closing

from wizard.checklist.load import checklist_of
from wizard.cli_types import OpenApp
from wizard.commands.shared.answering import print_answers, spec_for
from wizard.commands.shared.choosing import choice_of
from wizard.commands.shared.observing import proof_for
from wizard.commands.shared.pager import page
from wizard.commands.shared.phases import phases_of
from wizard.commands.terminal import ask, emit, emit_text, fitted, is_interactive, open_from, out_style, step, warn
from wizard.errors import UsageError
from wizard.output.answers import answer_lines
from wizard.output.events import beside_lines, diff_lines, event_lines, left_lines, plan_lines, skipped_line
from wizard.output.style import Style
from wizard.output.text_report import report_lines
from wizard.pipeline.conductor import conduct, locked, next_plan, plan_all
from wizard.pipeline.opening import Stack, checklist_in, judge, read, spec_of
from wizard.pipeline.work import Judged, Planned, Prove
from wizard.rules.text import clean, one_line
from wizard.values.choice import Choice
from wizard.values.edit import ChangeSet
from wizard.values.facts.stack import StackFacts
from wizard.values.finding import Report
from wizard.values.observation import Observation
from wizard.values.phase import Phase
from wizard.values.spec import MANIFESTS, ServiceSpec


def run(args: argparse.Namespace, _open_app: OpenApp | None) -> int:
    """Takes the service through its phases; 1 when items of them are left."""
    if args.all:
        return _all(args)
    if args.name is None:
        raise UsageError("run needs NAME", next_step="say `stack-wizard run NAME`, or --all for every service")
    if args.print_answers:
        return print_answers(args)
    checklist = checklist_in(open_from(args, repair=False))
    phases, choice = phases_of(args.phase, checklist), choice_of(args, checklist)  # wrong words are said first
    asks = is_interactive() and not args.yes
    if not (args.yes or args.dry_run or args.answers or asks):
        raise UsageError(
            "nobody is there to answer", next_step="give --answers FILE, --yes for the defaults, or --dry-run to look"
        )
    stack = open_from(args, repair=not args.dry_run)
    if choice.only or choice.skip:
        _check_choice(stack, spec_for(stack, args), phases, choice)
    if args.port:
        _check_move(stack, spec_for(stack, args), phases)
    if args.dry_run:
        return _look(stack, args, phases, choice)
    _check_writable(stack, args)
    with step("reading the stack", args):
        spec = spec_for(stack, args)
    if asks and not _agreed(stack, spec, args):
        return 1
    if args.branch:
        stack.writable_on_branch(args.branch)
    with locked(stack, spec.name):
        seen = _walk(stack, spec, phases, choice, args, agrees=_agrees(args) if asks else None)
    return _summary(stack, spec, seen, phases, args)


def _all(args: argparse.Namespace) -> int:
    from wizard.commands.shared.running_all import run_all

    if not (args.yes or args.dry_run or is_interactive()):
        raise UsageError("nobody is there to answer", next_step="give --yes, or --dry-run to look")
    checklist = checklist_in(open_from(args, repair=False))
    phases, choice = phases_of(args.phase, checklist), choice_of(args, checklist)

    def walk(stack: Stack, spec: ServiceSpec, agrees: Callable[[Planned], bool] | None) -> list[Observation]:
        return _walk(stack, spec, phases, choice, args, agrees=agrees)

    return run_all(args, phases, choice, walk)


def _agrees(args: argparse.Namespace) -> Callable[[Planned], bool]:
    """Shows the diff of a phase, and asks."""

    def agrees(planned: Planned) -> bool:
        emit(diff_lines(planned.changeset, out_style(args)))
        phase = planned.changeset.phase
        return ask(f"Apply and commit phase {phase.number} {phase}?", True)

    return agrees


def _check_writable(stack: Stack, args: argparse.Namespace) -> None:
    """Whether this can end well, before anything is asked. A detached HEAD is no trouble when a branch is begun."""
    if not args.branch or stack.repo is None:
        stack.writable()


def _check_move(stack: Stack, spec: ServiceSpec, phases: tuple[Phase, ...]) -> None:
    """Refuses another port for a service that has one where the phases leave the move out. Raises `UsageError`."""
    from wizard.pipeline.moving import move_of  # reads the stack once more, for a move only

    move = move_of(read(stack, only=spec.name), spec)
    if move is not None and move.phase not in phases:
        raise UsageError(
            f"{spec.name} has port {move.old}: it moves to {move.new} in one commit of phase {move.phase.number} "
            f"{move.phase}, which --phase leaves out",
            next_step=f"run it with --phase {move.phase.number} first, or without --phase",
        )


def _check_choice(stack: Stack, spec: ServiceSpec, phases: tuple[Phase, ...], choice: Choice) -> None:
    """Refuses a word that names no edit before anything is written. Raises `UsageError`."""
    from wizard.plan.choose import unused

    plans = [planned.changeset for planned in plan_all(stack, spec, phases, Choice(choice.fixes))]
    words = [*(("--only", word) for word in choice.only), *(("--skip", one.what) for one in choice.skip)]
    for option, word in words:
        if unused(word, plans):
            _check_offer(word, option, plans)
            there = ", ".join(dict.fromkeys(edit.path for plan in plans for edit in plan.edits)) or "nothing"
            raise UsageError(
                f"{option} {word}: the plan has no edit for it", next_step=f"it would write {one_line(there, 600)}"
            )


def _check_offer(word: str, option: str, plans: list[ChangeSet]) -> None:
    """Says which recipe would make the edit that a word means. Raises `UsageError`."""
    from wizard.plan.choose import is_for

    meant = [offer.recipe for plan in plans for offer in plan.offers if is_for(word, offer.path, (offer.item,))]
    if meant:
        raise UsageError(
            f"{option} {word}: only a recipe has an edit for it, and none is named",
            next_step=f"name it, too: --fix {','.join(dict.fromkeys(meant))}",
        )


def _look(stack: Stack, args: argparse.Namespace, phases: tuple[Phase, ...], choice: Choice) -> int:
    stack.require_whole()
    with step("reading the stack", args):
        spec = spec_for(stack, args)
    style = out_style(args)
    page(line for planned in plan_all(stack, spec, phases, choice) for line in _looked_at(planned, style))
    return 0


def _looked_at(planned: Planned, style: Style) -> Iterator[str]:
    if planned.changeset.empty:
        beside = (*beside_lines(planned.changeset, style), *left_lines(planned.changeset))
        yield from fitted([skipped_line(planned, style), *beside])
    else:
        yield from fitted(plan_lines(planned.changeset, style))
        yield from diff_lines(planned.changeset, style)


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
    stack: Stack,
    spec: ServiceSpec,
    phases: tuple[Phase, ...],
    choice: Choice,
    args: argparse.Namespace,
    *,
    agrees: Callable[[Planned], bool] | None,
) -> list[Observation]:
    """Takes the service through the phases. `agrees`: what a person says to a plan; None: nobody is asked."""
    proof: Prove | None = None if args.no_live else proof_for(stack, args)
    seen: list[Observation] = []
    style = out_style(args)
    facts: StackFacts | None = None  # the reading after the last phase is the one before the next
    for phase in phases:
        planned = next_plan(stack, spec, phase, tuple(seen), facts, choice)
        records = checklist_of(planned.facts).phase(phase).records
        facts = facts if records else planned.facts
        if records and proof is not None:
            planned, seen = _proven(stack, spec, planned, proof, args)
        if planned.changeset.empty:
            emit_text([skipped_line(planned, style, unproven=records and proof is None)])
            emit_text([*beside_lines(planned.changeset, style), *left_lines(planned.changeset)])
            continue
        emit_text(plan_lines(planned.changeset, style))
        if agrees is None and args.verbose:
            emit(diff_lines(planned.changeset, style))
        if agrees is not None and not agrees(planned):
            emit([f"  phase {phase.number} {phase}: left as it is"])
            break
        more, facts = _carry_out(stack, planned, proof, args)
        seen += more
    return seen


def _carry_out(
    stack: Stack, planned: Planned, proof: Prove | None, args: argparse.Namespace
) -> tuple[list[Observation], StackFacts | None]:
    """Carries one phase from its files to its commit; whatever stops it before takes the files back.

    Returns what was observed, and the stack as it was read afterwards.
    """
    style, seen = out_style(args), []
    facts: StackFacts | None = None
    with closing(conduct(stack, planned, proof=proof, commits=not args.no_commit)) as events:
        for event in events:
            if isinstance(event, Observation):
                seen.append(event)
            if isinstance(event, Judged):
                facts = event.facts
                if args.no_commit and not args.quiet:
                    lines = (f"    {clean(line)}" for line in event.message.splitlines())
                    emit(["  not committed; a message for it:", *lines])
            emit_text(event_lines(event, style, quiet=args.quiet, verbose=args.verbose))
    return seen, facts


def _proven(
    stack: Stack, spec: ServiceSpec, planned: Planned, proof: Prove, args: argparse.Namespace
) -> tuple[Planned, list[Observation]]:
    from wizard.pipeline.conductor import deployment_is_proven
    from wizard.pipeline.work import prove

    if deployment_is_proven(planned):
        return planned, list(planned.observations)
    style, phase = out_style(args), planned.changeset.phase
    seen: list[Observation] = []
    with closing(prove(stack, planned, proof)) as events:  # type: ignore[type-var]
        for event in events:
            if isinstance(event, Observation):
                seen.append(event)
            emit_text(event_lines(event, style, quiet=args.quiet, verbose=args.verbose))
    return next_plan(stack, spec, phase, tuple(seen)), seen


_SHOWN = 4
"""How many files that are in no commit are named."""


def _uncommitted(stack: Stack, facts: StackFacts, name: str) -> tuple[str, ...]:
    """Returns the files of a service that are in no commit as they are: what `--no-commit` wrote is never planned
    again, so that nothing else would speak of it."""
    service = facts.service(name)
    if stack.repo is None or service is None:
        return ()
    tests = (file.path for files in service.tests.values() for file in files)
    image = (service.dockerfile.path,) if service.dockerfile is not None else ()
    documents = (service.readme.path,) if service.readme is not None else ()
    manifest = (f"{MANIFESTS}/{name}.yaml",) if service.manifest is not None else ()
    code = (file.path for file in service.python)
    return stack.repo.dirty(tuple(dict.fromkeys((*manifest, *code, *tests, *image, *documents, *facts.compose.files))))


def _summary(
    stack: Stack, spec: ServiceSpec, seen: list[Observation], phases: tuple[Phase, ...], args: argparse.Namespace
) -> int:
    facts = read(stack, only=spec.name)
    report: Report = judge(facts, spec.name, spec=spec, observations=tuple(seen))
    emit_text(["", *report_lines(report, checklist_of(facts), out_style(args), verbose=not args.quiet)])
    if stack.repo is not None and not args.quiet:
        commits = stack.repo.log(spec.name)
        emit_text(
            ["", f"commits of {spec.name}:", *(f"  {c.commit[:10]} {one_line(c.subject)}" for c in reversed(commits))]
        )
    left = [finding.item for finding in report.findings if not finding.done and finding.phase in phases]
    if not args.no_commit and (open_still := _uncommitted(stack, facts, spec.name)):
        more = f" and {len(open_still) - _SHOWN} more" if len(open_still) > _SHOWN else ""
        words = f"in no commit yet: {one_line(', '.join(open_still[:_SHOWN]))}{more}"
        step = "an earlier --no-commit, or an edit: see `git status`, and commit what is right"
        warn(f"stack-wizard: {words}\n  next: {step}")
    if left:
        warn(f"stack-wizard: left: {', '.join(left)}")
    return int(bool(left))
