"""The stack's own Redis and PostgreSQL in containers: where this machine reaches them, and psql inside."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from wizard.runtime.engine.compose_cli import MergedModel
from wizard.runtime.engine.containers import ProjectContainers, addresses, published
from wizard.runtime.engine.engine import translated
from wizard.runtime.engine.exec import exec_with_input
from wizard.runtime.engine.listening import listens_on
from wizard.runtime.engine.logins import POSTGRES_PORT, REDIS_PORT, Logins
from wizard.runtime.engine.relay import Relay
from wizard.runtime.process import cancelled_error
from wizard.runtime.reach import PSQL_OPTIONS, accepts, read_psql
from wizard.values.facts.stack import StackFacts
from wizard.values.live import Endpoint, Limits, LiveTrouble, SqlRun
from wizard.values.pattern import lazy_pattern
from wizard.values.profile import ServerProfile

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

_REACH_LIMIT = 15.0
"""How long a server that listens may stay out of reach: then this machine has no way to it."""
_TROUBLE = lazy_pattern(r"FATAL|PANIC|ERROR|error|fatal|denied|invalid|No such|not permitted", re.IGNORECASE)


HEALTHY, STARTED, COMPLETED = "service_healthy", "service_started", "service_completed_successfully"
READY = "ready"
"""What a server has to be that no `depends_on` speaks of: healthy where it has a health check, else running."""


def _reached(state: dict[str, Any], condition: str) -> str:
    """The word for a condition that is reached, '' while it is not."""
    running = bool(state.get("Running")) and not state.get("Restarting")
    health = str((state.get("Health") or {}).get("Status", "")).replace("none", "")
    if condition == COMPLETED:
        return "done" if state.get("Status") == "exited" and state.get("ExitCode") == 0 else ""
    if condition == STARTED:
        return "started" if running or state.get("Status") == "exited" else ""
    return health or "running" if running and health in ("", "healthy") else ""


def _is_checked(container: dict[str, Any]) -> bool:
    """Whether the engine asks a container how it is."""
    check = container["Config"].get("Healthcheck") or {}
    return bool(check.get("Test")) and check["Test"] != ["NONE"]


def _hopeless(state: dict[str, Any], condition: str) -> bool:
    """Whether a condition that is not reached cannot be reached any more."""
    if condition == COMPLETED:
        return state.get("Status") in ("exited", "dead") or int(state.get("RestartCount", 0)) > 0
    health = str((state.get("Health") or {}).get("Status", ""))
    return health == "unhealthy" or state.get("Status") in ("exited", "dead", "restarting")


class StackServers:
    """Redis and PostgreSQL of one stack, as the profile names them."""

    def __init__(
        self,
        client: DockerClient,
        containers: ProjectContainers,
        facts: StackFacts,
        model: MergedModel,
        limits: Limits,
        cancelled: Callable[[], bool],
        relay: Relay | None = None,
    ) -> None:
        self._client = client
        self._relay = relay
        self._containers = containers
        self._facts = facts
        self._logins = Logins(facts, model)
        self._limits = limits
        self._cancelled = cancelled

    def redis(self) -> Endpoint | None:
        """Returns where this machine reaches Redis. Raises `LiveTrouble` when it cannot."""
        profile = self._facts.profile.redis
        if not profile.service:
            return None
        return self._endpoint(profile, profile.port or REDIS_PORT, self._logins.redis_password())

    def postgres(self, database: str) -> Endpoint | None:
        """Returns where this machine reaches PostgreSQL. Raises `LiveTrouble` when it cannot."""
        profile = self._facts.profile.postgres
        if not profile.service:
            return None
        found = self._endpoint(profile, profile.port or POSTGRES_PORT, self._logins.postgres_password())
        return Endpoint(
            found.host, found.port, self._logins.user(), database or self._logins.database(), found.password
        )

    def wait_reachable(self, key: str) -> None:
        """Gives a server that is healthy time to open its TCP port.

        An image that still runs its first-start scripts answers its health check on a socket, and the engine accepts
        connections to a published port on which nobody listens yet: the container itself is asked. Says nothing when
        the server cannot be reached from here at all.
        """
        port = {
            self._facts.profile.redis.service: self._facts.profile.redis.port or REDIS_PORT,
            self._facts.profile.postgres.service: self._facts.profile.postgres.port or POSTGRES_PORT,
        }.get(key, 0)
        began = time.monotonic()
        while port and time.monotonic() < began + self._limits.dependencies:
            if self._cancelled():
                raise cancelled_error()
            listens = listens_on(self._need(key), port) is not False
            if listens and (self._place(key, port) is not None or time.monotonic() - began > _REACH_LIMIT):
                return
            time.sleep(0.1)

    def _place(self, key: str, port: int) -> tuple[str, int] | None:
        container = self._need(key)
        if self._relay is not None:
            host = (addresses(container) or ("127.0.0.1",))[0]
            return self._relay.door(str(container.id), host, port)
        at = published(container, port)
        places = [at] if at else [(address, port) for address in addresses(container)]
        return next(((host, number) for host, number in places if accepts(host, number)), None)

    def _endpoint(self, profile: ServerProfile, port: int, password: str) -> Endpoint:
        place = self._place(profile.service, port)
        if place is not None:
            return Endpoint(*place, password=password)
        step = f"publish it on 127.0.0.1 in a compose override, or use --runtime embedded (this engine hides {port})"
        text = f"this machine cannot reach {profile.service}: its port is not published and its address is not routed"
        raise LiveTrouble("not-reachable", text, step, undecided=True)

    def _need(self, key: str) -> Container:
        container = self._containers.find(key)
        if container is None or container.status != "running":
            state = container.status if container is not None else "not there"
            raise LiveTrouble("dependency-unhealthy", f"{key} is {state}", "see its log")
        return container

    def psql(self, sql: str, database: str) -> SqlRun:
        """Runs a SQL text with the container's own psql, over TCP and with the stack's password, which proves both."""
        container = self._need(self._facts.profile.postgres.service)
        password = self._logins.postgres_password()
        host = (addresses(container) or ("127.0.0.1",))[0] if password else "/var/run/postgresql"
        environment = {
            "PGHOST": host,
            "PGUSER": self._logins.user(),
            "PGDATABASE": database or self._logins.database(),
            "PGPASSWORD": password,
            "PGCONNECT_TIMEOUT": "5",
        }
        code, lines = exec_with_input(
            self._client,
            container,
            ["psql", *PSQL_OPTIONS],
            environment,
            sql,
            limit=self._limits.sql,
            cancelled=self._cancelled,
        )
        return read_psql(code, lines)

    def wait_for(self, key: str, condition: str, say: Callable[[str], None]) -> None:
        """Waits for a dependency as Compose does: until it runs, is healthy or has ended well. Raises `LiveTrouble`."""
        deadline = time.monotonic() + self._limits.dependencies
        while True:
            if self._cancelled():
                raise cancelled_error()
            container = self._containers.find(key)
            state = container.attrs["State"] if container is not None else {}
            if condition == HEALTHY and container is not None and not _is_checked(container.attrs):
                step = f"give {key} a healthcheck in compose, or wait for `condition: service_started`"
                text = (
                    f"{key} has no health check, so Compose never finds it healthy and starts nothing that waits for it"
                )
                raise LiveTrouble("no-health-check", text, step)
            reached = _reached(state, condition)
            if reached:
                say(f"{key} is {reached}")
                return
            health = str((state.get("Health") or {}).get("Status", ""))
            word = str(state.get("Status", "not there"))
            if container is None or _hopeless(state, condition):
                ended = word == "exited" and f"ended with exit code {state.get('ExitCode')}"
                raise self._unhealthy(key, container, ended or (health if health == "unhealthy" else word))
            if time.monotonic() > deadline:
                told = health if condition == HEALTHY and health else word
                raise self._unhealthy(key, container, f"still {told} after {self._limits.dependencies:.0f} s")
            time.sleep(0.1)

    def _unhealthy(self, key: str, container: Container | None, state: str) -> LiveTrouble:
        log: list[str] = []
        if container is not None:
            with contextlib.suppress(LiveTrouble), translated(f"reading the log of {key}"):
                log = container.logs(tail=60).decode("utf-8", "replace").splitlines()
        telling = next((line for line in log if _TROUBLE.search(line)), log[-1] if log else "it wrote no log")
        step = f"see its log: docker logs {container.name if container is not None else key}"
        return LiveTrouble("dependency-unhealthy", f"{key} is {state}: {telling.strip()[:300]}", step)
