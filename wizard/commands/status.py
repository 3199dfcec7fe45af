"""`status`: every service by evidence, and its difference to the stack's document."""

from __future__ import annotations

import argparse

from wizard.checklist.load import load
from wizard.cli_types import OpenApp
from wizard.commands.check import lines_of
from wizard.commands.terminal import emit, open_from, out_style
from wizard.output.status import status_json, status_lines, status_markdown
from wizard.pipeline.opening import judge_all, read
from wizard.pipeline.upkeep import matrix_lines, write_matrix


def run(args: argparse.Namespace, _open_app: OpenApp | None) -> int:
    """Print the matrix; 1 when the document differs from it (with `--write` it is updated, and 0)."""
    stack = open_from(args, repair=False)
    facts = read(stack)
    reports = judge_all(facts)
    lines = matrix_lines(facts)
    if args.format in ("junit", "sarif"):
        emit(lines_of(reports, load(), args))
    elif args.format == "json":
        emit([status_json(facts, reports, lines)])
    elif args.format == "markdown":
        emit(status_markdown(facts, reports, lines))
    else:
        emit(status_lines(facts, reports, lines, out_style(args)))
    if args.write:
        path = write_matrix(stack, facts)
        emit([f"written: {path}"] if path else ["the document says so already"])
        return 0
    return int(any(line.differs for line in lines))
