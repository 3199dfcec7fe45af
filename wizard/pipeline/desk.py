"""One person's session on one stack: what an interactive door does, step by step, without any screen.

A phase that is written stays open between two calls until it is committed or taken back; closing the desk takes it
back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

from wizard.errors import RefusedError, RuntimeUnavailableError
from wizard.pipeline import guided, upkeep
from wizard.pipeline.guided import Overview
from wizard.pipeline.opening import open_stack, read
from wizard.pipeline.proof import Proof, choose_runtime
from wizard.pipeline.sheet import Sheet
from wizard.pipeline.walk import locked, next_plan
from wizard.pipeline.work import (
    LIVE_ITEMS,
    Applied,
    Committed,
    Event,
    Planned,
    Prove,
    apply,
    commit,
    judge_again,
    prove,
    recover,
    take_back,
)
from wizard.values.observation import Observation, Progress
from wizard.values.phase import Phase
from wizard.values.receipt import Receipt
from wizard.values.spec import Inferred, ServiceSpec

Cancelled = Callable[[], bool]


class Desk:
    """The session. Reading methods may run beside each other; writing ones one at a time."""

    def __init__(self, root: Path, *, log_window: float = 5.0) -> None:
        self.stack = open_stack(root)
        self._log_window = log_window
        self._applied: Applied | None = None
        self._lock = ExitStack()
        self._seen: dict[str, dict[str, Observation]] = {}

    @property
    def applied(self) -> Applied | None:
        """The phase that is written and neither committed nor taken back."""
        return self._applied

    def open(self) -> Overview:
        """Put right what a killed run left, then look."""
        return guided.overview(self.stack, recover(self.stack))

    def look(self) -> Overview:
        """Read and judge the whole stack again."""
        return guided.overview(self.stack)

    def describe(self, name: str) -> tuple[Inferred, Sheet, bool]:
        """The spec of a service (it need not exist), the sheet to show, and whether that is a draft."""
        return guided.inferred_with_draft(self.stack, read(self.stack), name)

    def seen(self, service: str) -> tuple[Observation, ...]:
        """What was observed in this session, the newest of each item."""
        return tuple(self._seen.get(service, {}).values())

    def plan(self, spec: ServiceSpec, phase: Phase) -> Planned:
        """The plan of a phase on the stack as it is now."""
        return next_plan(self.stack, spec, phase, self.seen(spec.name))

    def carry_out(self, planned: Planned, cancelled: Cancelled, *, live: bool = True) -> Iterator[Event]:
        """Write the phase, prove (unless not `live`) and judge it, and leave it open.

        Any error, and closing this early, takes it back.
        """
        if self._applied is not None:
            raise RefusedError("a phase is written but not committed", next_step="commit it or take it back first")
        phase, spec = planned.changeset.phase, planned.spec
        with ExitStack() as undo:
            self._lock.enter_context(locked(self.stack, spec.name))
            undo.callback(self.close)
            self._applied = apply(self.stack, planned)
            yield self._applied
            if live and phase is not Phase.DEPLOYMENT:
                yield from self._prove(planned, cancelled)
            yield judge_again(self.stack, self._applied, self.seen(spec.name))
            undo.pop_all()

    def commit(self, message: str) -> Committed:
        """Commit the open phase. When git refuses, the files are as they were before it; raises `RefusedError`."""
        if self._applied is None:
            raise RefusedError("nothing is written", next_step="apply the phase first")
        applied = self._applied
        with ExitStack() as refused:
            refused.callback(self.close)
            done = commit(self.stack, applied, message)
            refused.pop_all()
        self._applied = None
        self._lock.close()
        guided.drop_draft(self.stack, applied.planned.spec.name)
        return done

    def close(self) -> None:
        """Put the open phase's files back, if there is one, and let go of the repository."""
        applied, self._applied = self._applied, None
        try:
            if applied is not None:
                take_back(self.stack, applied)
        finally:
            self._lock.close()

    def verify(
        self, spec: ServiceSpec, items: tuple[str, ...], cancelled: Cancelled
    ) -> Iterator[Observation | Progress]:
        """The live checks of `items` now. Raises `RuntimeUnavailableError`, `CancelledError`."""
        facts = read(self.stack, only=spec.name)
        proof = self._proof(facts.profile.runtime, cancelled)
        yield from self._remember(spec, proof(facts, spec, items))

    def runtime(self) -> str:
        """The name of the runtime that live checks would use. Raises `RuntimeUnavailableError`."""
        return choose_runtime(read(self.stack).profile.runtime).name

    def waive(self, service: str, item: str, reason: str, spec: ServiceSpec | None = None) -> Receipt:
        """Record and commit a waiver. `spec`: the answers of this session, kept beside it."""
        with locked(self.stack, service):
            return upkeep.waive(self.stack, service, item, reason, spec)

    def undo(self, service: str, phase: Phase | None) -> Receipt:
        """Take a phase's commit back with a new commit."""
        with locked(self.stack, service):
            return upkeep.undo(self.stack, service, phase)

    def _prove(self, planned: Planned, cancelled: Cancelled) -> Iterator[Observation | Progress]:
        phase, spec = planned.changeset.phase, planned.spec
        if not LIVE_ITEMS.get(phase):
            return
        try:
            proof: Prove = self._proof(planned.facts.profile.runtime, cancelled)
        except RuntimeUnavailableError as trouble:
            yield Progress("", "step", f"the checks are left out: {trouble.message}")
            return
        yield from self._remember(spec, prove(self.stack, spec, phase, proof))

    def _proof(self, runtime: str, cancelled: Cancelled) -> Proof:
        return Proof(self.stack, choose_runtime(runtime), self._log_window, cancelled)

    def _remember(
        self, spec: ServiceSpec, events: Iterator[Observation | Progress]
    ) -> Iterator[Observation | Progress]:
        with closing(events):  # type: ignore[type-var]
            for event in events:
                if isinstance(event, Observation):
                    self._seen.setdefault(spec.name, {})[event.item] = event
                yield event
