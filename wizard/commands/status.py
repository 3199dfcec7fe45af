"""`status`: every service by evidence, and its difference to the stack's document."""

from __future__ import annotations

import argparse
import sys

from wizard.checklist.load import load
from wizard.cli_types import OpenApp
from wizard.commands.showing import lines_of, say_empty
from wizard.commands.terminal import emit, emit_text, open_from, out_style, step
from wizard.output.status import status_json, status_lines, status_markdown
from wizard.pipeline.opening import judge_all, read
from wizard.pipeline.upkeep import matrix_lines, write_matrix


def run(args: argparse.Namespace, _open_app: OpenApp | None) -> int:
    """Print the matrix; 1 when the document differs from it (with `--write` it is updated, and 0)."""
    stack = open_from(args, repair=False)
    with step("reading and judging the stack", args):
        facts = read(stack)
        reports = judge_all(facts)
        lines = matrix_lines(facts, reports)
    if not reports:
        say_empty(args)
    if args.format in ("junit", "sarif"):
        emit(lines_of(reports, load(), args))
    elif args.format == "json":
        emit([status_json(facts, reports, lines)])
    elif args.format == "markdown":
        emit(status_markdown(facts, reports, lines))
    else:
        emit_text(status_lines(facts, reports, lines, out_style(args)))
    if args.write:
        path = write_matrix(stack, facts)
        said = f"written: {path} (commit it with your next change)" if path else "the document says so already"
        print(said, file=sys.stdout if args.format == "text" else sys.stderr)
        return 0
    return int(any(line.differs for line in lines))
