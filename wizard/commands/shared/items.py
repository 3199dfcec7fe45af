"""Item ids on the command line."""

from __future__ import annotations

from difflib import get_close_matches

from wizard.errors import UsageError
from wizard.values.checklist import Checklist, Item


def item_named(checklist: Checklist, text: str) -> Item:
    """Returns the item with this id. Raises `UsageError` naming the nearest one."""
    found = next((item for item in checklist.items if item.id == text), None)
    if found is None:
        raise _unknown(checklist, text)
    return found


def _unknown(checklist: Checklist, text: str) -> UsageError:
    ids = [item.id for item in checklist.items]
    near = get_close_matches(text.lower(), [*ids, *map(str, checklist.sequence)], n=1, cutoff=0.5)
    meant = f"did you mean {near[0]}? " if near else ""
    step = f"{meant}items are {ids[0]} to {ids[-1]}: `stack-wizard explain` lists them"
    return UsageError(f"there is no item {text!r}", next_step=step)
