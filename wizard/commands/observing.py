"""What the commands with live checks share: the runtime, and life on stderr while they run."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from wizard.errors import RuntimeUnavailableError
from wizard.output.clean import one_line
from wizard.pipeline.opening import Stack, read, spec_of
from wizard.pipeline.proof import Proof, choose_runtime
from wizard.pipeline.work import LIVE_ITEMS, Prove
from wizard.values.facts import StackFacts
from wizard.values.observation import Observation, Progress
from wizard.values.phase import Phase
from wizard.verify.runtime import Runtime


def observe(stack: Stack, facts: StackFacts, name: str, args: argparse.Namespace) -> tuple[Observation, ...]:
    """The observations of every live item, life on stderr."""
    proof = Proof(stack, runtime_of(facts, args), args.log_window)
    return collect(proof(facts, spec_of(facts, name).spec, LIVE_ITEMS[Phase.DEPLOYMENT]), args)


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


def runtime_of(facts: StackFacts, args: argparse.Namespace) -> Runtime:
    """The runtime asked for, else the profile's."""
    return choose_runtime(args.runtime or facts.profile.runtime, remote=args.remote)


def collect(events: Iterator[Observation | Progress], args: argparse.Namespace) -> tuple[Observation, ...]:
    """The observations of a live run, its steps said on stderr."""
    seen: list[Observation] = []
    for event in events:
        if isinstance(event, Observation):
            seen.append(event)
        elif event.kind == "step" and not args.quiet:
            print(f"… {one_line(event.text)}", file=sys.stderr, flush=True)
    return tuple(seen)
