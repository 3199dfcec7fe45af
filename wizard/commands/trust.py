"""`trust`: let this stack's own checklist run its commands on this machine, after they were shown."""

from __future__ import annotations

import argparse

from wizard.cli_types import OpenApp
from wizard.commands.terminal import ask, emit, is_interactive, open_from
from wizard.errors import UsageError
from wizard.pipeline.opening import checklist_in
from wizard.pipeline.own.trusting import BESIDES, NOTHING, commands_of, said_of, trust, trusts


def run(args: argparse.Namespace, _open_app: OpenApp | None) -> int:
    """Shows the commands and asks; 1 when the answer is no."""
    stack = open_from(args, repair=False)
    checklist = checklist_in(stack)
    commands = commands_of(checklist)
    if not commands:
        emit([NOTHING])
        return 0
    emit([*map(said_of, commands), BESIDES])
    if trusts(stack, checklist):
        emit(["trusted already; `stack-wizard untrust` takes it back"])
        return 0
    if not args.yes:
        if not is_interactive():
            raise UsageError("nobody is there to answer", next_step="look at the commands, then say --yes")
        if not ask("Trust these commands, until a byte of the checklist changes?", False):
            return 1
    trust(stack, checklist)
    emit(["trusted: they run in live checks (`stack-wizard verify NAME`)"])
    return 0
