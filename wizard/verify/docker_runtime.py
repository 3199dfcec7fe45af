"""The docker runtime under the name that the pipeline knows."""

from __future__ import annotations

from collections.abc import Callable

from wizard.errors import RuntimeUnavailableError
from wizard.values.facts import StackFacts
from wizard.values.spec import ServiceSpec
from wizard.verify.runtime import Stage


class DockerRuntime:
    """Runs a service with a Docker engine and Compose."""

    name = "docker"

    def __init__(self, *, remote: bool = False) -> None:
        self._remote = remote

    def available(self) -> str:
        """Why it cannot be used on this machine, or ''."""
        return "the docker runtime is not in this version"

    def open(self, facts: StackFacts, spec: ServiceSpec, cancelled: Callable[[], bool]) -> Stage:
        """Prepare a run. Raises `RuntimeUnavailableError`."""
        raise RuntimeUnavailableError(self.available(), next_step="use --runtime embedded")
