"""PROVE: choose a runtime and run the live checks in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from wizard.errors import RuntimeUnavailableError
from wizard.pipeline.opening import Stack
from wizard.pipeline.own.trusting import is_trusted
from wizard.runtime.protocol import Runtime
from wizard.values.facts.stack import StackFacts
from wizard.values.lean import dataclass
from wizard.values.observation import Observation, Progress
from wizard.values.spec import ServiceSpec


def _never() -> bool:
    return False


def _refuse(_: str) -> bool:
    """Nobody was asked: no probe goes where others of a stack in use would read it."""
    return False


@dataclass(frozen=True, slots=True)
class Proof:
    """The live checks in one runtime, callable as `work.Prove`. `log_window`: seconds that logs are watched."""

    stack: Stack
    runtime: Runtime
    log_window: float = 5.0
    cancelled: Callable[[], bool] = _never
    may_publish: Callable[[str], bool] = _refuse

    def __call__(
        self, facts: StackFacts, spec: ServiceSpec, items: tuple[str, ...]
    ) -> Iterator[Observation | Progress]:
        """Observations of `items`, with the progress in between."""
        from wizard.verify.verify import verify

        yield from verify(
            facts,
            spec,
            self.runtime,
            items=items,
            clock=self.stack.clock,
            log_window=self.log_window,
            cancelled=self.cancelled,
            may_publish=self.may_publish,
            trusted=is_trusted(self.stack, facts),
        )

    def drill(self, facts: StackFacts, spec: ServiceSpec) -> Iterator[Observation | Progress]:
        """Takes Redis away and brings it back, stops the service; yields what was observed at each step."""
        from wizard.verify.drill import drill

        yield from drill(facts, spec, self.runtime, clock=self.stack.clock, cancelled=self.cancelled)


def choose_runtime(wanted: str, *, remote: bool = False, on_swarm: bool = False) -> Runtime:
    """Chooses `docker`, `swarm`, `embedded`; for `auto` docker when its engine answers within a second, else embedded.

    `on_swarm`: the stack is deployed to a Swarm, so that `auto` takes that when the engine is a manager of one.

    Raises `RuntimeUnavailableError` with the reason when what was asked for cannot be used here.
    """
    if wanted == "swarm" or (wanted == "auto" and on_swarm):
        from wizard.runtime.swarm.runtime import SwarmRuntime

        swarm = SwarmRuntime(remote=remote)
        reason = swarm.available()
        if not reason:
            return swarm
        if wanted == "swarm":
            raise RuntimeUnavailableError(reason, next_step=swarm.next_step())
    docker = _docker(remote) if wanted in ("auto", "docker") else None
    if docker is not None:
        reason = docker.available()
        if not reason:
            return docker
        if wanted == "docker":
            raise RuntimeUnavailableError(reason, next_step="start the engine, or use --runtime embedded")
    from wizard.runtime.embedded.runtime import EmbeddedRuntime

    embedded: Runtime = EmbeddedRuntime()
    reason = embedded.available()
    if reason:
        raise RuntimeUnavailableError(
            reason, next_step="pip install 'stack-wizard[embedded]', or start a Docker engine"
        )
    return embedded


def _docker(remote: bool) -> Runtime:
    from wizard.runtime.engine.runtime import DockerRuntime

    return DockerRuntime(remote=remote)
