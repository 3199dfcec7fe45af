"""The keys: one letter has one deed, capitals write, and the document is made from the table."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest
from textual.binding import Binding
from textual.dom import DOMNode

import screens
from screens.keymap import DEEDS, keys_document

ROOT = Path(__file__).parents[2]


def owners() -> list[type[DOMNode]]:
    """Every class of the app that has keys of its own."""
    found: list[type[DOMNode]] = []
    for module in pkgutil.walk_packages(screens.__path__, "screens."):
        if module.name.endswith("__main__"):
            continue
        for _, kind in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if kind.__module__ == module.name and issubclass(kind, DOMNode) and "BINDINGS" in vars(kind):
                found.append(kind)
    return found


@pytest.mark.parametrize("owner", owners(), ids=lambda owner: owner.__name__)
def test_a_letter_means_on_every_screen_what_the_table_says(owner: type[DOMNode]) -> None:
    table = {key: deed for deed, known in DEEDS.items() for key in known.keys.split(",")}
    for bound in owner.BINDINGS:
        assert isinstance(bound, Binding)
        for key in bound.key.split(","):
            if len(key) > 1 or key.isdigit():
                continue
            assert key in table, f"{owner.__name__}: {key} is in no table"
            deed = DEEDS[table[key]]
            assert (bound.key_display or key) == deed.label or owner.__name__ in ("LogTail", "TellModal"), key


def test_no_key_has_two_deeds() -> None:
    keys = [key for deed in DEEDS.values() for key in deed.keys.split(",")]
    assert len(keys) == len(set(keys))


def test_what_writes_is_a_capital_and_nothing_else_is_one() -> None:
    for deed in DEEDS.values():
        letters = [key for key in deed.keys.split(",") if len(key) == 1]
        if deed.writes:
            assert letters and all(key.isupper() for key in letters), deed
    assert {d.name for d in DEEDS.values() if not d.writes and d.keys.isupper() and len(d.keys) == 1} == {
        "Previous match",
        "Re-read",
        "Bottom",
    }


def test_the_document_is_made_from_the_table() -> None:
    assert (ROOT / "docs" / "KEYS.md").read_text(encoding="utf-8") == keys_document()
