"""`pattern`: the templates and the checklist of a team, taken from its repository with a diff."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from wizard.cli_types import OpenApp
from wizard.commands.terminal import ask, emit, is_interactive, open_from, out_style
from wizard.errors import UsageError
from wizard.output.events import diff_lines
from wizard.pipeline.opening import Stack, checklist_in
from wizard.pipeline.own.patterns import Follows, followed, plan_add, plan_remove, plan_update, write
from wizard.pipeline.own.trusting import commands_of, trusts
from wizard.rules.text import one_line


def run(args: argparse.Namespace, _open_app: OpenApp | None) -> int:
    """Lists the patterns, or shows what one would change and writes it; 1 when that is declined."""
    stack = open_from(args, repair=False)
    if args.action in (None, "list"):
        follows = followed(stack)
        emit(line for one in follows for line in _listed(one))
        if not follows:
            emit(["this stack follows no pattern; `stack-wizard pattern add PATH|URL` takes one"])
        return int(any(one.trouble for one in follows))
    if args.action == "add":
        changes = plan_add(stack, args.source, args.at or "", args.name or "")
    elif args.action == "update":
        changes = plan_update(stack, args.name, args.at)
    else:
        changes = plan_remove(stack, args.name)
    if changes.empty:
        emit(["it is as the source has it: nothing to change"])
        return 0
    emit(diff_lines(changes, out_style(args)))
    if not args.yes:
        if not is_interactive():
            raise UsageError("nobody is there to answer", next_step="look at the diff, then say --yes")
        if not ask(f"Write {'this file' if len(changes.edits) == 1 else f'these {len(changes.edits)} files'}?", False):
            return 1
    write(stack, changes)
    emit(f"{'removed' if edit.after is None else 'written'}: {edit.path}" for edit in changes.edits)
    emit(["commit them with your next change", *_untrusted(stack)])
    return 0


def _listed(one: Follows) -> Iterator[str]:
    if one.pattern is None:
        yield f"{one_line(one.name)}: {one_line(one.trouble, 400)}"
        return
    at = f" ({one_line(one.pattern.at)})" if one.pattern.at else ""
    edited = "; its files were edited here, and an update would put them back" if one.edited else ""
    yield f"{one_line(one.name)} {one.pattern.commit[:12]}{at} {one_line(one.pattern.source)}{edited}"
    yield from (f"  {one_line(path)}" for path in one.paths)


def _untrusted(stack: Stack) -> Iterator[str]:
    checklist = checklist_in(stack)
    if commands_of(checklist) and not trusts(stack, checklist):
        yield "its checklist runs commands: read them, then `stack-wizard trust`"
