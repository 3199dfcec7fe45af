"""Patterns are compiled late; here all of them are, so that a mistake in one shows in the tests."""

from __future__ import annotations

import importlib
import pkgutil
import re

import wizard
from wizard.values.pattern import lazy_pattern


def _patterns(value: object) -> list[object]:
    if type(value).__name__ == "lazy_pattern":
        return [value]
    if isinstance(value, dict):
        return _patterns(list(value.values()))
    if isinstance(value, list | tuple):
        return [found for inner in value for found in _patterns(inner)]
    return []


def test_works_as_a_compiled_one() -> None:
    late = lazy_pattern(r"(a+)b", re.IGNORECASE)
    found = late.match("AAb")
    assert found is not None and found[1] == "AA"
    assert late.sub("-", "xabx") == "x-x"
    assert (late.pattern, late.flags, late.groups) == (r"(a+)b", re.compile(r"(a+)b", re.IGNORECASE).flags, 1)
    assert [m[0] for m in late.finditer("ab aab")] == ["ab", "aab"]


def test_every_pattern_of_the_core_compiles() -> None:
    modules = [
        importlib.import_module(found.name)
        for found in pkgutil.walk_packages(wizard.__path__, "wizard.")
        if found.name.split(".")[1] in ("values", "syntax", "stack", "audit", "output", "adapters")
    ]
    found = [late for module in modules for value in vars(module).values() for late in _patterns(value)]
    assert len(found) > 100
    for late in found:
        re.compile(late.pattern, late._flags)  # type: ignore[attr-defined]
