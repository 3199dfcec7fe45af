"""Carries out the recipes that were named, and offers the others that would have something to do."""

from __future__ import annotations

from wizard.plan.container.pins import pin, python_for
from wizard.plan.context import PlanContext
from wizard.plan.recipes.recipe import Recipe
from wizard.plan.recipes.registry import RECIPES
from wizard.plan.service.modules import is_generated
from wizard.plan.splice.lines import append_requirement
from wizard.plan.splice.text import SpliceRefused
from wizard.values.choice import Offer
from wizard.values.edit import ChangeSet, FileEdit, Refusal
from wizard.values.lean import replace


def plan(ctx: PlanContext) -> ChangeSet:
    """Plans the recipes of one phase; each sees what those before it would write."""
    made = ChangeSet(ctx.spec.name, ctx.phase)
    if is_generated(ctx):
        return made
    texts = dict(ctx.facts.texts)
    for recipe in RECIPES:
        item = ctx.item_of(recipe.check)
        named = ctx.choice.names(recipe.name, item)
        if item not in {each.id for each in ctx.items} or not (ctx.wants(recipe.check) or named):
            continue
        for path in recipe.sites(ctx):
            if not ctx.choice.takes(recipe.name, item, recipe.safety):
                offer = Offer(recipe.name, item, path, recipe.safety, recipe.says, recipe.changes)
                made = replace(made, offers=(*made.offers, offer))
            elif recipe.rewrite is not None:
                made = _applied(ctx, recipe, path, texts, made)
    return made


def _required(ctx: PlanContext, recipe: Recipe, texts: dict[str, str], made: ChangeSet) -> ChangeSet:
    """Adds what the recipe's code imports to a requirements file that lacks it."""
    facts = ctx.service.requirements if ctx.service else None
    line = pin(recipe.requires, python_for(ctx))
    before = texts.get(facts.path) if facts is not None else None
    if facts is None or before is None or not line or any(r.name == recipe.requires for r in facts.requirements):
        return made
    if any(edit.path == facts.path for edit in made.edits):
        return made
    try:
        after = append_requirement(before, line).after
    except SpliceRefused as refused:
        said = Refusal(recipe.check, facts.path, f"{recipe.name}: {refused.reason}", refused.paste, refused.line)
        return replace(made, refusals=(*made.refusals, said))
    texts[facts.path] = after
    edit = FileEdit(
        facts.path, before, after, f"require {recipe.requires}, which its code imports now", (recipe.check,)
    )
    return replace(made, edits=(*made.edits, edit))


def _applied(ctx: PlanContext, recipe: Recipe, path: str, texts: dict[str, str], made: ChangeSet) -> ChangeSet:
    """Adds one recipe's change of one file, or why it is not made."""
    before = texts[path]
    try:
        after = recipe.rewrite(ctx, path, before) if recipe.rewrite is not None else before
    except SpliceRefused as refused:
        said = f"{recipe.name}: {refused.reason}"
        return replace(made, refusals=(*made.refusals, Refusal(recipe.check, path, said, refused.paste, refused.line)))
    if after == before:
        return made
    texts[path] = after
    made = _required(ctx, recipe, texts, made) if recipe.requires else made
    why = recipe.says if not recipe.changes else f"{recipe.says}; {recipe.safety}: {recipe.changes}"
    earlier = next((edit for edit in made.edits if edit.path == path), None)
    if earlier is None:
        return replace(made, edits=(*made.edits, FileEdit(path, before, after, why, (recipe.check,))))
    items = tuple(dict.fromkeys((*earlier.items, recipe.check)))
    joined = replace(earlier, after=after, why=f"{earlier.why}; {why}", items=items)
    return replace(made, edits=tuple(joined if edit is earlier else edit for edit in made.edits))
