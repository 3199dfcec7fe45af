"""`map`: who writes and who reads which channel, stream, list and table, and what of it does not fit."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from wizard.cli_types import OpenApp
from wizard.commands.showing import known, require_services
from wizard.commands.terminal import emit, emit_text, open_from, out_style, step, warn, write_output
from wizard.errors import UsageError
from wizard.output.flow.graph import dot, mermaid, part_of
from wizard.output.flow.text import flow_json, flow_lines
from wizard.pipeline.flow import flow_of
from wizard.pipeline.opening import read
from wizard.values.facts.stack import StackFacts
from wizard.values.flow import Flow, FlowFinding


def run(args: argparse.Namespace, _open_app: OpenApp | None) -> int:
    """Prints or writes the flow; 1 when a reader needs what no writer sends, or takes another type."""
    with step("reading the code of every service", args):
        facts = read(open_from(args, repair=False))
        require_services(facts, args)
        names = tuple(known(facts, name) for name in args.names)
        whole, every = flow_of(facts)
    flow = part_of(whole, names)
    findings = tuple(one for one in every if not names or flow.carrier(one.carrier) is not None)
    if args.format == "asyncapi":
        _asyncapi(facts, whole, names, args)
    elif args.output is not None:
        _write(Path(args.output), "\n".join(_lines(facts, flow, findings, args)) + "\n")
    elif args.format == "text":
        emit_text(flow_lines(facts.root, flow, findings, out_style(args)))
    else:
        emit(_lines(facts, flow, findings, args))
    return int(any(one.stops for one in findings))


def _lines(facts: StackFacts, flow: Flow, findings: tuple[FlowFinding, ...], args: argparse.Namespace) -> Iterable[str]:
    if args.format == "json":
        return [flow_json(flow, findings)]
    if args.format == "mermaid":
        return mermaid(flow)
    if args.format == "dot":
        return dot(flow)
    if args.format == "svg":
        from wizard.output.flow.svg import drawing

        return [drawing(flow)]
    from wizard.output.style import Style

    return flow_lines(facts.root, flow, findings, Style())


def _asyncapi(facts: StackFacts, flow: Flow, names: tuple[str, ...], args: argparse.Namespace) -> None:
    """A document a service: printed for one, else written into the folder that `--output` names."""
    from wizard.output.flow.asyncapi import asyncapi

    wanted = names or tuple(service.name for service in facts.services if flow.of(service.name))
    version = facts.head[:12] or "0"
    if args.output is None:
        if len(wanted) != 1:
            raise UsageError(
                f"AsyncAPI has a document a service, and there are {len(wanted)}",
                next_step="name one service, or say `--output DIR` for a file each",
            )
        emit([asyncapi(flow, wanted[0], version)])
        return
    folder = Path(args.output)
    for name in wanted:
        _write(folder / f"{name}.asyncapi.json", asyncapi(flow, name, version) + "\n")


def _write(path: Path, text: str) -> None:
    write_output(path, text)
    warn(f"written: {path}")
