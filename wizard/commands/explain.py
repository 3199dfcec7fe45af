"""`explain`: why an item exists, what counts as evidence, how to fix it by hand."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from textwrap import fill

from wizard.checklist.load import load
from wizard.checklist.schema import Checklist, Item
from wizard.cli_types import OpenApp
from wizard.commands.terminal import emit, out_style
from wizard.errors import UsageError
from wizard.output.style import Style
from wizard.values.phase import Phase


def run(args: argparse.Namespace, _open_app: OpenApp | None) -> int:
    """Print one item, or every item of a phase."""
    checklist = load()
    for item in _chosen(checklist, args.item):
        emit(_lines(item, out_style(args)))
    return 0


def _chosen(checklist: Checklist, wanted: str) -> tuple[Item, ...]:
    if wanted in tuple(Phase):
        return tuple(item for item in checklist.items if item.phase is Phase(wanted))
    found = tuple(item for item in checklist.items if item.id == wanted)
    if not found:
        ids = f"{checklist.items[0].id} to {checklist.items[-1].id}"
        raise UsageError(f"there is no item {wanted!r}", next_step=f"items are {ids}; phases are {', '.join(Phase)}")
    return found


def _lines(item: Item, style: Style) -> Iterator[str]:
    yield style.paint(f"{item.id} {item.title}", "bold")
    for heading, text in (("Why", item.why), ("Evidence", item.evidence), ("By hand", item.by_hand)):
        yield ""
        yield style.paint(heading, "bold")
        yield fill(" ".join(text.split()), 100, initial_indent="  ", subsequent_indent="  ")
    for link in item.links:
        yield f"  {link}"
    yield ""
