"""From phase to phase: which plan is next, and the events of carrying it out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager

from wizard.pipeline.opening import Stack
from wizard.pipeline.second import with_digest
from wizard.pipeline.work import Event, Planned, Prove, perform, plan
from wizard.session.lock import Lock
from wizard.values.finding import Status
from wizard.values.observation import Observation
from wizard.values.phase import Phase
from wizard.values.spec import ServiceSpec


def locked(stack: Stack, service: str) -> AbstractContextManager[None]:
    """One wizard writes in a repository at a time. Raises `RefusedError` naming the other one."""
    return Lock(stack.writable(), stack.clock).held(service)


def next_plan(stack: Stack, spec: ServiceSpec, phase: Phase, seen: tuple[Observation, ...]) -> Planned:
    """The plan of one phase on the stack as it is now; observations of this run count while their fingerprint holds.

    The container phase asks for the base image's digest first, where none is known yet.
    """
    planned = plan(stack, spec, phase, seen)
    if phase is Phase.CONTAINER:
        pinned = with_digest(planned.facts, planned.spec, planned.report)
        planned = planned if pinned == planned.spec else plan(stack, pinned, phase, seen)
        spec = planned.spec
    fresh = planned.facts.fingerprints.get(spec.name, "")
    kept = tuple(observation for observation in seen if observation.fingerprint == fresh)
    return planned if kept == seen else plan(stack, spec, phase, kept)


def plan_all(stack: Stack, spec: ServiceSpec, phases: tuple[Phase, ...]) -> Iterator[Planned]:
    """The plans of several phases on today's stack, none applied (later ones may differ once earlier ones are)."""
    return (plan(stack, spec, phase) for phase in phases)


def phase_events(
    stack: Stack, planned: Planned, *, proof: Prove | None, commits: bool = True, message: str = ""
) -> Iterator[Event]:
    """Apply, prove, judge and commit; see `work.perform`."""
    return perform(stack, planned, proof=proof, commits=commits, message=message)


def deployment_is_proven(planned: Planned) -> bool:
    """True when every live item already rests on an observation of these very files."""
    return all(finding.status is not Status.UNKNOWN for finding in planned.report.of_phase(Phase.DEPLOYMENT))
