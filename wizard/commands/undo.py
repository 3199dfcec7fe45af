"""`undo`: take a phase's commit back with a new commit."""

from __future__ import annotations

import argparse

from wizard.cli_types import OpenApp
from wizard.commands.terminal import emit, open_from
from wizard.output.clean import one_line
from wizard.pipeline.upkeep import undo
from wizard.values.phase import Phase


def run(args: argparse.Namespace, _open_app: OpenApp | None) -> int:
    """Undo the phase named, or the latest one of the service."""
    stack = open_from(args)
    receipt = undo(stack, args.name, Phase(args.phase) if args.phase else None)
    emit([f"undone: phase {receipt.phase.number} {receipt.phase} of {receipt.service}"])
    emit(f"  {path}" for path in receipt.paths)
    emit([f"commit {receipt.commit[:10]} {one_line(receipt.subject)}"])
    return 0
