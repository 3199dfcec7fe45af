"""`explain`: why an item exists, what counts as evidence, how to fix it by hand."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from textwrap import fill

from wizard.cli_types import OpenApp
from wizard.commands.shared.items import item_named
from wizard.commands.shared.phases import phase_meant
from wizard.commands.terminal import emit, open_from, out_style, text_width
from wizard.output.style import Style
from wizard.pipeline.opening import checklist_in
from wizard.values.checklist import Checklist, Item

WIDEST = 100


def run(args: argparse.Namespace, _open_app: OpenApp | None) -> int:
    """Prints one item, every item of a phase, or, without a word, the list of all."""
    checklist, style = checklist_in(open_from(args, repair=False)), out_style(args)
    if args.item is None:
        emit(_list(checklist, style))
        return 0
    for item in _chosen(checklist, args.item):
        emit(_lines(item, style))
    return 0


def _list(checklist: Checklist, style: Style) -> Iterator[str]:
    for info in checklist.phases:
        yield style.paint(f"{info.phase.number} {info.phase}: {info.title}", "bold")
        yield from (f"  {item.id} {item.title}{' (live)' if item.live else ''}" for item in info.items)
    yield ""
    yield "stack-wizard explain ITEM says why it exists, what counts as evidence, and how to do it by hand"


def _chosen(checklist: Checklist, wanted: str) -> tuple[Item, ...]:
    phase = phase_meant(wanted, checklist)
    if phase is not None:
        return checklist.of_phase(phase)
    return (item_named(checklist, wanted),)


def _lines(item: Item, style: Style) -> Iterator[str]:
    yield style.paint(f"{item.id} {item.title}", "bold")
    width = min(WIDEST, text_width() or WIDEST)
    parts = (("Why", item.why), ("Evidence", item.evidence), ("Broken when", item.broken), ("By hand", item.by_hand))
    for heading, text in parts:
        if text.strip():
            yield ""
            yield style.paint(heading, "bold")
            yield fill(" ".join(text.split()), width, initial_indent="  ", subsequent_indent="  ")
    if item.links:
        yield ""
        yield from (f"  {link}" for link in item.links)
    yield ""
