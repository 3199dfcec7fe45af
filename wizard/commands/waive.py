"""`waive`: record in the manifest that an item need not be met."""

from __future__ import annotations

import argparse

from wizard.checklist.load import load
from wizard.cli_types import OpenApp
from wizard.commands.items import item_named
from wizard.commands.showing import known
from wizard.commands.terminal import emit, open_from
from wizard.output.clean import one_line
from wizard.pipeline.opening import read
from wizard.pipeline.upkeep import waive


def run(args: argparse.Namespace, _open_app: OpenApp | None) -> int:
    """Write and commit the waiver."""
    item_named(load(), args.item)
    stack = open_from(args)
    name = known(read(stack), args.name)
    receipt = waive(stack, name, args.item, args.reason)
    said = f"{args.item} of {name}: {one_line(args.reason)}"
    if receipt.commit:
        emit([f"waived: {said}", f"commit {receipt.commit[:10]} {one_line(receipt.subject)}"])
    else:
        emit([f"waived already: {said}"])
    return 0
