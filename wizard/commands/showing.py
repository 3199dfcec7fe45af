"""What the commands that report share: which service is meant, the report in the format asked for, the exit code."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from wizard.adapters.files.files import DiskFiles
from wizard.checklist.load import checklist_of
from wizard.commands.shared.phases import phase_meant, phases_of
from wizard.commands.terminal import emit, emit_text, out_style
from wizard.errors import UsageError
from wizard.pipeline.place import require_whole
from wizard.rules.names import service_in
from wizard.rules.text import one_line
from wizard.spelling import item_word, meant
from wizard.values.checklist import Checklist
from wizard.values.facts.compose import SwarmRemark
from wizard.values.facts.stack import StackFacts
from wizard.values.finding import Report, Status
from wizard.values.phase import Phase
from wizard.values.source import Problem


def known(facts: StackFacts, name: str) -> str:
    """Returns the stack's service that `name` means, in any spelling. Raises `UsageError` with what it is instead."""
    found = service_in(facts, name)
    if found is not None:
        return found
    if not facts.services:
        require_whole(DiskFiles(Path(facts.root)))
        raise _no_stack(facts, facts.root)
    if "," in name and all(service_in(facts, part) for part in name.split(",")):
        step = f"put spaces between the names, where the command takes several: {name.replace(',', ' ')}"
        raise UsageError(f"{name!r} is no name of one service", next_step=step)
    raise UsageError(f"there is no service {name!r} in this stack", next_step=_instead(facts, name))


def _instead(facts: StackFacts, word: str) -> str:
    """Returns what to do about a word that is no service: what it is, else the nearest one, else all there are."""
    names = [service.name for service in facts.services]
    there = f"the stack has: {', '.join(names)}"
    checklist = checklist_of(facts)
    if phase := phase_meant(word, checklist):
        return f"{phase.number} {phase} is a phase: say NAME --phase {phase}; {there}"
    if any(item.id == item_word(word) for item in checklist.items):
        return f"{item_word(word)} is an item, and the service comes first; {there}"
    keys = (word, facts.profile.prefix + word)
    server = next((one for one in facts.compose.services if one.key in keys and not one.commented), None)
    if server is not None:
        at = f" ({server.declared[-1]})" if server.declared else ""
        return f"{server.key}{at} has no code here, so the checklist is not for it; {there}"
    return meant(word, names).rstrip() or there


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
    if not facts.compose.files:
        require_whole(DiskFiles(Path(facts.root)))
    if not facts.services:
        raise _no_stack(facts, args.directory)


def _no_stack(facts: StackFacts, folder: str) -> UsageError:
    found = _nothing(facts)
    found += "".join(f"; {problem.message}" for problem in facts.problems if problem.message.startswith("more than"))
    return UsageError(
        f"no service was found in {one_line(folder)}: {found}",
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
