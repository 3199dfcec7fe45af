"""`undo`: take a commit of the wizard back with a new commit."""

from __future__ import annotations

import argparse

from wizard.cli_types import OpenApp
from wizard.commands.shared.phases import phase_named
from wizard.commands.showing import known
from wizard.commands.terminal import emit, open_from
from wizard.pipeline.conductor import locked
from wizard.pipeline.opening import Stack, checklist_in, read
from wizard.pipeline.upkeep import undo
from wizard.rules.text import one_line


def run(args: argparse.Namespace, _open_app: OpenApp | None) -> int:
    """Undoes the phase named, or the latest one of the service."""
    stack = open_from(args)
    name = _known(stack, args.name)
    with locked(stack, name):
        receipt = undo(stack, name, phase_named(args.phase, checklist_in(stack)) if args.phase else None)
    phase = f"phase {receipt.phase.number} {receipt.phase}"
    emit([f"undone: {f'the waiver of {receipt.waived}' if receipt.waived else phase} of {receipt.service}"])
    emit(f"  {path}" for path in receipt.paths)
    emit([f"commit {receipt.commit[:10]} {one_line(receipt.subject)}"])
    emit(f"  warning: {one_line(warning, 400)}" for warning in receipt.warnings)
    return 0


def _known(stack: Stack, name: str) -> str:
    """The name, when the wizard made commits for it; the stack need not have the service any more."""
    made = {commit.service for commit in stack.writable().log()}
    return name if name in made else known(read(stack), name)
