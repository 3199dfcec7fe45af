"""`verify`: the live items of one service now, and the drill."""

from __future__ import annotations

import argparse

from wizard.checklist.load import load
from wizard.cli_types import OpenApp
from wizard.commands.observing import collect, observe, runtime_of
from wizard.commands.showing import exit_code, known, show
from wizard.commands.terminal import emit_text, open_from, out_style
from wizard.output.events import event_lines
from wizard.pipeline.opening import Stack, judge, read, spec_of
from wizard.pipeline.proof import Proof
from wizard.values.facts import StackFacts
from wizard.values.observation import Observation


def run(args: argparse.Namespace, _open_app: OpenApp | None) -> int:
    """Run the live checks; 1 when one failed, or anything else of the service is unmet or broken."""
    stack = open_from(args)
    facts = read(stack)
    name = known(facts, args.name)
    seen = observe(stack, facts, name, args)
    report = judge(facts, name, observations=seen)
    show((report,), load(), args)
    drilled = _drill(stack, facts, name, args) if args.drill else ()
    return exit_code((report,)) or int(any(step.ok is False for step in drilled))


def _drill(stack: Stack, facts: StackFacts, name: str, args: argparse.Namespace) -> tuple[Observation, ...]:
    proof = Proof(stack, runtime_of(facts, args), args.log_window)
    seen = collect(proof.drill(facts, spec_of(facts, name).spec), args)
    if args.format == "text":
        emit_text(line for step in seen for line in event_lines(step, out_style(args)))
    return seen
