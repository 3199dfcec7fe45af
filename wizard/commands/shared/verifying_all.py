"""`verify --all`: every service's live checks, the servers started once for all of them, one table at the end."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from wizard.checklist.load import checklist_of
from wizard.commands.shared.observing import collect, log_window, may_publish, runtime_of
from wizard.commands.showing import exit_code, require_services, show
from wizard.commands.terminal import emit, open_from, out_style, warn
from wizard.errors import CancelledError, UsageError, WizardError
from wizard.output.style import ASCII_GLYPHS, GLYPHS, Style
from wizard.pipeline.opening import judge, read, spec_of
from wizard.pipeline.proof import Proof
from wizard.rules.text import column, one_line
from wizard.values.checklist import Checklist
from wizard.values.facts.stack import ServiceFacts
from wizard.values.finding import Finding, Report, Status
from wizard.values.observation import Observation


def verify_all(args: argparse.Namespace) -> int:
    """Runs the live checks of every service that has code; 1 when one failed, or anything else is unmet or broken."""
    if args.name:
        raise UsageError("--all takes every service, and a NAME one", next_step="leave one of them out")
    if args.drill:
        raise UsageError("--drill is about one service", next_step="name that service instead of --all")
    stack = open_from(args)
    facts = read(stack)
    require_services(facts, args)
    checklist, runtime = checklist_of(facts), runtime_of(facts, args)
    items = tuple(item.id for item in checklist.probed)
    reports: list[Report] = []
    troubles: dict[str, WizardError] = {}
    with runtime.shared():
        proof = Proof(stack, runtime, log_window(args), may_publish=lambda what: may_publish(what, args))
        for service in filter(_runs, facts.services):
            if not args.quiet:
                warn(one_line(service.name))
            seen: tuple[Observation, ...] = ()
            try:
                seen = collect(proof(facts, spec_of(facts, service.name).spec, items), args)
            except CancelledError:
                raise
            except WizardError as trouble:  # of one service: the others are checked all the same
                troubles[service.name] = trouble
            reports.append(judge(facts, service.name, observations=seen))
    if args.format == "text":
        emit(_table(reports, items, checklist, troubles, out_style(args)))
    else:
        show(tuple(reports), checklist, args)
    return exit_code(reports) or int(bool(troubles))


def _runs(service: ServiceFacts) -> bool:
    return bool(service.entry or service.compose)


def _table(
    reports: list[Report], items: tuple[str, ...], checklist: Checklist, troubles: dict[str, WizardError], style: Style
) -> Iterator[str]:
    """Yields a row a service, a column a live item, and below it why what is not met is not."""
    glyphs = GLYPHS if style.unicode else ASCII_GLYPHS
    padded = column(report.service for report in reports)
    yield style.paint(f"{padded('service')} {' '.join(f'{item:<4}' for item in items)}", "bold")
    for report in reports:
        cells = " ".join(f"{glyphs[report.finding(item).status]:<4}" for item in items)
        yield f"{padded(report.service)} {cells}"
    yield style.paint(", ".join(f"{glyph} {status.value}" for status, glyph in glyphs.items()), "dim")
    for report in reports:
        trouble = troubles.get(report.service)
        if trouble is not None:
            yield style.paint(f"{one_line(report.service)}: {one_line(trouble.message, 400)}", "red")
        for finding in (report.finding(item) for item in items):
            if finding.status in (Status.BROKEN, Status.UNMET) or (
                finding.status is Status.UNKNOWN and trouble is None
            ):
                yield from _why(report.service, finding, checklist, style)


def _why(service: str, finding: Finding, checklist: Checklist, style: Style) -> Iterator[str]:
    colour = "yellow" if finding.status is Status.UNKNOWN else "red"
    title = checklist.item(finding.item).title
    yield style.paint(f"{one_line(service)} {finding.item} {finding.status.value}: {title}", colour)
    yield f"    {one_line(finding.summary, 400)}"
    if finding.hint:
        yield f"    next: {one_line(finding.hint, 400)}"
