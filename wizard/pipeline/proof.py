"""PROVE: choose a runtime and run the live checks in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from wizard.errors import RuntimeUnavailableError
from wizard.pipeline.opening import Stack
from wizard.values.facts import StackFacts
from wizard.values.lean import dataclass
from wizard.values.observation import Observation, Progress
from wizard.values.spec import ServiceSpec
from wizard.verify.runtime import Runtime


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Proof:
    """The live checks in one runtime, callable as `work.Prove`. `log_window`: seconds that logs are watched."""

    stack: Stack
    runtime: Runtime
    log_window: float = 5.0
    cancelled: Callable[[], bool] = _never

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
        )

    def drill(self, facts: StackFacts, spec: ServiceSpec) -> Iterator[Observation | Progress]:
        """Take Redis away and bring it back, stop the service: what was observed at each step."""
        from wizard.verify.drill import drill

        yield from drill(facts, spec, self.runtime, clock=self.stack.clock, cancelled=self.cancelled)


def choose_runtime(wanted: str, *, remote: bool = False) -> Runtime:
    """`docker`, `embedded`, or for `auto` docker when its engine answers within a second, else embedded.

    Raises `RuntimeUnavailableError` with the reason when what was asked for cannot be used here.
    """
    from wizard.verify.embedded import EmbeddedRuntime

    docker = _docker(remote) if wanted in ("auto", "docker") else None
    if docker is not None:
        reason = docker.available()
        if not reason:
            return docker
        if wanted == "docker":
            raise RuntimeUnavailableError(reason, next_step="start the engine, or use --runtime embedded")
    embedded: Runtime = EmbeddedRuntime()
    reason = embedded.available()
    if reason:
        raise RuntimeUnavailableError(
            reason, next_step="pip install 'stack-wizard[embedded]', or start a Docker engine"
        )
    return embedded


def _docker(remote: bool) -> Runtime:
    from wizard.verify.docker_runtime import DockerRuntime

    return DockerRuntime(remote=remote)
