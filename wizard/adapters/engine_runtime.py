"""The docker runtime: a Docker engine through its SDK, Compose through its command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.adapters.compose_cli import config_model, find_compose
from wizard.adapters.engine import EngineAddress, connect, engine_address, engine_trouble
from wizard.errors import RuntimeUnavailableError, WizardError
from wizard.values.facts import StackFacts
from wizard.values.live import Limits, LiveTrouble
from wizard.values.spec import ServiceSpec

if TYPE_CHECKING:
    from wizard.adapters.engine_stage import DockerStage


class DockerRuntime:
    """Runs a service of a stack in its container. `remote`: use an engine on another machine although asked not to."""

    name = "docker"

    def __init__(self, limits: Limits | None = None, *, remote: bool = False) -> None:
        self._limits = limits or Limits()
        self._remote = remote

    def available(self) -> str:
        """Why it cannot be used on this machine, or ''; decided within about a second."""
        reason = self._engine_reason()
        if reason:
            return reason
        try:
            find_compose()
        except WizardError as error:
            return error.message
        return ""

    def _engine_reason(self) -> str:
        address = engine_address()
        if address.remote and not self._remote:
            return (
                f"the engine at {address.host} ({address.why}) is another machine: its ports are not local "
                "(--remote uses it all the same)"
            )
        return engine_trouble(address)

    def open(self, facts: StackFacts, spec: ServiceSpec, cancelled: Callable[[], bool]) -> DockerStage:
        """Prepare a run: connect, read the merged model, note what runs. Raises `WizardError` of the fitting kind."""
        reason = self._engine_reason()
        if reason:
            raise RuntimeUnavailableError(reason, next_step="start the engine, or use --runtime embedded")
        return self._open(facts, spec, engine_address(), cancelled)

    def _open(
        self, facts: StackFacts, spec: ServiceSpec, address: EngineAddress, cancelled: Callable[[], bool]
    ) -> DockerStage:
        from wizard.adapters.engine_stage import DockerStage

        cli = find_compose()
        files = facts.profile.compose_files
        model = config_model(Path(facts.root), files, project=facts.profile.project, compose=cli)
        try:
            client = connect(address)
            return DockerStage(facts, spec, address, client, cli, model, self._limits, cancelled)
        except LiveTrouble as trouble:
            raise RuntimeUnavailableError(trouble.message, next_step=trouble.next_step) from trouble
