"""`undo`: take a phase's commit back with a new commit."""

from __future__ import annotations

import argparse

from wizard.cli_types import OpenApp
from wizard.commands.showing import known
from wizard.commands.terminal import emit, open_from
from wizard.output.clean import one_line
from wizard.pipeline.opening import Stack, read
from wizard.pipeline.upkeep import undo
from wizard.values.phase import Phase


def run(args: argparse.Namespace, _open_app: OpenApp | None) -> int:
    """Undo the phase named, or the latest one of the service."""
    stack = open_from(args)
    name = _known(stack, args.name)
    receipt = undo(stack, name, Phase(args.phase) if args.phase else None)
    emit([f"undone: phase {receipt.phase.number} {receipt.phase} of {receipt.service}"])
    emit(f"  {path}" for path in receipt.paths)
    emit([f"commit {receipt.commit[:10]} {one_line(receipt.subject)}"])
    return 0


def _known(stack: Stack, name: str) -> str:
    """The name, when the wizard made commits for it; the stack need not have the service any more."""
    made = {commit.service for commit in stack.writable().log()}
    return name if name in made else known(read(stack), name)
