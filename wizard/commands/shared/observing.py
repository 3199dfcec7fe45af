"""What the commands with live checks share: the runtime, and life on stderr while they run."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator

from wizard.checklist.load import checklist_of
from wizard.errors import RuntimeUnavailableError
from wizard.pipeline.opening import Stack, read, spec_of
from wizard.pipeline.proof import Proof, choose_runtime
from wizard.pipeline.work import Prove
from wizard.rules.text import one_line
from wizard.runtime.protocol import Runtime
from wizard.session.settings import load_settings
from wizard.values.facts.stack import StackFacts
from wizard.values.observation import Observation, Progress


def observe(stack: Stack, facts: StackFacts, name: str, args: argparse.Namespace) -> tuple[Observation, ...]:
    """Observes every live item, its steps said on stderr."""
    proof = Proof(stack, runtime_of(facts, args), log_window(args), may_publish=lambda what: may_publish(what, args))
    items = tuple(item.id for item in checklist_of(facts).probed)
    return collect(proof(facts, spec_of(facts, name).spec, items), args)


def proof_for(stack: Stack, args: argparse.Namespace) -> Prove | None:
    """Returns the live checks for `run`; None, said on stderr, when this machine has no runtime and none was asked
    for.
    """
    profile = read(stack).profile
    wanted = args.runtime or load_settings(os.environ).settings.runtime or profile.runtime
    try:
        runtime = choose_runtime(wanted, remote=args.remote, on_swarm=profile.on_swarm)
        return Proof(stack, runtime, log_window(args), may_publish=lambda what: may_publish(what, args))
    except RuntimeUnavailableError as trouble:
        if wanted != "auto":
            raise
        print(f"stack-wizard: live checks are left out: {one_line(trouble.message)}", file=sys.stderr)
        print(f"  next: {one_line(trouble.next_step)}", file=sys.stderr)
        return None


def runtime_of(facts: StackFacts, args: argparse.Namespace) -> Runtime:
    """Returns the runtime asked for, else the one this person prefers, else the profile's."""
    wanted = args.runtime or load_settings(os.environ).settings.runtime or facts.profile.runtime
    return choose_runtime(wanted, remote=args.remote, on_swarm=facts.profile.on_swarm)


def log_window(args: argparse.Namespace) -> float:
    """Returns how long logs are watched: as asked for, else as this person prefers. Raises `UsageError`."""
    asked: float | None = args.log_window
    return load_settings(os.environ).settings.log_window if asked is None else asked


def may_publish(what: str, args: argparse.Namespace) -> bool:
    """Asks whether a probe event may go where others of a stack in use read it; without a terminal a flag says so."""
    if args.probe_in_use:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    print(f"Others read {one_line(what)} too. Put probe events there? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def collect(events: Iterator[Observation | Progress], args: argparse.Namespace) -> tuple[Observation, ...]:
    """Returns the observations of a live run, its steps said on stderr."""
    seen: list[Observation] = []
    for event in events:
        if isinstance(event, Observation):
            seen.append(event)
        elif event.kind == "step" and not args.quiet:
            print(f"… {one_line(event.text)}", file=sys.stderr, flush=True)
    return tuple(seen)
