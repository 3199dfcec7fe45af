"""A person says that an item need not be met."""

from __future__ import annotations

from wizard.checklist.load import load
from wizard.errors import UsageError
from wizard.values.lean import replace
from wizard.values.spec import Manifest, Waiver

LONGEST = 500


def check_waiver(item: str, reason: str) -> str:
    """What is wrong with waiving `item` for `reason`, or `''`."""
    known = tuple(entry.id for entry in load().items)
    if item not in known:
        return f"the checklist has no item {item!r}; its items are {known[0]} to {known[-1]}"
    if not reason.strip():
        return f"a waiver of {item} needs a reason: who reads it next year should understand it"
    if len(reason) > LONGEST:
        return f"the reason has {len(reason)} characters; {LONGEST} are enough"
    if not all(char.isprintable() or char.isspace() for char in reason):
        return "the reason holds control characters"
    return ""


def add_waiver(manifest: Manifest, item: str, reason: str, author: str, date: str) -> Manifest:
    """The manifest with the waiver, in place of an earlier one of the same item. Raises `UsageError`."""
    problem = check_waiver(item, reason)
    if problem:
        raise UsageError(problem, next_step="see the items with `stack-wizard explain`, and give --reason TEXT")
    waiver = Waiver(item, " ".join(reason.split()), author, date)
    others = tuple(kept for kept in manifest.waivers if kept.item != item)
    return replace(manifest, waivers=tuple(sorted((*others, waiver), key=_order)))


def _order(waiver: Waiver) -> tuple[int, ...]:
    return tuple(int(part) for part in waiver.item.split("."))
