"""The docker runtime: a Docker engine through its SDK, Compose through its command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.errors import RuntimeUnavailableError, WizardError
from wizard.runtime.engine.compose_cli import config_model, find_compose
from wizard.runtime.engine.engine import EngineAddress, connect, engine_address, engine_trouble
from wizard.runtime.engine.ssh_door import open_door, through
from wizard.values.facts.stack import StackFacts
from wizard.values.live import Limits, LiveTrouble
from wizard.values.spec import ServiceSpec

if TYPE_CHECKING:
    from wizard.runtime.engine.run import DockerRun


class DockerRuntime:
    """Runs a service of a stack in its container. `remote`: use an engine on another machine although asked not to."""

    name = "docker"

    def __init__(self, limits: Limits | None = None, *, remote: bool = False) -> None:
        self._limits = limits or Limits()
        self._remote = remote
        self._sharing = False
        self._base: DockerRun | None = None
        self._near = EngineAddress("", "")

    @contextmanager
    def shared(self) -> Iterator[None]:
        """See `protocol.Runtime.shared`: the first run stays open, and those after it use its list of what was made."""
        self._sharing = True
        try:
            yield
        finally:
            self._sharing = False
            if self._base is not None:
                self._base.close()
                self._base = None

    def available(self) -> str:
        """Says why it cannot be used on this machine, or ''; decided within about a second."""
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
                f"the engine at {address.host} ({address.why}) is another machine: images would be built and "
                "containers started there (--remote allows it)"
            )
        return engine_trouble(address)

    def open(self, facts: StackFacts, spec: ServiceSpec, cancelled: Callable[[], bool]) -> DockerRun:
        """Prepares a run: connect, reads the merged model, notes what runs. Raises `WizardError` of the fitting
        kind.
        """
        reason = self._engine_reason()
        if reason:
            raise RuntimeUnavailableError(reason, next_step="start the engine, or use --runtime embedded")
        return self._open(facts, spec, engine_address(), cancelled)

    def _open(
        self, facts: StackFacts, spec: ServiceSpec, address: EngineAddress, cancelled: Callable[[], bool]
    ) -> DockerRun:
        from wizard.runtime.engine.run import DockerRun

        cli = find_compose()
        files = facts.profile.compose_files
        model = config_model(Path(facts.root), files, project=facts.profile.project, compose=cli)
        door = open_door(address) if self._base is None else None
        address = through(address, door) if self._base is None else self._near
        try:
            reason = engine_trouble(address) if door is not None else ""
            if reason:
                raise LiveTrouble("engine-lost", reason, f"see whether it works: docker -H {address.host} version")
            client = connect(address)
            if self._sharing and self._base is None:
                self._base = DockerRun(facts, spec, address, client, cli, model, self._limits, cancelled, door=door)
                self._near, door = address, None  # the base's, which is over last
                client = connect(address)
            return DockerRun(facts, spec, address, client, cli, model, self._limits, cancelled, self._base, door)
        except (LiveTrouble, WizardError) as trouble:
            if door is not None:
                door.close()
            if isinstance(trouble, WizardError):
                raise
            raise RuntimeUnavailableError(trouble.message, next_step=trouble.next_step) from trouble
