"""PROPOSE and DO: plan a phase, apply it, prove it, commit it.

Each step is a function, so that a door can pause between two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from wizard.apply.commit import commit as commit_written
from wizard.apply.recover import interrupted
from wizard.apply.recover import recover as recover_journal
from wizard.apply.write import Written, roll_back, write
from wizard.checklist.load import load
from wizard.errors import RefusedError
from wizard.pipeline.opening import Stack, judge, read, unreadable
from wizard.pipeline.record import with_record
from wizard.session.lock import Lock
from wizard.values.edit import ChangeSet
from wizard.values.facts import StackFacts
from wizard.values.finding import Report
from wizard.values.lean import dataclass, replace
from wizard.values.observation import Observation, Progress
from wizard.values.phase import Phase
from wizard.values.receipt import Receipt
from wizard.values.spec import ServiceSpec

Prove = Callable[[StackFacts, ServiceSpec, tuple[str, ...]], Iterator[Observation | Progress]]
LIVE_ITEMS = {
    Phase.DATABASE: ("4.3",),
    Phase.TESTING: ("5.1", "5.2", "5.3"),
    Phase.DEPLOYMENT: ("4.3", "5.1", "5.2", "5.3", "7.1", "7.2", "7.3", "7.4", "7.5"),
}


@dataclass(frozen=True, slots=True)
class Planned:
    """What one phase would write, the facts and the report it was planned from, and what was observed before."""

    facts: StackFacts
    spec: ServiceSpec
    report: Report
    changeset: ChangeSet
    observations: tuple[Observation, ...] = ()


@dataclass(frozen=True, slots=True)
class Applied:
    """The files are on disk and the journal is open: `commit` or `take_back` must follow."""

    planned: Planned
    written: Written


@dataclass(frozen=True, slots=True)
class Judged:
    """The stack read and audited again after a write, the observations of this run, the message to commit with."""

    report: Report
    observations: tuple[Observation, ...]
    message: str


@dataclass(frozen=True, slots=True)
class Committed:
    """The phase is a commit (or, with `--no-commit`, only written: the receipt's `commit` is empty)."""

    receipt: Receipt


Event = Planned | Applied | Progress | Observation | Judged | Committed


def recover(stack: Stack) -> tuple[str, ...]:
    """Put back what a killed run left half done; the sentences say what happened. Call before reading.

    A run that is alive has a journal, too: while another wizard holds the lock, nothing is touched.
    """
    if stack.repo is None or interrupted(stack.repo) is None:
        return ()
    try:
        with Lock(stack.repo, stack.clock).held():
            return recover_journal(stack.files, stack.repo)
    except RefusedError as other:
        return (f"{other.message}; {other.next_step}",)


def plan(stack: Stack, spec: ServiceSpec, phase: Phase, observations: tuple[Observation, ...] = ()) -> Planned:
    """Read afresh and plan one phase; writes nothing. Deployment is planned from the observations of its live run."""
    facts = read(stack, only=spec.name, history=False)
    spec = _kept(facts, spec)
    report = judge(facts, spec.name, spec=spec, observations=observations)
    if phase is Phase.DEPLOYMENT:
        facts = with_record(facts, spec, observations)
    from wizard.plan.plan import plan_phase  # the planners' room is not for those who only look

    return Planned(facts, spec, report, plan_phase(facts, spec, report, phase, load()), observations)


def _kept(facts: StackFacts, spec: ServiceSpec) -> ServiceSpec:
    """The spec with the digest an earlier phase resolved and committed."""
    service = facts.service(spec.name)
    if spec.base_image or service is None or service.manifest is None:
        return spec
    return replace(spec, base_image=service.manifest.spec.base_image)


def apply(stack: Stack, planned: Planned, *, commit: bool = True) -> Applied:
    """Write the change set, all or nothing.

    Raises `RefusedError`: a file changed since, or is not the wizard's; `UnreadableError`: the stack cannot be read.
    """
    broken = unreadable(planned.facts, planned.spec)
    if broken is not None:
        raise broken
    if planned.changeset.phase is Phase.COMPOSE:
        from wizard.pipeline.second import check_compose

        check_compose(stack, planned.facts, planned.spec, planned.changeset.edits)
    return Applied(planned, write(planned.changeset, stack.files, stack.writable(), commit=commit))


def prove(stack: Stack, spec: ServiceSpec, phase: Phase, proof: Prove | None) -> Iterator[Observation | Progress]:
    """The live checks of one phase on the stack as it is now; nothing when it has none or `proof` is None."""
    items = LIVE_ITEMS.get(phase, ())
    if proof is not None and items:
        yield from proof(read(stack, only=spec.name), spec, items)


def judge_again(stack: Stack, applied: Applied, observations: tuple[Observation, ...]) -> Judged:
    """Fresh facts, fresh report, and the commit message that says both."""
    spec, changeset = applied.planned.spec, applied.planned.changeset
    report = judge(read(stack, only=spec.name), spec.name, spec=spec, observations=observations)
    from wizard.plan.message import commit_message

    return Judged(report, observations, commit_message(changeset, spec, report, load()))


def commit(stack: Stack, applied: Applied, message: str) -> Committed:
    """One commit of exactly the written paths. Raises `RefusedError` with a refusing hook's output, all put back."""
    return Committed(commit_written(applied.written, message, stack.files, stack.writable()))


def take_back(stack: Stack, applied: Applied) -> None:
    """Put the files back as they were before `apply`."""
    if stack.repo is not None:
        roll_back(applied.written, stack.files, stack.repo)


def perform(
    stack: Stack, planned: Planned, *, proof: Prove | None = None, commits: bool = True, message: str = ""
) -> Iterator[Event]:
    """Apply, prove, judge and commit one planned phase. Closing the generator or any error takes the files back."""
    applied = apply(stack, planned, commit=commits)
    try:
        yield applied
        seen = list(planned.observations)
        if planned.changeset.phase is not Phase.DEPLOYMENT:
            for event in prove(stack, planned.spec, planned.changeset.phase, proof):
                if isinstance(event, Observation):
                    seen.append(event)
                yield event
        judged = judge_again(stack, applied, tuple(seen))
        yield judged
        done = commit(stack, applied, message or judged.message) if commits else Committed(_uncommitted(planned))
    except BaseException:
        take_back(stack, applied)
        raise
    yield done


def _uncommitted(planned: Planned) -> Receipt:
    changeset = planned.changeset
    return Receipt(changeset.service, changeset.phase, changeset.paths)
