"""`run --all`: some phases of every service, shown together, agreed to once, a commit each."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator

from wizard.checklist.load import checklist_of
from wizard.commands.shared.pager import page
from wizard.commands.showing import require_services
from wizard.commands.terminal import ask, emit, emit_text, fitted, is_interactive, open_from, out_style, step, warn
from wizard.errors import UsageError, WizardError
from wizard.output.events import beside_lines, diff_lines, plan_lines, skipped_line
from wizard.output.style import Style
from wizard.pipeline.conductor import locked
from wizard.pipeline.opening import Stack, judge, read
from wizard.pipeline.together import ServicePlan, plan_services, writes_the_same
from wizard.pipeline.work import Planned
from wizard.rules.text import column, one_line, plural
from wizard.values.choice import Choice
from wizard.values.observation import Observation
from wizard.values.phase import Phase
from wizard.values.spec import ServiceSpec

OF_ONE = ("answers", "print_answers", "port", "base_image", "only", "skip")
Agrees = Callable[[Planned], bool]
Walk = Callable[[Stack, ServiceSpec, Agrees | None], list[Observation]]


def run_all(args: argparse.Namespace, phases: tuple[Phase, ...], choice: Choice, walk: Walk) -> int:
    """Plans every service, shows all diffs, asks once, then commits service by service; 1 when items are left, or it
    stopped. Run again it goes on: what is committed is not planned again."""
    _check(args)
    stack = open_from(args, repair=not args.dry_run)
    with step("planning every service", args):
        facts = read(stack)
        require_services(facts, args)
        names = [service.name for service in facts.services]
        plans = list(plan_services(stack, names, phases, choice))
    asks = is_interactive() and not args.yes
    if args.dry_run or asks:
        page(_shown(plans, out_style(args)))
    if args.dry_run:
        return int(any(one.trouble is not None for one in plans))
    if not args.branch:
        stack.writable()
    open_ones = [one for one in plans if not one.empty]
    if asks and open_ones and not ask(f"Write and commit this: {_counted(open_ones)}?", True):
        warn("stack-wizard: nothing was written")
        return 1
    if args.branch and open_ones:
        stack.writable_on_branch(args.branch)
    return _carry_out(stack, plans, phases, args, walk, asks=asks)


def _check(args: argparse.Namespace) -> None:
    if args.name:
        raise UsageError("--all takes every service, and a NAME one", next_step="leave one of them out")
    mine = next((word for word in OF_ONE if getattr(args, word)), "")
    if mine:
        raise UsageError(
            f"--{mine.replace('_', '-')} is about one service", next_step="name that service instead of --all"
        )


def _counted(plans: Iterable[ServicePlan]) -> str:
    changes = [planned.changeset for one in plans for planned in one.plans if not planned.changeset.empty]
    services = len({changeset.service for changeset in changes})
    files = len({edit.path for changeset in changes for edit in changeset.edits})
    return f"{plural(len(changes), 'commit')} for {plural(services, 'service')} in {plural(files, 'file')}"


def _shown(plans: Iterable[ServicePlan], style: Style) -> Iterator[str]:
    for one in plans:
        if one.trouble is not None:
            yield from fitted([f"{one_line(one.service)}: cannot be planned: {one_line(one.trouble.message, 400)}"])
        yield style.paint(one_line(one.service), "bold")
        for planned in one.plans:
            if planned.changeset.empty:
                yield from fitted([skipped_line(planned, style), *beside_lines(planned.changeset, style)])
            else:
                yield from fitted(plan_lines(planned.changeset, style))
                yield from diff_lines(planned.changeset, style)


def _carry_out(
    stack: Stack,
    plans: list[ServicePlan],
    phases: tuple[Phase, ...],
    args: argparse.Namespace,
    walk: Walk,
    *,
    asks: bool,
) -> int:
    """Takes service by service through its phases. What stops one stops all: the commits before it stand."""
    seen: dict[str, tuple[Observation, ...]] = {}
    for number, one in enumerate(plans):
        if one.spec is None:
            continue
        emit([out_style(args).paint(one_line(one.service), "bold")])
        try:
            with locked(stack, one.service):
                seen[one.service] = tuple(walk(stack, one.spec, _agrees(one, args) if asks else None))
        except (WizardError, KeyboardInterrupt):
            left = ", ".join(plan.service for plan in plans[number:] if not plan.empty) or one.service
            warn(f"stack-wizard: stopped at {one_line(one.service)}; not done: {one_line(left, 400)}")
            warn("  next: mend what stopped it and run the same command again: what is committed stays")
            raise
    return _table(stack, plans, phases, seen, args)


def _agrees(one: ServicePlan, args: argparse.Namespace) -> Agrees:
    """Asks again only for what is not what was shown: an earlier service's commit changed it."""

    def agrees(planned: Planned) -> bool:
        changeset = planned.changeset
        if writes_the_same(one.shown(changeset.phase), changeset):
            return True
        emit(diff_lines(changeset, out_style(args)))
        return ask(f"This is other than what was shown for {changeset.service}. Apply and commit it?", True)

    return agrees


def _table(
    stack: Stack,
    plans: list[ServicePlan],
    phases: tuple[Phase, ...],
    seen: dict[str, tuple[Observation, ...]],
    args: argparse.Namespace,
) -> int:
    """Says where every service stands in these phases; 1 when something is left."""
    facts, style = read(stack), out_style(args)
    left = False
    padded = column(one.service for one in plans)
    emit(["", style.paint(f"{padded('service')} {' '.join(f'{p.number} {p.name:<12}' for p in phases)} left", "bold")])
    for one in plans:
        if one.trouble is not None:
            left = True
            emit_text([f"{padded(one.service)} not planned: {one_line(one.trouble.message, 400)}"])
            continue
        report = judge(facts, one.service, observations=seen.get(one.service, ()), checklist=checklist_of(facts))
        open_items = [f.item for phase in phases for f in report.of_phase(phase) if not f.done]
        left = left or bool(open_items)
        counts = " ".join(f"{report.count_in(phase).fraction:<14}" for phase in phases)
        emit([f"{padded(one.service)} {counts} {', '.join(open_items)}"])
    return int(left)
