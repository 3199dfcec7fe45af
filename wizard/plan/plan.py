"""The door of this room: the change set of one phase of one service."""

from __future__ import annotations

from wizard.plan.choose import chosen, left_before, still_left, without_unmerged
from wizard.plan.context import PlanContext
from wizard.plan.docs.matrix import plan_matrix
from wizard.plan.manifest import plan_manifest
from wizard.plan.recipes import planner as recipes
from wizard.plan.registry import PLANNERS
from wizard.plan.render import make_renderer, overrides_in
from wizard.values.checklist import Checklist
from wizard.values.choice import EVERYTHING, Choice, Left
from wizard.values.edit import ChangeSet, FileEdit
from wizard.values.facts.stack import StackFacts
from wizard.values.finding import Report, Status
from wizard.values.lean import replace
from wizard.values.phase import Phase
from wizard.values.spec import ServiceSpec

__all__ = ["entry_of", "make_context", "plan_manifest", "plan_matrix", "plan_phase"]


def plan_phase(
    facts: StackFacts,
    spec: ServiceSpec,
    report: Report,
    phase: Phase,
    checklist: Checklist,
    choice: Choice = EVERYTHING,
    *,
    recorded: bool = False,
) -> ChangeSet:
    """Plans what the wizard would write for one phase; pure. Each planner gets the items that name it, in order.

    A later planner of the phase sees what the earlier ones would write; recipes come last. The manifest goes with the
    first phase that writes anything. `recorded`: it says which phase is committed, too.
    """
    items = checklist.of_phase(phase)
    made = ChangeSet(spec.name, phase)
    planners = dict.fromkeys(item.planner for item in items if item.planner is not None)
    for planner, mine in [
        *((PLANNERS[name], tuple(item for item in items if item.planner == name)) for name in planners),
        (recipes.plan, items),
    ]:
        written = {edit.path: edit.after for edit in made.edits if edit.after is not None}
        seen = replace(facts, texts={**facts.texts, **written}) if written else facts
        ctx = replace(make_context(seen, spec, report, checklist), items=mine, choice=choice)
        more = _numbered(ctx, planner(ctx))
        made = _joined(_without_refusals(made, more) if planner is recipes.plan else made, more)
    made = without_unmerged(made, facts)
    waived = {found.item for found in report.findings if found.status is Status.WAIVED}
    made, before = still_left(made, left_before(facts, spec.name), {item.id for item in items} - waived)
    made, left = chosen(made, choice, before)
    made = _with_manifest(made, facts, spec, left)
    manifest = plan_manifest(facts, spec, left, (entry_of(phase, checklist),)) if recorded and made.edits else None
    if manifest is None:
        return made
    return replace(made, edits=(*(edit for edit in made.edits if edit.path != manifest.path), manifest))


def entry_of(phase: Phase, checklist: Checklist, waived: str = "") -> str:
    """Returns how the manifest's list of commits names the one of a phase, or of the waiver of an item."""
    return f"{f'{waived} of ' if waived else ''}{phase.number}/{len(checklist.phases)} {phase}"


def make_context(facts: StackFacts, spec: ServiceSpec, report: Report, checklist: Checklist) -> PlanContext:
    """Makes the planners' context for all items, with the stack's own templates before the wizard's."""
    renderer = make_renderer(overrides_in(facts.texts))
    return PlanContext(facts, facts.service(spec.name), spec, report, checklist, renderer, checklist.items)


def _numbered(ctx: PlanContext, made: ChangeSet) -> ChangeSet:
    """Puts the items' ids where the planner named their checks, and behind the reason of each edit."""
    refusals = tuple(replace(refusal, item=ctx.item_of(refusal.item)) for refusal in made.refusals)
    return replace(made, edits=tuple(_numbered_edit(ctx, edit) for edit in made.edits), refusals=refusals)


def _numbered_edit(ctx: PlanContext, edit: FileEdit) -> FileEdit:
    items = tuple(sorted(ctx.item_of(check) for check in edit.items))
    return replace(edit, items=items, why=f"{edit.why} ({', '.join(items)})" if items else edit.why)


def _joined(made: ChangeSet, more: ChangeSet) -> ChangeSet:
    """Joins two planners' change sets; a file that both edit is one edit, from the first text to the last."""
    edits = {edit.path: edit for edit in made.edits}
    for edit in more.edits:
        edits[edit.path] = _after(edits[edit.path], edit) if edit.path in edits else edit
    refusals, notes = (*made.refusals, *more.refusals), (*made.notes, *more.notes)
    offers = (*made.offers, *more.offers)
    return replace(made, edits=tuple(edits.values()), refusals=refusals, notes=notes, offers=offers)


def _without_refusals(made: ChangeSet, done: ChangeSet) -> ChangeSet:
    """Drops what the planners refused and a recipe does, in the same file for the same item."""
    able = {(item, edit.path) for edit in done.edits for item in edit.items}
    return replace(made, refusals=tuple(one for one in made.refusals if (one.item, one.path) not in able))


def _after(first: FileEdit, then: FileEdit) -> FileEdit:
    items = tuple(dict.fromkeys((*first.items, *then.items)))
    return replace(first, after=then.after, why=f"{first.why}; {then.why}", items=items)


def _with_manifest(changes: ChangeSet, facts: StackFacts, spec: ServiceSpec, left: tuple[Left, ...]) -> ChangeSet:
    """A colleague on another machine goes on with the same answers, so they are committed with the first phase."""
    edit = plan_manifest(facts, spec, left)
    same = left == left_before(facts, spec.name)
    if edit is None or edit.path in changes.paths or (changes.empty and same and changes.phase.number > 1):
        return changes
    return replace(changes, edits=(*changes.edits, edit))
