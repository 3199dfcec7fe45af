"""`verify`: the live items of one service now, and the drill."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from wizard.checklist.load import load
from wizard.cli_types import OpenApp
from wizard.commands.check import exit_code, known, show
from wizard.commands.terminal import emit_text, open_from, out_style
from wizard.errors import RuntimeUnavailableError
from wizard.output.clean import one_line
from wizard.output.events import event_lines
from wizard.pipeline.opening import Stack, judge, read, spec_of
from wizard.pipeline.proof import Proof, choose_runtime
from wizard.pipeline.work import LIVE_ITEMS, Prove
from wizard.values.facts import StackFacts
from wizard.values.observation import Observation, Progress
from wizard.values.phase import Phase
from wizard.verify.runtime import Runtime


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


def observe(stack: Stack, facts: StackFacts, name: str, args: argparse.Namespace) -> tuple[Observation, ...]:
    """The observations of every live item, life on stderr."""
    proof = Proof(stack, _runtime(facts, args), args.log_window)
    return _collect(proof(facts, spec_of(facts, name).spec, LIVE_ITEMS[Phase.DEPLOYMENT]), args)


def proof_for(stack: Stack, args: argparse.Namespace) -> Prove | None:
    """The live checks for `run`; None, said on stderr, when this machine has no runtime and none was asked for."""
    wanted = args.runtime or read(stack).profile.runtime
    try:
        return Proof(stack, choose_runtime(wanted, remote=args.remote), args.log_window)
    except RuntimeUnavailableError as trouble:
        if wanted != "auto":
            raise
        print(f"stack-wizard: live checks are left out: {one_line(trouble.message)}", file=sys.stderr)
        print(f"  next: {one_line(trouble.next_step)}", file=sys.stderr)
        return None


def _runtime(facts: StackFacts, args: argparse.Namespace) -> Runtime:
    return choose_runtime(args.runtime or facts.profile.runtime, remote=args.remote)


def _drill(stack: Stack, facts: StackFacts, name: str, args: argparse.Namespace) -> tuple[Observation, ...]:
    proof = Proof(stack, _runtime(facts, args), args.log_window)
    seen = _collect(proof.drill(facts, spec_of(facts, name).spec), args)
    if args.format == "text":
        emit_text(line for step in seen for line in event_lines(step, out_style(args)))
    return seen


def _collect(events: Iterator[Observation | Progress], args: argparse.Namespace) -> tuple[Observation, ...]:
    seen: list[Observation] = []
    for event in events:
        if isinstance(event, Observation):
            seen.append(event)
        elif event.kind == "step" and not args.quiet:
            print(f"… {one_line(event.text)}", file=sys.stderr, flush=True)
    return tuple(seen)
