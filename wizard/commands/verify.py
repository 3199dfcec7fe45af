"""`verify`: the live items of one service now, and the drill."""

from __future__ import annotations

import argparse

from wizard.checklist.load import checklist_of
from wizard.cli_types import OpenApp
from wizard.commands.shared.observing import collect, log_window, observe, runtime_of
from wizard.commands.showing import exit_code, known, show
from wizard.commands.terminal import emit_text, open_from, out_style
from wizard.errors import UsageError
from wizard.output.events import event_lines
from wizard.pipeline.opening import Stack, judge, read, spec_of
from wizard.pipeline.proof import Proof
from wizard.values.facts.stack import StackFacts
from wizard.values.observation import Observation


def run(args: argparse.Namespace, _open_app: OpenApp | None) -> int:
    """Runs the live checks; 1 when one failed, or anything else of the service is unmet or broken."""
    if args.all:
        from wizard.commands.shared.verifying_all import verify_all

        return verify_all(args)
    if args.name is None:
        raise UsageError("verify needs NAME", next_step="say `stack-wizard verify NAME`, or --all for every service")
    stack = open_from(args)
    facts = read(stack)
    name = known(facts, args.name)
    seen = observe(stack, facts, name, args)
    report = judge(facts, name, observations=seen)
    show((report,), checklist_of(facts), args)
    drilled = _drill(stack, facts, name, args) if args.drill else ()
    return exit_code((report,)) or int(any(step.ok is False for step in drilled))


def _drill(stack: Stack, facts: StackFacts, name: str, args: argparse.Namespace) -> tuple[Observation, ...]:
    proof = Proof(stack, runtime_of(facts, args), log_window(args))
    seen = collect(proof.drill(facts, spec_of(facts, name).spec), args)
    if args.format == "text":
        emit_text(line for step in seen for line in event_lines(step, out_style(args)))
    return seen
