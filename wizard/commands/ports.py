"""`ports`: who holds which port, and where that is written."""

from __future__ import annotations

import argparse

from wizard.audit.ports import port_table
from wizard.cli_types import OpenApp
from wizard.commands.showing import require_services
from wizard.commands.terminal import emit, emit_text, open_from, out_style, step
from wizard.output.ports import ports_json, ports_lines, ports_markdown
from wizard.output.text_report import problem_lines
from wizard.pipeline.opening import problems_of, read
from wizard.rules.merge_markers import UNFINISHED


def run(args: argparse.Namespace, _open_app: OpenApp | None) -> int:
    """Prints the registry with holder, state and line; 1 when two claims conflict."""
    with step("reading the stack and who listens on this machine", args):
        facts = read(open_from(args, repair=False), sockets=True)
        rows = port_table(facts)
        if not rows and not facts.compose.services:
            require_services(facts, args)
    if args.format == "json":
        emit([ports_json(rows)])
    elif args.format == "markdown":
        emit(ports_markdown(rows))
    elif args.format in ("junit", "sarif"):
        from wizard.output.port_reports import ports_junit, ports_sarif

        emit([ports_junit(rows) if args.format == "junit" else ports_sarif(rows)])
    else:
        emit_text(problem_lines(problems_of(facts), out_style(args)))
        emit_text(ports_lines(facts, rows, out_style(args)))
    unread = any(problem.message == UNFINISHED for problem in problems_of(facts))
    return int(unread or any(row.conflicts for row in rows))
