"""PROPOSE and DO: plan a phase, apply it, prove it, commit it.

Each step is a function, so that a door can pause between two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from wizard.apply.recover import left_behind
from wizard.checklist.load import checklist_of
from wizard.errors import RefusedError
from wizard.pipeline.opening import Stack, judge, read, unreadable
from wizard.pipeline.record import dated, with_record
from wizard.values.choice import EVERYTHING, Choice
from wizard.values.facts.stack import StackFacts
from wizard.values.finding import Report
from wizard.values.lean import dataclass, replace
from wizard.values.observation import Observation, Progress
from wizard.values.phase import Phase
from wizard.values.spec import ServiceSpec

if TYPE_CHECKING:
    from wizard.apply.write import Written
    from wizard.values.edit import ChangeSet
    from wizard.values.receipt import Receipt

Prove = Callable[[StackFacts, ServiceSpec, tuple[str, ...]], Iterator[Observation | Progress]]


@dataclass(frozen=True, slots=True)
class Planned:
    """What one phase would write, the facts and the report it was planned from, and what was observed before.

    `branch`: the one it was planned on, empty without a repository or a branch.
    """

    facts: StackFacts
    spec: ServiceSpec
    report: Report
    changeset: ChangeSet
    observations: tuple[Observation, ...] = ()
    branch: str = ""


@dataclass(frozen=True, slots=True)
class Applied:
    """The files are on disk and the journal is open: `commit` or `take_back` must follow."""

    planned: Planned
    written: Written


@dataclass(frozen=True, slots=True)
class Judged:
    """The stack read and audited again after a write, the observations of this run, the message to commit with.

    `facts`: that reading, without its history; the next phase is planned on it.
    """

    report: Report
    observations: tuple[Observation, ...]
    message: str
    facts: StackFacts


@dataclass(frozen=True, slots=True)
class Committed:
    """The phase is a commit (or, with `--no-commit`, only written: the receipt's `commit` is empty)."""

    receipt: Receipt


Event = Planned | Applied | Progress | Observation | Judged | Committed


def recover(stack: Stack) -> tuple[str, ...]:
    """Puts back what a killed run left half done; the sentences say what happened. Call before reading.

    A run that is alive has a journal, too: while another wizard holds the lock, nothing is touched.
    """
    if stack.repo is None or not left_behind(stack.repo):
        return ()
    from wizard.apply.recover import recover as recover_journal
    from wizard.session.lock import Lock

    try:
        with Lock(stack.repo, stack.clock).held():
            return recover_journal(stack.files, stack.repo)
    except RefusedError as other:
        return (f"{other.message}; {other.next_step}",)


def plan(
    stack: Stack,
    spec: ServiceSpec,
    phase: Phase,
    observations: tuple[Observation, ...] = (),
    facts: StackFacts | None = None,
    choice: Choice = EVERYTHING,
) -> Planned:
    """Plans one phase; writes nothing. One that records is planned from what its live run showed.

    `facts`: the stack as it was read a moment ago, without its history; None: it is read now.
    """
    branch = stack.repo.branch() if stack.repo is not None else ""
    facts = facts if facts is not None else read(stack, only=spec.name, history=False)
    spec = _kept(facts, spec)
    from wizard.pipeline.moving import move_of, plan_move  # the planners' room is not for those who only look
    from wizard.plan.plan import plan_phase

    move = move_of(facts, spec)
    if move is not None and phase != move.phase:
        spec = replace(spec, port=move.old)  # until the move, which is one commit, everything stays as it is
    report = judge(facts, spec.name, spec=spec, observations=observations)
    recorded = stack.repo is not None and stack.repo.records()
    if move is not None and phase == move.phase:
        changeset = plan_move(move, facts, spec, report, recorded=recorded)
        return Planned(facts, spec, report, changeset, observations, branch)
    if checklist_of(facts).phase(phase).records:
        facts = with_record(facts, spec, observations)
    changeset = plan_phase(facts, spec, report, phase, checklist_of(facts), choice, recorded=recorded)
    return Planned(facts, spec, report, changeset, observations, branch)


def _kept(facts: StackFacts, spec: ServiceSpec) -> ServiceSpec:
    """The spec with the digest an earlier phase resolved and committed."""
    service = facts.service(spec.name)
    if spec.base_image or service is None or service.manifest is None:
        return spec
    return replace(spec, base_image=service.manifest.spec.base_image)


def apply(stack: Stack, planned: Planned, *, commit: bool = True) -> Applied:
    """Writes the change set, all or nothing.

    Raises `RefusedError`: a file or the branch changed since, or a file is not the wizard's; `UnreadableError`: the
    stack cannot be read.
    """
    from wizard.apply.write import write
    from wizard.pipeline.before_write import check_compose

    broken = unreadable(planned.facts, planned.spec)
    if broken is not None:
        raise broken
    check_compose(stack, planned.facts, planned.spec, planned.changeset.edits)
    repo = stack.writable()
    now = repo.branch()
    if now != planned.branch:
        raise RefusedError(
            f"the branch is {now} now, and the phase was planned on {planned.branch or 'none'}",
            where=str(stack.root),
            next_step="plan the phase again to write it here, or go back to the other branch first",
        )
    return Applied(planned, write(planned.changeset, stack.files, repo, commit=commit))


def prove(stack: Stack, planned: Planned, proof: Prove | None) -> Iterator[Observation | Progress]:
    """Yields the live checks of a planned phase on the stack as it is now; none without any or without `proof`."""
    items = tuple(item.id for item in checklist_of(planned.facts).proven_in(planned.changeset.phase))
    if proof is not None and items:
        yield from proof(read(stack, only=planned.spec.name), planned.spec, items)


def judge_again(stack: Stack, applied: Applied, observations: tuple[Observation, ...]) -> Judged:
    """Reads and judges again; returns fresh facts, fresh report, and the commit message that says both."""
    spec, changeset = applied.planned.spec, applied.planned.changeset
    facts = read(stack, only=spec.name, history=False)
    report = judge(dated(facts, stack.repo), spec.name, spec=spec, observations=observations)
    from wizard.plan.message import commit_message

    observed = {seen.item for seen in observations}
    return Judged(report, observations, commit_message(changeset, spec, report, checklist_of(facts), observed), facts)


def commit(stack: Stack, applied: Applied, message: str) -> Committed:
    """Makes one commit of exactly the written paths. Raises `RefusedError` with a refusing hook's output, all put
    back.
    """
    from wizard.apply.commit import commit as commit_written

    return Committed(commit_written(applied.written, message, stack.files, stack.writable()))


def take_back(stack: Stack, applied: Applied) -> None:
    """Puts the files back as they were before `apply`."""
    from wizard.apply.write import roll_back

    if stack.repo is not None:
        roll_back(applied.written, stack.files, stack.repo)


def leave(planned: Planned) -> Committed:
    """Leaves the phase written and not committed."""
    from wizard.values.receipt import Receipt

    changeset = planned.changeset
    return Committed(Receipt(changeset.service, changeset.phase, changeset.paths))
