"""`status`: every service by evidence, and its difference to the stack's document; or several stacks, a line each."""

from __future__ import annotations

import argparse
from pathlib import Path

from wizard.checklist.load import checklist_of
from wizard.cli_types import OpenApp
from wizard.commands.shared.folders import require_folder
from wizard.commands.showing import lines_of, require_services
from wizard.commands.terminal import emit, emit_text, open_from, out_style, step, warn
from wizard.errors import UsageError, WizardError
from wizard.output.status import many_json, many_lines, status_json, status_lines, status_markdown
from wizard.pipeline.opening import open_stack, read
from wizard.pipeline.upkeep import Standing, standing, write_matrix
from wizard.rules.text import one_line


def run(args: argparse.Namespace, _open_app: OpenApp | None) -> int:
    """Prints the matrix; 1 when the document differs from it (with `--write` it is updated, and 0)."""
    if len(args.stacks) > 1:
        return _many(args)
    args.directory = args.stacks[0] if args.stacks else args.directory
    _require_folder(args.directory)
    stack = open_from(args, repair=False)
    with step("reading and judging the stack", args):
        facts = read(stack)
        require_services(facts, args)
        stands = standing(facts)
    if args.format in ("junit", "sarif"):
        emit(lines_of(stands.reports, checklist_of(facts), args))
    elif args.format == "json":
        emit([status_json(stands)])
    elif args.format == "markdown":
        emit(status_markdown(stands))
    else:
        emit_text(status_lines(stands, out_style(args)))
    if args.write:
        path = write_matrix(stack, facts)
        said = f"written: {path} (commit it with your next change)" if path else "the document says so already"
        (emit if args.format == "text" else lambda lines: warn(*lines))([said])
        return 0
    return int(_differs(stands))


def _many(args: argparse.Namespace) -> int:
    """Prints a line a stack; 1 when a document differs, 2 when a folder is no stack: the others are told all the
    same."""
    if args.write or args.format not in ("text", "json"):
        raise UsageError(
            "several stacks are told as text or JSON, and not written",
            next_step="name one stack for --write and the other formats",
        )
    told: list[tuple[str, Standing | WizardError]] = []
    for folder in args.stacks:
        with step(f"reading {folder}", args):
            told.append((folder, _standing(folder, args)))
    if args.format == "json":
        emit([many_json(told)])
    else:
        emit(many_lines(told, out_style(args)))
    wrong = [one for _, one in told if isinstance(one, WizardError)]
    return max((one.exit_code for one in wrong), default=int(any(_differs(one) for _, one in told)))


def _standing(folder: str, args: argparse.Namespace) -> Standing | WizardError:
    try:
        _require_folder(folder)
        facts = read(open_stack(Path(folder)))
        args.directory = folder
        require_services(facts, args)
    except WizardError as trouble:
        return trouble
    return standing(facts)


def _require_folder(folder: str) -> None:
    require_folder(folder, f"name the stack's folder; of one service: stack-wizard check {one_line(folder)}")


def _differs(stands: Standing | WizardError) -> bool:
    return not isinstance(stands, WizardError) and any(line.differs for line in stands.lines)
