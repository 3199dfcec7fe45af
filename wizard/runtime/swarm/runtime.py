"""The swarm runtime: a scratch stack in the Swarm of the engine that is named."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.errors import RuntimeUnavailableError, WizardError
from wizard.runtime.engine.compose_cli import config_model, find_compose
from wizard.runtime.engine.engine import connect, engine_address, translated
from wizard.runtime.engine.runtime import DockerRuntime
from wizard.runtime.engine.ssh_door import near_address, open_door, through
from wizard.runtime.swarm.preflight import swarm_reason
from wizard.values.facts.stack import StackFacts
from wizard.values.live import Limits, LiveTrouble
from wizard.values.spec import ServiceSpec

if TYPE_CHECKING:
    from wizard.runtime.engine.engine import EngineAddress
    from wizard.runtime.swarm.run import SwarmRun


class SwarmRuntime:
    """Runs a service as tasks of a Swarm. `remote`: as for the docker runtime."""

    name = "swarm"

    def __init__(self, limits: Limits | None = None, *, remote: bool = False) -> None:
        self._limits = limits or Limits()
        self._engine = DockerRuntime(self._limits, remote=remote)

    def shared(self) -> AbstractContextManager[None]:
        """Shares nothing: each service has a scratch stack of its own."""
        return nullcontext()

    def available(self) -> str:
        """Says why it cannot be used, or ''."""
        return self._engine.available() or self._reason()[0]

    def next_step(self) -> str:
        """Says what to do when it cannot be used."""
        return "start the engine" if self._engine.available() else self._reason()[1]

    def _reason(self) -> tuple[str, str]:
        """(why the engine is no manager, what to do)."""
        with near_address(engine_address()) as address:
            try:
                return _asked(address)
            except LiveTrouble as trouble:
                return trouble.message, trouble.next_step

    def open(self, facts: StackFacts, spec: ServiceSpec, cancelled: Callable[[], bool]) -> SwarmRun:
        """Prepares a run. Raises `RuntimeUnavailableError` when the engine is not a Swarm's manager."""
        reason = self._engine.available()
        if reason:
            raise RuntimeUnavailableError(reason, next_step="start the engine, or use --runtime embedded")
        from wizard.runtime.swarm.run import SwarmRun

        cli = find_compose()
        model = config_model(Path(facts.root), facts.profile.compose_files, project=facts.profile.project, compose=cli)
        named = engine_address()
        door = open_door(named)
        address = through(named, door)
        try:
            why, step = _asked(address)
            if why:
                raise RuntimeUnavailableError(why, next_step=step)
            client = connect(address)
            return SwarmRun(facts, spec, address, client, cli, model, self._limits, cancelled, door)
        except (LiveTrouble, WizardError) as trouble:
            if door is not None:
                door.close()
            if isinstance(trouble, WizardError):
                raise
            raise RuntimeUnavailableError(trouble.message, next_step=trouble.next_step) from trouble


def _asked(address: EngineAddress) -> tuple[str, str]:
    client = connect(address)
    try:
        with translated("asking the engine about its Swarm"):
            return swarm_reason(client.info(), address.host)
    finally:
        client.close()
