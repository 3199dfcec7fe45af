"""One person's session on one stack: what an interactive door does, step by step, without any screen.

A phase that is written stays open between two calls until it is committed or taken back; closing the session takes it
back. What only a step needs (planners, runtimes, undo) is imported in it, in the thread that does it: at rest an app
holds what reading and judging take.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from wizard.errors import RefusedError, RuntimeUnavailableError
from wizard.pipeline import guided
from wizard.pipeline.answer_form import AnswerForm
from wizard.pipeline.guided import Overview
from wizard.pipeline.opening import open_stack, read
from wizard.pipeline.watch.rejudging import Judge
from wizard.pipeline.work import Applied, Committed, Event, Judged, Planned, Prove, recover
from wizard.values.choice import EVERYTHING, Choice
from wizard.values.facts.stack import StackFacts
from wizard.values.observation import Observation, Progress
from wizard.values.phase import Phase
from wizard.values.spec import Inferred, ServiceSpec

if TYPE_CHECKING:
    from wizard.pipeline.proof import Proof
    from wizard.plan.sides import Consequences, Side
    from wizard.runtime.protocol import Runtime
    from wizard.values.edit import ChangeSet
    from wizard.values.proposal import Proposal
    from wizard.values.receipt import PhaseCommit, Receipt

Cancelled = Callable[[], bool]


class GuidedSession:
    """The session. Reading methods may run beside each other; writing ones one at a time."""

    def __init__(self, root: Path, *, log_window: float = 5.0, runtime: str = "", remote: bool = False) -> None:
        self.stack = open_stack(root)
        self._judge = Judge(self.stack)
        self._log_window = log_window
        self._runtime, self._remote = runtime, remote
        self._steps: Generator[Event, str | None] | None = None
        self._applied: Applied | None = None
        self._lock = ExitStack()
        self._seen: dict[str, dict[str, Observation]] = {}
        self._seen_lock = Lock()  # checks and plans run in threads of their own

    @property
    def applied(self) -> Applied | None:
        """The phase that is written and neither committed nor taken back."""
        return self._applied

    def open(self) -> Overview:
        """Puts right what a killed run left, then looks."""
        return guided.overview(self.stack, recover(self.stack), self._judge)

    def look(self) -> Overview:
        """Reads and judges the whole stack again."""
        return guided.overview(self.stack, judge=self._judge)

    def describe(self, name: str) -> tuple[Inferred, AnswerForm, bool]:
        """Returns the spec of a service (it need not exist), the form to show, and whether that is a draft."""
        return guided.inferred_with_draft(self.stack, read(self.stack), name)

    def seen(self, service: str) -> tuple[Observation, ...]:
        """Returns what was observed in this session, the newest of each item."""
        with self._seen_lock:
            return tuple(self._seen.get(service, {}).values())

    def plan(self, spec: ServiceSpec, phase: Phase, choice: Choice = EVERYTHING) -> Planned:
        """Plans a phase on the stack as it is now, with the recipes and without the edits that `choice` names."""
        from wizard.pipeline.conductor import next_plan

        return next_plan(self.stack, spec, phase, self.seen(spec.name), choice=choice)

    def follow(self, side: Side) -> Consequences:
        """Returns what would be written, in all phases, if one side of a contradiction is right."""
        from wizard.pipeline.conductor import plan_ahead
        from wizard.plan.sides import consequences

        plans = plan_ahead(self.stack, side.spec)
        return consequences(side, (planned.changeset for planned in plans))

    def carry_out(self, planned: Planned, cancelled: Cancelled, *, live: bool = True) -> Iterator[Event]:
        """Writes the phase, proves (unless not `live`) and judges it, and holds it there until it is committed.

        Any error, and closing this early, takes it back.
        """
        from wizard.pipeline.conductor import conduct, locked

        if self._steps is not None:
            raise RefusedError("a phase is written but not committed", next_step="commit it or take it back first")
        with ExitStack() as undo:
            self._lock.enter_context(locked(self.stack, planned.spec.name))
            undo.callback(self.close)
            self._steps = conduct(self.stack, planned, proof=self._prove(cancelled) if live else None)
            for event in self._steps:
                self._applied = event if isinstance(event, Applied) else self._applied
                yield event
                if isinstance(event, Judged):
                    break
            undo.pop_all()

    def commit(self, message: str) -> Committed:
        """Commits the open phase. When git refuses, the files are as they were before it; raises `RefusedError`."""
        steps, applied = self._steps, self._applied
        if steps is None or applied is None:
            raise RefusedError("nothing is written", next_step="apply the phase first")
        with ExitStack() as refused:
            refused.callback(self.close)
            done = steps.send(message)
            refused.pop_all()
        if not isinstance(done, Committed):
            raise TypeError("a phase was not committed by its last step")
        self.close()
        service = applied.planned.spec.name
        guided.drop_draft(self.stack, service)
        guided.keep_choice(self.stack, service, applied.planned.changeset.phase, EVERYTHING)
        return done

    def close(self) -> None:
        """Puts the open phase's files back, if it is not committed, and lets go of the repository."""
        steps, self._steps, self._applied = self._steps, None, None
        try:
            if steps is not None:
                steps.close()
        finally:
            self._lock.close()

    def verify(
        self, spec: ServiceSpec, items: tuple[str, ...], cancelled: Cancelled
    ) -> Iterator[Observation | Progress]:
        """Yields the live checks of `items` now. Raises `RuntimeUnavailableError`, `CancelledError`."""
        facts = read(self.stack, only=spec.name)
        proof = self._proof(cancelled)
        yield from self._remember(spec, proof(facts, spec, items))

    def runtime(self) -> str:
        """Returns the name of the runtime that live checks would use. Raises `RuntimeUnavailableError`."""
        return self._chosen().name

    def waive(self, service: str, item: str, reason: str, spec: ServiceSpec | None = None) -> Receipt:
        """Records and commits a waiver. `spec`: the answers of this session, kept beside it."""
        from wizard.pipeline.upkeep import propose_waiver

        return self.make(propose_waiver(self.stack, service, item, reason, spec))

    def propose_waiver(self, service: str, item: str, reason: str, spec: ServiceSpec) -> Proposal:
        """Returns the commit that would record a waiver."""
        from wizard.pipeline.upkeep import propose_waiver

        return propose_waiver(self.stack, service, item, reason, spec)

    def propose_undo(self, service: str, made: str = "") -> Proposal:
        """Returns the commit that would take one back: `made`, else the newest of the service."""
        from wizard.pipeline.upkeep import propose_undo

        return propose_undo(self.stack, service, None, made)

    def propose_redo(self, service: str) -> Proposal:
        """Returns the commit that would bring back what was taken back last."""
        from wizard.pipeline.upkeep import propose_redo

        return propose_redo(self.stack, service)

    def shown(self, made: PhaseCommit) -> ChangeSet:
        """Returns what a commit of the wizard changed."""
        from wizard.pipeline.upkeep import shown

        return shown(self.stack, made)

    def make(self, proposal: Proposal) -> Receipt:
        """Makes a commit that was shown."""
        from wizard.pipeline.conductor import locked
        from wizard.pipeline.upkeep import make

        with locked(self.stack, proposal.changeset.service):
            return make(self.stack, proposal)

    def _prove(self, cancelled: Cancelled) -> Prove:
        """Returns the live checks of a phase that is written; without a runtime they are left out, and say so."""

        def proof(facts: StackFacts, spec: ServiceSpec, items: tuple[str, ...]) -> Iterator[Observation | Progress]:
            try:
                checks = self._proof(cancelled)
            except RuntimeUnavailableError as trouble:
                yield Progress("", "step", f"the checks are left out: {trouble.message}")
                return
            yield from self._remember(spec, checks(facts, spec, items))

        return proof

    def _proof(self, cancelled: Cancelled) -> Proof:
        from wizard.pipeline.proof import Proof

        return Proof(self.stack, self._chosen(), self._log_window, cancelled)

    def _chosen(self) -> Runtime:
        from wizard.pipeline.proof import choose_runtime

        profile = read(self.stack).profile
        return choose_runtime(self._runtime or profile.runtime, remote=self._remote, on_swarm=profile.on_swarm)

    def _remember(
        self, spec: ServiceSpec, events: Iterator[Observation | Progress]
    ) -> Iterator[Observation | Progress]:
        with closing(events):  # type: ignore[type-var]
            for event in events:
                if isinstance(event, Observation):
                    with self._seen_lock:
                        self._seen.setdefault(spec.name, {})[event.item] = event
                yield event
