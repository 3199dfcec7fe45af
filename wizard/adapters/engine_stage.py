"""One run of the live checks in a Docker engine; see `wizard.verify.runtime.Stage` for what each method promises."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.adapters.compose_cli import ComposeCli, MergedModel
from wizard.adapters.embedded_process import Scratch
from wizard.adapters.embedded_tests import run_service_tests
from wizard.adapters.engine import translated
from wizard.adapters.engine_build import ComposeRun
from wizard.adapters.engine_cleanup import words as cleanup_words
from wizard.adapters.engine_containers import ProjectContainers, addresses, container_claims, published
from wizard.adapters.engine_listening import listening_ports
from wizard.adapters.engine_logs import LogFollower
from wizard.adapters.engine_servers import StackServers
from wizard.adapters.sockets import is_listening
from wizard.values.compose_facts import ComposeService
from wizard.values.facts import ServiceFacts, StackFacts
from wizard.values.live import Endpoint, Limits, LiveTrouble, LogLine, ServiceState, SqlRun, Stopped, TestRun
from wizard.values.spec import ServiceSpec

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

    from wizard.adapters.engine import EngineAddress

Say = Callable[[str], None]
Sink = Callable[[LogLine], None]
_KILLED = 137


class DockerStage:
    """Starts the service and its dependencies with Compose; what ran before is left as it is."""

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
    ) -> None:
        profile = facts.profile
        self._facts = facts
        self._spec = spec
        self._service = facts.service(spec.name) or ServiceFacts(name=spec.name, folder="")
        self._client = client
        self._limits = limits
        self._address = address
        self._cancelled = cancelled
        project = profile.project or model.text("name")
        self._containers = ProjectContainers(client, address, project)
        self._scratch = Scratch()
        self._scratch.run_last(cleanup_words(address, project, self._containers.before))
        root, files = Path(facts.root), profile.compose_files
        self._compose = ComposeRun(
            self._scratch, cli, root, files, profile.project, cancelled, self._containers.discard
        )
        self._servers = StackServers(client, self._containers, facts, model, limits, cancelled)
        self._log: LogFollower | None = None
        self._restarts_before = 0
        self._notes: list[str] = []

    @property
    def fresh_database(self) -> bool:
        """False: the stack's own image fills its database."""
        return False

    @property
    def limits(self) -> Limits:
        """The time limits of this run."""
        return self._limits

    def close(self) -> None:
        """Close the log, remove what this run started."""
        if self._log is not None:
            self._log.close()
        self._scratch.end_children()
        self._containers.clear()
        self._scratch.close()
        with contextlib.suppress(OSError):
            self._client.close()

    def notes(self) -> tuple[str, ...]:
        """What this run did differently from a fresh start."""
        return tuple(self._notes)

    # -- what the service stands on

    def start_dependencies(self, say: Say) -> None:
        """Start the stack's Redis and PostgreSQL, unless they run."""
        profile = self._facts.profile
        self._bring_up([key for key in (profile.redis.service, profile.postgres.service) if key], say)

    def _bring_up(self, keys: list[str], say: Say) -> None:
        missing = [key for key in keys if not self._runs(key)]
        if missing:
            self._compose.up(missing, say, self._limits.build)
        for key in keys:
            self._servers.wait_healthy(key, say)
            self._servers.wait_reachable(key)

    def _runs(self, key: str) -> bool:
        container = self._containers.find(key)
        return container is not None and container.status == "running"

    def _declared(self, key: str, seen: tuple[str, ...] = ()) -> list[str]:
        """What a compose service depends on, directly and through others, deepest first."""
        block = self._facts.compose.service(key)
        found: list[str] = []
        for entry in block.depends_on if block else ():
            if entry.service not in (*seen, key):
                found += [*self._declared(entry.service, (*seen, key)), entry.service]
        return list(dict.fromkeys(found))

    def redis(self) -> Endpoint | None:
        """The stack's Redis as this machine reaches it."""
        return self._servers.redis()

    def postgres(self, database: str = "") -> Endpoint | None:
        """The stack's PostgreSQL as this machine reaches it."""
        return self._servers.postgres(database)

    def psql(self, sql: str, database: str = "") -> SqlRun:
        """Run a SQL text in the stack's PostgreSQL."""
        return self._servers.psql(sql, database)

    def run_tests(self, folder: str, environment: dict[str, str], say: Say) -> TestRun:
        """Run pytest on this machine, in the service's own environment, against the stack."""
        return run_service_tests(
            self._scratch,
            self._facts,
            self._service,
            folder,
            environment,
            limits=self._limits,
            cancelled=self._cancelled,
            say=say,
        )

    def pause_redis(self) -> None:
        """`docker pause` of a Redis that this run started."""
        container = self._containers.need_own(self._facts.profile.redis.service, "pause")
        with translated("pausing Redis"):
            container.pause()

    def resume_redis(self) -> None:
        """`docker unpause`."""
        container = self._containers.need_own(self._facts.profile.redis.service, "unpause")
        with translated("unpausing Redis"):
            container.unpause()

    def restart_redis(self) -> None:
        """`docker restart`, and wait until it is healthy."""
        key = self._facts.profile.redis.service
        container = self._containers.need_own(key, "restart")
        with translated("restarting Redis"):
            container.restart(timeout=int(self._limits.stop))
        self._servers.wait_healthy(key, lambda _: None)
        self._servers.wait_reachable(key)

    # -- the service

    def _block(self) -> ComposeService:
        if self._service.compose is None:
            text = f"{self._spec.name} has no service in the compose files"
            raise LiveTrouble("no-compose", text, "add it: phase 3")
        return self._service.compose

    def start_service(self, say: Say, sink: Sink) -> None:
        """Build the image, start the declared dependencies and the service; follow its log."""
        block = self._block()
        self._bring_up(self._declared(block.key), say)
        if block.build is not None:
            self._compose.build(block.key, say, self._limits.build)
        since: int | None = int(time.time())
        if self._containers.ran_before(block.key):
            self._must_be_current(block.key)
            self._notes.append("its container ran before and was left as it is")
        else:
            self._check_port()
            try:
                self._compose.up([block.key], say, self._limits.start, recreate=True)
            except LiveTrouble as trouble:
                raise self._with_holder(trouble) from trouble
            since = None  # a container of this run: from its first line
        container = self._container()
        self._restarts_before = 0 if since is None else int(container.attrs.get("RestartCount", 0))
        self._log = LogFollower(self._client, self._address, str(container.id), since, sink)

    def _must_be_current(self, key: str) -> None:
        """A container that ran before counts only when it is what the files say now."""
        container = self._container()
        code, lines = self._compose.call(["config", "--hash", key], lambda _: None, self._limits.start)
        wanted = next((line.split()[-1] for line in lines if line.startswith(f"{key} ")), "") if code == 0 else ""
        old = wanted and container.labels.get("com.docker.compose.config-hash") != wanted
        with translated("comparing images"):
            image = self._client.images.get(str(container.attrs["Config"]["Image"])).id
        if old or image != container.attrs["Image"]:
            what = "an older compose block" if old else "an older image"
            text = f"{container.name} runs since {container.attrs['State']['StartedAt'][:19]}Z from {what}"
            raise LiveTrouble("stale-container", text, f"start it anew: {self._compose.shown('up', '-d', key)}")

    def _check_port(self) -> None:
        """Name who holds the port before Compose fails on it."""
        for port in [p.published for p in self._block().ports if p.published]:
            holder = self._holder(port)
            if holder:
                step = "choose another port or stop what holds this one: stack-wizard ports"
                raise LiveTrouble("port-taken", f"port {port} is taken by {holder}", step)

    def _holder(self, port: int) -> str:
        key = self._block().key
        mine = self._containers.find(key)
        for claim in container_claims(self._client):
            running = "running" in claim.detail
            if claim.port == port and running and (mine is None or claim.holder != mine.name):
                return f"the container {claim.holder}"
        return is_listening(port)

    def _with_holder(self, trouble: LiveTrouble) -> LiveTrouble:
        if trouble.cause != "port-taken":
            return trouble
        ports = [p.published for p in self._block().ports if p.published]
        holders = ", ".join(filter(None, (self._holder(port) for port in ports)))
        words = f"{trouble.message} (by {holders})" if holders else trouble.message
        return LiveTrouble(trouble.cause, words, trouble.next_step)

    def _container(self) -> Container:
        container = self._containers.find(self._block().key)
        if container is None:
            raise LiveTrouble("no-container", f"{self._block().key} has no container", "run verify again")
        return container

    def state(self) -> ServiceState:
        """What the engine says of the container."""
        if self._service.compose is None:
            return ServiceState(running=False)
        container = self._containers.find(self._service.compose.key)
        if container is None:
            return ServiceState(running=False, detail="it has no container")
        state: dict[str, Any] = container.attrs["State"]
        running = bool(state["Running"]) and not state.get("Restarting")
        health = state.get("Health") or {}
        return ServiceState(
            running=running,
            restarts=max(0, int(container.attrs.get("RestartCount", 0)) - self._restarts_before),
            exit_code=None if running else int(state["ExitCode"]),
            health=_health_word(health),
            started_at=str(state.get("StartedAt", "")),
            image=str(container.attrs["Image"]),
            out_of_memory=bool(state.get("OOMKilled")),
            detail=str(state.get("Error") or _probe_output(health)),
        )

    def address(self) -> tuple[str, int]:
        """The published port as the engine says it; the spec's when none is published."""
        container = self._containers.find(self._service.compose.key) if self._service.compose else None
        targets = [p.target for p in self._service.compose.ports] if self._service.compose else []
        for target in (*targets, self._spec.port):
            at = published(container, target) if container is not None else None
            if at is not None:
                return self._host(at[0]), at[1]
        return self._host("127.0.0.1"), self._spec.port

    def _host(self, host: str) -> str:
        """A published address as seen from here: that of the other machine when the engine is remote."""
        return self._address.host_name if self._address.remote and host == "127.0.0.1" else host

    def service_clients(self) -> frozenset[str]:
        """The container's addresses."""
        container = self._containers.find(self._service.compose.key) if self._service.compose else None
        return frozenset(addresses(container)) if container is not None else frozenset()

    def listening(self) -> tuple[int, ...]:
        """The ports on which the container listens, by its own /proc/net/tcp."""
        container = self._containers.find(self._service.compose.key) if self._service.compose else None
        return listening_ports(container) if container is not None and container.status == "running" else ()

    def stop_service(self) -> Stopped:
        """`docker stop`, with the grace period of the limits."""
        container = self._containers.need_own(self._block().key, "stop")
        began = time.monotonic()
        with translated("stopping the service"):
            container.stop(timeout=int(self._limits.stop))
            container.reload()
        seconds = time.monotonic() - began
        code = int(container.attrs["State"]["ExitCode"])
        return Stopped(code, seconds, killed=code == _KILLED and seconds >= self._limits.stop)

    def command(self, name: str) -> str:
        """How a person repeats a step."""
        key = self._service.compose.key if self._service.compose else self._spec.name
        profile = self._facts.profile
        redis, postgres = profile.redis.service, profile.postgres.service
        shown = self._compose.shown
        if name == "tests":
            return "python -m pytest"
        if name == "redis-cli" and profile.redis.secret:
            inner = f'REDISCLI_AUTH="$(cat /run/secrets/{profile.redis.secret})" redis-cli "$@"'
            return f"{shown('exec', redis, 'sh', '-c')} '{inner}' redis-cli"
        commands: dict[str, tuple[str, ...]] = {
            "start": ("up", "-d", "--build", key),
            "stop": ("stop", "-t", f"{self._limits.stop:.0f}", key),
            "logs": ("logs", "-f", key),
            "psql": (
                "exec",
                "-T",
                postgres,
                "psql",
                "-U",
                profile.postgres.user or "postgres",
                "-v",
                "ON_ERROR_STOP=1",
            ),
            "redis-cli": ("exec", redis, "redis-cli"),
            "pause": ("pause", redis),
            "resume": ("unpause", redis),
            "restart": ("restart", redis),
        }
        return shown(*commands[name])


def _health_word(health: dict[str, Any]) -> str:
    """The engine's word; `failing` from the second failed probe on, long before the engine itself says unhealthy."""
    word = str(health.get("Status", ""))
    return "failing" if word == "starting" and int(health.get("FailingStreak", 0)) > 1 else word


def _probe_output(health: dict[str, Any]) -> str:
    failed = [entry for entry in health.get("Log") or [] if entry.get("ExitCode")]
    lines = [line.strip() for line in str(failed[-1].get("Output", "")).splitlines() if line.strip()] if failed else []
    return f"health check: {lines[-1][:200]}" if lines else ""
