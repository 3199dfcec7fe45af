"""One run of the live checks in a Docker engine; `protocol.ServiceRun` says what each method promises."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.runtime.engine.build import ComposeRun, must_be_current, must_have_this_code
from wizard.runtime.engine.cleanup import cleanup_words, clear
from wizard.runtime.engine.commands import shown_command
from wizard.runtime.engine.compose_cli import ComposeCli, MergedModel
from wizard.runtime.engine.containers import ProjectContainers
from wizard.runtime.engine.engine import translated
from wizard.runtime.engine.ledger import Ledger, ledger_path, open_ledger
from wizard.runtime.engine.logins import hiding
from wizard.runtime.engine.logs import LogFollower
from wizard.runtime.engine.mounts import MissingSources
from wizard.runtime.engine.port_holders import PortHolders
from wizard.runtime.engine.relay import Relay
from wizard.runtime.engine.servers import COMPLETED, READY, STARTED, StackServers
from wizard.runtime.engine.service_container import ServiceContainer
from wizard.runtime.process import Scratch
from wizard.runtime.pytest_run import run_service_tests
from wizard.values.facts.compose import ComposeService
from wizard.values.facts.stack import ServiceFacts, StackFacts
from wizard.values.live import Endpoint, Limits, LiveTrouble, LogLine, Reply, ServiceState, SqlRun, Stopped, TestRun
from wizard.values.spec import ServiceSpec

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

    from wizard.runtime.engine.engine import EngineAddress
    from wizard.runtime.engine.ssh_door import SshDoor

Say = Callable[[str], None]
Sink = Callable[[LogLine], None]
_KILLED = 137


class DockerRun:
    """Starts the service and its dependencies with Compose; what ran before is left as it is.

    `base`: an open run of the same project that keeps what services stand on; this one is over before it.
    """

    def __init__(
        self,
        facts: StackFacts,
        spec: ServiceSpec,
        address: EngineAddress,
        client: DockerClient,
        cli: ComposeCli,
        model: MergedModel,
        limits: Limits,
        cancelled: Callable[[], bool],
        base: DockerRun | None = None,
        door: SshDoor | None = None,
    ) -> None:
        profile = facts.profile
        self._base = base
        self._facts = facts
        self._spec = spec
        self._service = facts.service(spec.name) or ServiceFacts(name=spec.name, folder="")
        self._client = client
        self._limits = limits
        self._address = address
        self._door = door
        self._relay = Relay(client) if address.remote else None
        self._cancelled = cancelled
        self._project = profile.project or model.text("name")
        self._model = model
        self.hide = hiding(model)
        path = ledger_path(address, self._project)
        self._ledger: Ledger = base._ledger if base else open_ledger(path, self._project)
        self._scratch = Scratch()
        stale = () if base else self._ledger.left
        self._left = clear(client, address, self._ledger) if stale else ()
        made = ProjectContainers(client, address, self._project, self._ledger) if base is None else base._containers
        self._containers: ProjectContainers = made
        if base is None:
            self._scratch.run_last(cleanup_words(address, self._ledger))
        self._own = ServiceContainer(self._containers, address, self._service.compose, spec.port, self._relay)
        root, files = Path(facts.root), profile.compose_files
        self._compose = ComposeRun(
            self._scratch,
            cli,
            root,
            files,
            profile.project,
            cancelled,
            self._containers.discard,
            self._containers.heard,
            address.environment,
        )
        self._servers = StackServers(client, self._containers, facts, model, limits, cancelled, self._relay)
        self._mounts = MissingSources(model, root.resolve())
        self._holders = PortHolders(client, self._containers, model, here=self._relay is None)
        self._logs: list[LogFollower] = []
        self._notes: list[str] = []
        if stale:
            kept = f", {len(self._left)} of it could not be removed" if self._left else ""
            self._notes.append(f"what an earlier run had left ({len(stale)} things) was removed first{kept}")

    @property
    def fresh_database(self) -> bool:
        """False: the stack's own image fills its database."""
        return False

    @property
    def limits(self) -> Limits:
        """The time limits of this run."""
        return self._limits

    def close(self) -> None:
        """Closes the log, removes what this run started; on a `base` only the service: the rest is that one's."""
        for log in self._logs:
            log.close()
        if self._relay is not None:
            self._relay.close()
        self._scratch.end_children()
        if self._base is not None:
            self._containers.drop(self._block_key())
        else:
            self._containers.clear()
        self._mounts.clear()
        self._scratch.close()
        if self._base is None:
            self._ledger.close()
        with contextlib.suppress(OSError):
            self._client.close()
        if self._door is not None:
            self._door.close()

    def notes(self) -> tuple[str, ...]:
        """Returns what this run did differently from a fresh start."""
        return (*self._notes, *self._mounts.told())

    # -- what the service stands on

    def start_dependencies(self, say: Say) -> None:
        """Starts the stack's Redis and PostgreSQL, unless they run."""
        profile = self._facts.profile
        conditions = self._model.stands_on(self._block_key())
        keys = [key for key in (profile.redis.service, profile.postgres.service) if key]
        self._bring_up([(key, conditions.get(key, READY)) for key in keys], say)

    def _bring_up(self, wanted: Sequence[tuple[str, str]], say: Say) -> None:
        """Start what does not run, and wait for each as its `depends_on` condition says."""
        missing = [key for key, condition in wanted if not self._stands(key, condition)]
        self._mounts.look(missing)
        if missing:
            try:
                self._compose.up(missing, say, self._limits.build)
            except LiveTrouble as trouble:
                raise self._holders.named(trouble, missing) from trouble
        for key, condition in wanted:
            self._servers.wait_for(key, condition, say)
            self._servers.wait_reachable(key)

    def _try_to_bring_up(self, wanted: tuple[str, str], say: Say) -> None:
        """Goes on without a dependency that is not required, as Compose does."""
        try:
            self._bring_up([wanted], say)
        except LiveTrouble as trouble:
            if trouble.undecided:
                raise
            self._notes.append(f"{wanted[0]}, which is not required, did not come up: {trouble.message[:150]}")

    def _stands(self, key: str, condition: str) -> bool:
        """Whether a dependency needs no start. Raises `LiveTrouble` for a paused one: it is left as it was found."""
        container = self._containers.find(key)
        if container is not None and container.status == "paused":
            step = f"let it go on: {self._compose.command_line('unpause', key)}"
            raise LiveTrouble("paused", f"{key} is paused; it was found so and left so", step, undecided=True)
        if container is None or container.status != "running":
            return False
        return condition != COMPLETED or bool(container.attrs["State"]["Running"])

    def _block_key(self) -> str:
        return self._service.compose.key if self._service.compose else ""

    def redis(self) -> Endpoint | None:
        """Returns the stack's Redis as this machine reaches it."""
        return self._servers.redis()

    def postgres(self, database: str = "") -> Endpoint | None:
        """Returns the stack's PostgreSQL as this machine reaches it."""
        return self._servers.postgres(database)

    def psql(self, sql: str, database: str = "") -> SqlRun:
        """Runs a SQL text in the stack's PostgreSQL."""
        return self._servers.psql(sql, database)

    def run_tests(self, places: tuple[str, ...], environment: dict[str, str], say: Say) -> TestRun:
        """Runs pytest on this machine, in the service's own environment, against the stack."""
        return run_service_tests(
            self._scratch,
            self._facts,
            self._service,
            places,
            environment,
            limits=self._limits,
            cancelled=self._cancelled,
            say=say,
        )

    def pause_redis(self) -> None:
        """Freezes a Redis that this run started (`docker pause`)."""
        container = self._containers.need_own(self._facts.profile.redis.service, "pause")
        with translated("pausing Redis"):
            container.pause()

    def resume_redis(self) -> None:
        """Lets it go on (`docker unpause`)."""
        container = self._containers.need_own(self._facts.profile.redis.service, "unpause")
        with translated("unpausing Redis"):
            container.unpause()

    def restart_redis(self) -> None:
        """Restarts it (`docker restart`) and waits until it is healthy."""
        key = self._facts.profile.redis.service
        container = self._containers.need_own(key, "restart")
        with translated("restarting Redis"):
            container.restart(timeout=int(self._limits.stop))
        self._servers.wait_for(key, READY, lambda _: None)
        self._servers.wait_reachable(key)

    # -- the service

    def _block(self) -> ComposeService:
        if self._service.compose is None:
            text = f"{self._spec.name} has no service in the compose files"
            raise LiveTrouble("no-compose", text, "add it: phase 3")
        return self._service.compose

    def start_service(self, say: Say, sink: Sink) -> None:
        """Builds the image, starts the declared dependencies and the service; follows its log."""
        block = self._block()
        wanted, optional = self._model.stands_on(block.key), self._model.optional(block.key)
        self._bring_up([pair for pair in wanted.items() if pair[0] not in optional], say)
        for pair in ((key, wanted[key]) for key in wanted if key in optional):
            self._try_to_bring_up(pair, say)
        if block.build is not None:
            self._compose.build(block.key, say, self._limits.build)
        ran_before = self._containers.ran_before(block.key)
        since: float | None = time.time()
        if ran_before:
            self._stands(block.key, STARTED)
            must_be_current(self._client, self._compose, self._container(), block.key, self._limits.start)
            self._notes.append("its container ran before and was left as it is")
        else:
            self._holders.check(self._block())
            self._mounts.look([block.key])
            try:
                self._compose.up([block.key], say, self._limits.start, recreate=True)
            except LiveTrouble as trouble:
                raise self._holders.named(trouble, [block.key]) from trouble
            since = None  # a container of this run: from its first line
        if block.build is None and self._service.folder:
            must_have_this_code(self._container(), Path(self._facts.root), self._service)
        for one in self._own.started(before=ran_before):
            self._logs.append(LogFollower(self._client, self._address, str(one.id), since, sink))

    def _container(self) -> Container:
        container = self._containers.find(self._block().key)
        if container is None:
            raise LiveTrouble("no-container", f"{self._block().key} has no container", "run verify again")
        return container

    def state(self) -> ServiceState:
        """Returns what the engine says of the container."""
        return self._own.state()

    def address(self) -> tuple[str, int]:
        """Returns where this machine reaches the service."""
        return self._own.address()

    def served_port(self) -> int:
        """Returns the port inside the container."""
        return self._own.served_port()

    def get(self, path: str, limit: float) -> Reply:
        """Asks the container, from outside or from inside."""
        return self._own.get(path, limit)

    def request(self, path: str) -> str:
        """Returns a request as a person sends it."""
        return self._own.request(path)

    def log_gap(self) -> str:
        """Returns why lines of a container's log may be missing."""
        return next((gap for log in self._logs if (gap := log.gap())), "")

    def left(self) -> str:
        """Returns what this run has made and not yet removed."""
        return self._ledger.told(self._address.host_name)

    def stranger(self) -> str:
        """Returns who else answers where a container shares this machine's network."""
        return self._own.stranger()

    def own_clients(self, addresses: Iterable[str]) -> frozenset[str] | None:
        """Returns those that come from the container's addresses."""
        return self._own.own_clients(addresses)

    def servers_used(self, port: int) -> tuple[str, ...]:
        """Returns the services of the stack whose port it uses."""
        return self._own.servers_used(port)

    def listening(self) -> tuple[tuple[str, int], ...]:
        """Returns the sockets on which the container listens."""
        return self._own.listening()

    def serves(self) -> bool | None:
        """Tells whether the container listens on its port."""
        return self._own.serves()

    def alone(self) -> bool:
        """Tells whether the servers were not running before this run."""
        profile = self._facts.profile
        keys = [key for key in (profile.redis.service, profile.postgres.service) if key]
        return not any(self._containers.ran_before(key) for key in keys)

    def stop_service(self) -> Stopped:
        """Stops it as `docker stop` does, with the grace period of the limits."""
        container = self._containers.need_own(self._block().key, "stop")
        began = time.monotonic()
        with translated("stopping the service"):
            container.stop(timeout=int(self._limits.stop))
            container.reload()
        seconds = time.monotonic() - began
        code = int(container.attrs["State"]["ExitCode"])
        return Stopped(code, seconds, killed=code == _KILLED and seconds >= self._limits.stop)

    def command(self, name: str) -> str:
        """Returns how a person repeats a step."""
        key = self._service.compose.key if self._service.compose else self._spec.name
        return shown_command(name, key, self._facts, self._compose.command_line, self._limits.stop)
