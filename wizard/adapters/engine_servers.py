"""The stack's own Redis and PostgreSQL in containers: where this machine reaches them, and psql inside."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from wizard.adapters.compose_cli import MergedModel
from wizard.adapters.embedded_process import cancelled_error
from wizard.adapters.embedded_servers import PSQL_OPTIONS, accepts, read_psql
from wizard.adapters.engine_containers import ProjectContainers, addresses, published
from wizard.adapters.engine_psql import exec_with_input
from wizard.adapters.engine_secrets import own_password
from wizard.values.facts import StackFacts
from wizard.values.live import Endpoint, Limits, LiveTrouble, SqlRun
from wizard.values.profile import ServerProfile

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

_REDIS_PORT, _POSTGRES_PORT = 6379, 5432
_REACH_LIMIT = 15.0
_REQUIREPASS = re.compile(r"--requirepass[ =]+[\"']?([^\s\"'$]+)")
_TROUBLE = re.compile(r"FATAL|PANIC|ERROR|error|fatal|denied|invalid|No such|not permitted", re.IGNORECASE)


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
    ) -> None:
        self._client = client
        self._containers = containers
        self._facts = facts
        self._model = model
        self._limits = limits
        self._cancelled = cancelled

    def redis(self) -> Endpoint | None:
        """Where this machine reaches Redis. Raises `LiveTrouble` when it cannot."""
        profile = self._facts.profile.redis
        if not profile.service:
            return None
        password = own_password(self._facts, profile) or self._from_command(profile.service)
        return self._endpoint(profile, profile.port or _REDIS_PORT, password)

    def postgres(self, database: str) -> Endpoint | None:
        """Where this machine reaches PostgreSQL. Raises `LiveTrouble` when it cannot."""
        profile = self._facts.profile.postgres
        if not profile.service:
            return None
        found = self._endpoint(profile, profile.port or _POSTGRES_PORT, self._postgres_password())
        return Endpoint(found.host, found.port, self._user(), database or self._database(), found.password)

    def _user(self) -> str:
        profile = self._facts.profile.postgres
        named = self._model.text("services", profile.service, "environment", "POSTGRES_USER")
        return profile.user or named or "postgres"

    def _database(self) -> str:
        profile = self._facts.profile.postgres
        named = self._model.text("services", profile.service, "environment", "POSTGRES_DB")
        return profile.database or named or self._user()

    def _postgres_password(self) -> str:
        profile = self._facts.profile.postgres
        plain = self._model.text("services", profile.service, "environment", "POSTGRES_PASSWORD")
        return own_password(self._facts, profile) or plain

    def _from_command(self, key: str) -> str:
        match = _REQUIREPASS.search(" ".join(self._model.below("services", key, "command")))
        return match[1] if match else ""

    def wait_reachable(self, key: str) -> None:
        """Give a server that is healthy time to open its TCP port.

        An image that still runs its first-start scripts answers its health check on a socket. Says nothing when the
        server cannot be reached from here at all.
        """
        port = {
            self._facts.profile.redis.service: self._facts.profile.redis.port or _REDIS_PORT,
            self._facts.profile.postgres.service: self._facts.profile.postgres.port or _POSTGRES_PORT,
        }.get(key, 0)
        deadline = time.monotonic() + _REACH_LIMIT
        while port and self._place(key, port) is None and time.monotonic() < deadline:
            if self._cancelled():
                raise cancelled_error()
            time.sleep(0.1)

    def _place(self, key: str, port: int) -> tuple[str, int] | None:
        container = self._need(key)
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
        """Run a SQL text with the container's own psql, over TCP and with the stack's password, which proves both."""
        container = self._need(self._facts.profile.postgres.service)
        password = self._postgres_password()
        host = (addresses(container) or ("127.0.0.1",))[0] if password else "/var/run/postgresql"
        environment = {
            "PGHOST": host,
            "PGUSER": self._user(),
            "PGDATABASE": database or self._database(),
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

    def wait_healthy(self, key: str, say: Callable[[str], None]) -> None:
        """Wait until a dependency is healthy (or runs, when it has no health check). Raises `LiveTrouble`."""
        deadline = time.monotonic() + self._limits.dependencies
        while True:
            if self._cancelled():
                raise cancelled_error()
            container = self._containers.find(key)
            state = container.attrs["State"] if container is not None else {}
            health = str((state.get("Health") or {}).get("Status", ""))
            if state.get("Running") and not state.get("Restarting") and health in ("", "healthy"):
                say(f"{key} is {health or 'running'}")
                return
            if container is None or health == "unhealthy" or state.get("Status") in ("exited", "dead", "restarting"):
                raise self._unhealthy(key, container, health or str(state.get("Status", "not there")))
            if time.monotonic() > deadline:
                raise self._unhealthy(key, container, f"still {health} after {self._limits.dependencies:.0f} s")
            time.sleep(0.1)

    def _unhealthy(self, key: str, container: Container | None, state: str) -> LiveTrouble:
        log = container.logs(tail=60).decode("utf-8", "replace").splitlines() if container is not None else []
        telling = next((line for line in log if _TROUBLE.search(line)), log[-1] if log else "it wrote no log")
        step = f"see its log: docker logs {container.name if container is not None else key}"
        return LiveTrouble("dependency-unhealthy", f"{key} is {state}: {telling.strip()[:300]}", step)
