"""What the commands that report share: which service is meant, the report in the format asked for, the exit code."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from wizard.commands.shared.phases import phases_of
from wizard.commands.terminal import emit, emit_text, out_style
from wizard.errors import UsageError
from wizard.rules.names import service_meant
from wizard.rules.text import one_line
from wizard.values.checklist import Checklist
from wizard.values.facts.compose import SwarmRemark
from wizard.values.facts.stack import StackFacts
from wizard.values.finding import Report, Status
from wizard.values.phase import Phase
from wizard.values.source import Problem


def known(facts: StackFacts, name: str) -> str:
    """Returns `name` when the stack has such a service (a compose key with the prefix counts). Raises `UsageError`."""
    names = [service.name for service in facts.services]
    keys = ((service.name, service.compose.key if service.compose else "") for service in facts.services)
    meant = service_meant(name, keys, facts.profile.prefix)
    if meant is not None:
        return meant
    from difflib import get_close_matches

    near = get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]}?" if near else "the stack has: " + (", ".join(names) or "no service yet")
    raise UsageError(f"there is no service {name!r} in this stack", next_step=hint)


def show(
    reports: tuple[Report, ...],
    checklist: Checklist,
    args: argparse.Namespace,
    unread: tuple[Problem, ...] = (),
    swarm: tuple[SwarmRemark, ...] = (),
) -> None:
    """Prints the reports in the format asked for; text is broken at the terminal's width."""
    if args.format == "json":
        from wizard.output.data import reports as as_json

        emit([as_json("check", reports, checklist, unread, swarm=swarm)])
        return
    (emit_text if args.format == "text" else emit)(lines_of(reports, checklist, args))


def lines_of(reports: tuple[Report, ...], checklist: Checklist, args: argparse.Namespace) -> Iterable[str]:
    """Returns the reports in the format asked for, which is not JSON."""
    if args.format == "junit":
        from wizard.output.junit import junit

        return [junit(reports, checklist)]
    if args.format == "sarif":
        from wizard.output.sarif import sarif

        return [sarif(reports, checklist)]
    if args.format == "markdown":
        from wizard.output.markdown import markdown

        return [markdown(reports, checklist)]
    return _text(reports, checklist, args)


def exit_code(reports: Iterable[Report]) -> int:
    """Returns 1 when something is left that is not waived or merely unknown."""
    left = (Status.UNMET, Status.BROKEN)
    return int(any(r.contradictions or any(f.status in left for f in r.findings) for r in reports))


def require_services(facts: StackFacts, args: argparse.Namespace) -> None:
    """Refuses a folder that is no stack: most likely it is not the one that was meant. Raises `UsageError`."""
    if facts.services:
        return
    found = _nothing(facts)
    found += "".join(f"; {problem.message}" for problem in facts.problems if problem.message.startswith("more than"))
    raise UsageError(
        f"no service was found in {one_line(args.directory)}: {found}",
        next_step="name the stack's folder with -C DIR; `stack-wizard init --dry-run` shows what was found",
    )


def _nothing(facts: StackFacts) -> str:
    """Returns what there is instead of services; a file that cannot be read is there."""
    if facts.compose.services:
        return "no service in it is Python code"
    if facts.compose.problems:
        problem = facts.compose.problems[0]
        return one_line(f"{problem.source} cannot be used: {problem.message}", 200)
    files = " and ".join(facts.compose.files or facts.profile.compose_files)
    return f"{one_line(files)} has no services" if files else "it has no compose file and no service"


def _text(reports: tuple[Report, ...], checklist: Checklist, args: argparse.Namespace) -> Iterable[str]:
    from wizard.output.text_report import report_lines

    style = out_style(args)
    for report in reports:
        yield from report_lines(
            report, checklist, style, phases=_phases(args, checklist), verbose=not args.quiet, every=args.verbose
        )
        yield ""


def _phases(args: argparse.Namespace, checklist: Checklist) -> tuple[Phase, ...] | None:
    return phases_of(args.phase, checklist) if getattr(args, "phase", None) else None
