"""`--fix`, `--only` and `--skip`: which recipes and edits of a plan are taken."""

from __future__ import annotations

import argparse

from wizard.commands.shared.items import item_named
from wizard.commands.shared.phases import phase_meant
from wizard.errors import UsageError
from wizard.rules.text import is_safe
from wizard.session.waivers import check_reason
from wizard.spelling import item_word, meant
from wizard.values.checklist import Checklist
from wizard.values.choice import Choice, Left
from wizard.values.pattern import lazy_pattern

CLASSES = ("safe", "all")
_ITEM = lazy_pattern(r"(?:\d+|x)\.\d+")


def choice_of(args: argparse.Namespace, checklist: Checklist) -> Choice:
    """Returns what of the plan is taken. Raises `UsageError` naming the wrong word and those there are."""
    reason = " ".join((args.reason or "").split())
    if args.skip and (problem := check_reason("--skip", reason)):
        raise UsageError(problem, next_step="say why with --reason TEXT; the manifest keeps it")
    if args.reason is not None and not args.skip:
        raise UsageError("--reason says why --skip leaves something out", next_step="name it with --skip PATH|ITEM")
    both = sorted({*args.only} & {*args.skip})
    if both:
        raise UsageError(f"{both[0]} is in --only and in --skip", next_step="name it in one of the two")
    only, skip = (
        tuple(_place(word, name, checklist) for word in words)
        for words, name in ((args.only, "only"), (args.skip, "skip"))
    )
    fixes = _fixes(args.fix, checklist) if args.fix is not None else ()
    return Choice(fixes, only, tuple(Left(word, reason) for word in skip))


def _place(word: str, option: str, checklist: Checklist) -> str:
    """An item, or a path as edits name it. Raises `UsageError` for what can be neither."""
    if _ITEM.fullmatch(item_word(word)):
        return item_named(checklist, word).id
    path = word.removeprefix("./")
    if not is_safe(word) or word.startswith(("/", "../")) or not set("./") & set(path):
        step = "say an item's number, or a path in the stack such as services/NAME/service.py"
        step = f"--phase {word} takes a whole phase; {step}" if phase_meant(word, checklist) else step
        raise UsageError(f"--{option}: {word!r} is neither an item nor a path in the stack", next_step=step)
    return path


def _fixes(text: str, checklist: Checklist) -> tuple[str, ...]:
    from wizard.plan.recipes.registry import RECIPES

    items = {checklist.judged_by(recipe.check).id for recipe in RECIPES}
    names = [recipe.name for recipe in RECIPES]
    words = tuple(_fix_word(word) for word in text.split(",") if word.strip())
    first = sorted(items)[0]
    there = f"there are recipes for {', '.join(sorted(items))}; say `--fix {first}`, `--fix safe` or `--fix all`"
    if not words:
        raise UsageError("--fix needs an item, safe or all", next_step=there)
    for word in words:
        if word not in {*CLASSES, *items, *names}:
            number = word[0].isdigit()
            said = "" if number else meant(word, (*CLASSES, *names))
            called = "" if number else f", or a recipe by its name: {', '.join(names)}"
            raise UsageError(f"--fix: {_said(word, checklist)}", next_step=said + there + called)
    return words


def _fix_word(text: str) -> str:
    """An item's number or a word, in the spelling of the registries."""
    return item_word(text.strip().lower().replace("_", "-"))


def _said(word: str, checklist: Checklist) -> str:
    if any(item.id == word for item in checklist.items):
        return f"there is no recipe for item {word}"
    if _ITEM.fullmatch(word):
        return f"there is no item {word}"
    return f"{word!r} is no item with a recipe, no recipe, nor safe or all"
