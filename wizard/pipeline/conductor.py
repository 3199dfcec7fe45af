"""The one conductor of a phase, that every door runs through or holds step by step; and which plan is next."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager

from wizard.apply.restore import IncompleteError
from wizard.checklist.load import checklist_of
from wizard.pipeline.before_write import with_digest
from wizard.pipeline.opening import Stack, read
from wizard.pipeline.own_tests import tests_after, tests_before
from wizard.pipeline.work import Event, Planned, Prove, apply, commit, judge_again, leave, plan, prove, take_back
from wizard.session.lock import Lock
from wizard.values.choice import EVERYTHING, Choice
from wizard.values.facts.stack import StackFacts
from wizard.values.finding import Status
from wizard.values.lean import replace
from wizard.values.observation import Observation
from wizard.values.phase import Phase
from wizard.values.spec import ServiceSpec


def locked(stack: Stack, service: str) -> AbstractContextManager[None]:
    """Holds the repository's lock: one wizard writes in it at a time. Raises `RefusedError` naming the other one."""
    return Lock(stack.writable(), stack.clock).held(service)


def next_plan(
    stack: Stack,
    spec: ServiceSpec,
    phase: Phase,
    seen: tuple[Observation, ...],
    facts: StackFacts | None = None,
    choice: Choice = EVERYTHING,
) -> Planned:
    """Plans one phase on the stack as it is now; observations of this run count while their fingerprint holds.

    `facts`: the reading after the phase before, when there was one; the stack is read once for a plan.
    Where an item of the phase needs an image registry, the base image's digest is asked for first.
    """
    facts = facts if facts is not None else read(stack, only=spec.name, history=False)
    kept = tuple(one for one in seen if one.fingerprint == facts.fingerprint(spec.name, one.item))
    planned = plan(stack, spec, phase, kept, facts, choice)
    if _asks_registry(planned):
        pinned = with_digest(planned.facts, planned.spec)
        planned = planned if pinned == planned.spec else plan(stack, pinned, phase, kept, facts, choice)
    return planned


def _asks_registry(planned: Planned) -> bool:
    items = checklist_of(planned.facts).of_phase(planned.changeset.phase)
    return any("registry" in item.needs and not planned.report.finding(item.id).done for item in items)


def plan_all(
    stack: Stack, spec: ServiceSpec, phases: tuple[Phase, ...] | None = None, choice: Choice = EVERYTHING
) -> Iterator[Planned]:
    """Yields the plans of several phases on today's stack, none applied (later ones may differ once earlier ones
    are). None: of all phases.
    """
    facts = read(stack, only=spec.name, history=False)
    wanted = checklist_of(facts).sequence if phases is None else phases
    return (plan(stack, spec, phase, facts=facts, choice=choice) for phase in wanted)


def plan_ahead(stack: Stack, spec: ServiceSpec) -> Iterator[Planned]:
    """Yields the plans of all phases, each on the stack as those before it would leave it: what they lead to together.
    Nothing is written."""
    from wizard.adapters.files.written import AsWritten

    texts: dict[str, str | None] = {}
    facts = read(stack, only=spec.name, history=False)
    for phase in checklist_of(facts).sequence:
        ahead = replace(stack, files=AsWritten(stack.files.root, texts)) if texts else stack
        facts = read(ahead, only=spec.name, history=False) if texts else facts
        planned = plan(ahead, spec, phase, facts=facts)
        texts |= {edit.path: edit.after for edit in planned.changeset.edits}
        yield planned


def conduct(
    stack: Stack, planned: Planned, *, proof: Prove | None = None, commits: bool = True
) -> Generator[Event, str | None]:
    """Takes one planned phase from its files to its commit, step by step: applied, proven, judged, committed.

    Code that people wrote is changed only between two runs of the service's own tests.

    The headless door runs through it; an interactive one holds it at `Judged` and sends the message to commit with.
    Closing it before the commit, and any error, takes the files back.
    """
    before = yield from tests_before(stack, planned, proof)
    applied = apply(stack, planned, commit=commits)
    try:
        yield applied
        observed = {seen.item: seen for seen in planned.observations}
        after = (yield from tests_after(stack, planned, proof)) if proof is not None and before is not None else None
        observed |= {after.item: after} if after is not None else {}
        if not checklist_of(planned.facts).phase(planned.changeset.phase).records:
            for event in prove(stack, planned, proof):
                if isinstance(event, Observation):
                    observed[event.item] = event
                yield event
        judged = judge_again(stack, applied, tuple(observed.values()))
        message = yield judged
        message = judged.message if message is None else message
        done = commit(stack, applied, message) if commits else leave(planned)
    except IncompleteError:
        raise
    except BaseException:
        take_back(stack, applied)
        raise
    yield done


def deployment_is_proven(planned: Planned) -> bool:
    """Returns True when every live item already rests on an observation of these very files."""
    return all(f.status is not Status.UNKNOWN for f in planned.report.of_phase(planned.changeset.phase))
