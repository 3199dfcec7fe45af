"""Reads `checklist.yaml`; its shape is proven by a test, not at every start."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from wizard.syntax.yaml import Node, parse
from wizard.values.checklist import Checklist, Item, PhaseInfo
from wizard.values.facts.stack import StackFacts
from wizard.values.phase import Phase

LISTS = ("links", "needs")
FLAGS = ("live", "records")


@cache
def load() -> Checklist:
    """Returns the checklist that ships with the wizard; read once (2 to 3 ms)."""
    return build(parse(text()).root)


def checklist_of(facts: StackFacts) -> Checklist:
    """Returns the checklist that a stack is judged by: its own, which was read with it, else the shipped one."""
    return facts.checklist or load()


def text() -> str:
    """Returns the source of the shipped checklist."""
    return Path(__file__).with_name("checklist.yaml").read_text(encoding="utf-8")


def build(root: Node | None) -> Checklist:
    """Builds the checklist of a parsed file. Raises `KeyError` or `TypeError` when a key is missing or unknown."""
    phases = _entries(root)["phases"]
    return Checklist(tuple(_phase(number, _entries(entry)) for number, entry in enumerate(phases.items, 1)))


def _phase(number: int, entry: dict[str, Node]) -> PhaseInfo:
    phase = Phase(number, entry.pop("phase").value)
    items = tuple(Item(phase=phase, **_fields(_entries(item))) for item in entry.pop("items").items)
    return PhaseInfo(phase=phase, items=items, **_fields(entry))


def _fields(entry: dict[str, Node]) -> dict[str, Any]:
    return {key: _value(key, node) for key, node in entry.items()}


def _value(key: str, node: Node) -> str | bool | tuple[str, ...]:
    if key in LISTS:
        return tuple(item.value for item in node.items)
    return node.value == "true" if key in FLAGS else node.value


def _entries(node: Node | None) -> dict[str, Node]:
    return {key.value: value for key, value in node.pairs} if node is not None else {}
