"""`check --baseline` and its forms for code hosts: what is new, what was known, what is gone."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from wizard.checklist.load import checklist_of
from wizard.commands.terminal import emit, emit_text, out_style
from wizard.errors import UsageError
from wizard.output.style import Style
from wizard.pipeline.gate import against_baseline, everything_new, write_baseline
from wizard.pipeline.opening import Stack, problems_of
from wizard.rules.text import clean, one_line
from wizard.values.facts.stack import StackFacts
from wizard.values.finding import Report
from wizard.values.gate import BASELINE, Compared


def show_gate(stack: Stack, facts: StackFacts, reports: tuple[Report, ...], args: argparse.Namespace) -> int:
    """Prints what is new in the format asked for; 1 when anything is."""
    compared = against_baseline(stack, facts, reports) if args.baseline else everything_new(facts, reports)
    if args.format == "github":
        from wizard.output.annotations import github

        emit(github(compared.new))
    elif args.format == "gitlab":
        from wizard.output.annotations import gitlab

        emit([gitlab(compared.new)])
    elif args.format == "sarif":
        from wizard.output.sarif import sarif

        emit([sarif(reports, checklist_of(facts), compared)])
    elif args.format == "json":
        from wizard.output.data import reports as as_json

        emit([as_json("check", reports, checklist_of(facts), problems_of(facts), compared)])
    elif args.format == "text":
        emit_text(_lines(compared, out_style(args)))
    else:
        raise UsageError(f"--baseline has no {args.format}", next_step="use text, json, sarif, github or gitlab")
    return int(bool(compared.new))


def write_known(stack: Stack, facts: StackFacts, reports: tuple[Report, ...], args: argparse.Namespace) -> int:
    """Writes the baseline and prints its diff; 0 unless that is refused."""
    diff = write_baseline(stack, facts, reports, accept_new=args.accept_new)
    emit(diff.splitlines() if diff else [f"{BASELINE} says so already"])
    if diff:
        emit([f"written: {BASELINE} (commit it)"])
    return 0


def _lines(compared: Compared, style: Style) -> Iterator[str]:
    for one in compared.new:
        level = style.paint(f"new {one.level}", "yellow" if one.level == "unmet" else "red")
        rule = "" if one.rule == one.level else f" {one.rule}"
        yield f"{level}: {one_line(one.service)}{rule}: {one_line(one.message, 400)}"
        for source in one.sources[:4]:
            yield f"{' ' * 8}{style.paint(clean(str(source)), 'dim')}"
        if one.hint:
            yield f"{' ' * 8}next: {one_line(one.hint, 400)}"
    for entry in compared.gone:
        yield style.paint(f"gone: {one_line(entry.service)} {entry.rule} ({one_line(entry.path)}) is mended", "green")
    if compared.gone:
        yield "take what is gone out of the baseline: `stack-wizard check --write-baseline`"
    counts = len(compared.new), len(compared.known), len(compared.gone)
    yield style.paint("{} new, {} known, {} gone".format(*counts), "bold")
