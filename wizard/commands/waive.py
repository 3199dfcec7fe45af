"""`waive`: record in the manifest that an item need not be met, or take that back."""

from __future__ import annotations

import argparse

from wizard.cli_types import OpenApp
from wizard.commands.shared.items import item_named
from wizard.commands.showing import known
from wizard.commands.terminal import emit, open_from
from wizard.pipeline.conductor import locked
from wizard.pipeline.opening import checklist_in, read
from wizard.pipeline.upkeep import take_waiver_back, waive
from wizard.rules.text import one_line


def run(args: argparse.Namespace, _open_app: OpenApp | None) -> int:
    """Writes and commits the waiver, or takes it back."""
    stack = open_from(args)
    item = item_named(checklist_in(stack), args.item).id
    name = known(read(stack), args.name)
    with locked(stack, name):
        receipt = take_waiver_back(stack, name, item) if args.take_back else waive(stack, name, item, args.reason)
    done = "waiver taken back" if args.take_back else "waived" if receipt.commit else "waived already"
    emit([f"{done}: {item} of {name}" + ("" if args.take_back else f": {one_line(args.reason)}")])
    if receipt.commit:
        emit([f"commit {receipt.commit[:10]} {one_line(receipt.subject)}"])
    emit(f"  warning: {one_line(warning, 400)}" for warning in receipt.warnings)
    return 0
