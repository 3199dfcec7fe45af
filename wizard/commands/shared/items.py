"""Item ids on the command line."""

from __future__ import annotations

from wizard.commands.shared.phases import phase_meant
from wizard.errors import UsageError
from wizard.spelling import item_word, meant
from wizard.values.checklist import Checklist, Item


def item_named(checklist: Checklist, text: str) -> Item:
    """Returns the item with this id, also as `03.5`, `3,5` or `item 3.5`. Raises `UsageError` with the nearest one."""
    word = item_word(text)
    found = next((item for item in checklist.items if item.id == word), None)
    if found is None:
        raise _unknown(checklist, text)
    return found


def _unknown(checklist: Checklist, text: str) -> UsageError:
    ids = [item.id for item in checklist.items]
    phase = phase_meant(text, checklist)
    if phase is not None:
        of_it = [item.id for item in checklist.of_phase(phase)]
        step = f"its items are {', '.join(of_it)}: `stack-wizard explain {phase}`"
        return UsageError(f"{text!r} is a phase, and no item", next_step=step)
    near = meant(text, [*ids, *map(str, checklist.sequence)], 0.5)
    step = f"{near}items are {ids[0]} to {ids[-1]}: `stack-wizard explain` lists them"
    return UsageError(f"there is no item {text!r}", next_step=step)
