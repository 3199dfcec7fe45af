"""Reads `checklist.yaml`; its shape is proven by a test, not at every start."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from wizard.checklist.schema import Checklist, Item, PhaseInfo
from wizard.syntax.yaml import Node, parse
from wizard.values.phase import Phase

LISTS = ("links",)
FLAGS = ("live",)


@cache
def load() -> Checklist:
    """The checklist that ships with the wizard: seven phases, thirty items; read once (2 to 3 ms)."""
    return build(parse(text()).root)


def text() -> str:
    """The source of the shipped checklist."""
    return Path(__file__).with_name("checklist.yaml").read_text(encoding="utf-8")


def build(root: Node | None) -> Checklist:
    """The checklist of a parsed file. Raises `KeyError` or `TypeError` when a key is missing or unknown."""
    phases = _entries(root)["phases"]
    return Checklist(tuple(_phase(_entries(entry)) for entry in phases.items))


def _phase(entry: dict[str, Node]) -> PhaseInfo:
    phase = Phase(entry["phase"].value)
    items = tuple(_item(phase, _entries(item)) for item in entry["items"].items)
    return PhaseInfo(phase, entry["title"].value, entry["purpose"].value, items)


def _item(phase: Phase, entry: dict[str, Node]) -> Item:
    words = {key: node.value for key, node in entry.items() if key not in LISTS and key not in FLAGS}
    links = tuple(link.value for link in entry["links"].items) if "links" in entry else ()
    live = "live" in entry and entry["live"].value == "true"
    return Item(phase=phase, live=live, links=links, **words)


def _entries(node: Node | None) -> dict[str, Node]:
    return {key.value: value for key, value in node.pairs} if node is not None else {}
