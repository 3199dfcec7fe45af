"""Data with its wrong places replaced by harmless stand-ins, so that the rest of it can be judged too."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

Steps = tuple[str | int, ...]
_UNKNOWN = ("unexpected_keyword_argument", "extra_forbidden")
_MISSING = ("missing", "missing_argument", "missing_keyword_only_argument")


def mended(value: Any, wrong: Iterable[tuple[str, Steps]]) -> Any:
    """A copy of `value` in which every wrong place (pydantic's error type, where) is left out or filled."""
    copy = deepcopy(value)
    for number, (what, steps) in enumerate(wrong):
        if steps:
            _mend(copy, what, steps, f"stand_in_{number}")
    return copy


def _mend(value: Any, what: str, steps: Steps, name: str) -> None:
    parent, last = value, steps[-1]
    for step in steps[:-1]:
        try:
            parent = parent[step]
        except (KeyError, IndexError, TypeError):
            return
    if what in _UNKNOWN or what in ("tuple_type", "literal_error", "bool_type"):
        # Every list, choice and flag of the spec has a default.
        if isinstance(parent, dict):
            parent.pop(last, None)
    elif what in _MISSING or what == "string_type":
        parent[last] = name
    elif what.startswith("int_"):
        parent[last] = 0
    elif what.startswith("dataclass_"):
        parent[last] = {"name": name}
