"""A person says that an item need not be met."""

from __future__ import annotations

from wizard.rules.text import is_safe
from wizard.values.checklist import Checklist

LONGEST = 500


def check_waiver(item: str, reason: str, checklist: Checklist) -> str:
    """Returns what is wrong with waiving `item` for `reason`, or `''`."""
    known = tuple(entry.id for entry in checklist.items)
    if item not in known:
        return f"the checklist has no item {item!r}; its items are {known[0]} to {known[-1]}"
    return check_reason(f"a waiver of {item}", reason)


def check_reason(what: str, reason: str) -> str:
    """Returns what is wrong with the reason a person gives, or `''`."""
    if not reason.strip():
        return f"{what} needs a reason: who reads it next year should understand it"
    if len(reason) > LONGEST:
        return f"the reason has {len(reason)} characters; {LONGEST} are enough"
    if not is_safe(reason):
        return "the reason holds control characters"
    return ""
