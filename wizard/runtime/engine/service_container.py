"""The service's own container: its state, where it is reached, its sockets, each asked of the engine afresh."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from wizard.runtime.engine.containers import ProjectContainers, addresses, gateways, published
from wizard.runtime.engine.engine import EngineAddress
from wizard.runtime.engine.exec import ask_inside
from wizard.runtime.engine.listening import listening_sockets, listens_on, remote_ends
from wizard.runtime.engine.relay import Relay
from wizard.runtime.process import sockets
from wizard.runtime.reach import accepts, get
from wizard.values.facts.compose import ComposeService
from wizard.values.live import LiveTrouble, Reply, ServiceState

if TYPE_CHECKING:
    from docker.models.containers import Container

_NANO = 1_000_000_000


class ServiceContainer:
    """One compose service's container, as the engine sees it now."""

    def __init__(
        self,
        containers: ProjectContainers,
        address: EngineAddress,
        block: ComposeService | None,
        port: int,
        relay: Relay | None = None,
    ) -> None:
        self._containers = containers
        self._address = address
        self._relay = relay
        self._block = block
        self._port = port
        self._watched: dict[str, tuple[str, int]] = {}
        self._deed = ""

    def find(self) -> Container | None:
        """Returns the container, freshly inspected; None when there is none."""
        return self._containers.find(self._block.key) if self._block is not None else None

    def all(self) -> list[Container]:
        """Returns every container of the service: one, or as many as it is scaled to."""
        return self._containers.find_all(self._block.key) if self._block is not None else []

    def started(self, *, before: bool) -> list[Container]:
        """Begins to watch the run: from now on another start is a restart; returns what is watched. `before`: it ran
        before this run, so that what had ended by then is none of it.
        """
        found = [one for one in self.all() if not before or one.status in ("running", "restarting")]
        for one in found:
            restarts = int(one.attrs.get("RestartCount", 0)) if before else 0
            self._watched[str(one.id)] = (str(one.attrs["State"].get("StartedAt", "")), restarts)
        return found

    def state(self) -> ServiceState:
        """Returns what the engine says of it: of several containers, of the first that is not well."""
        found = self.all()
        if self._watched:
            found = [one for one in found if str(one.id) in self._watched]
        states = [self._state_of(one) for one in found]
        if not states or len(states) < len(self._watched):
            error = "it has no container" if self._block is not None else ""
            return ServiceState(running=False, error=error, touched=self._touched())
        return min(states, key=lambda state: (state.running and not state.restarts, state.health == "healthy"))

    def _state_of(self, container: Container) -> ServiceState:
        state: dict[str, Any] = container.attrs["State"]
        running = bool(state["Running"]) and not state.get("Restarting") and not state.get("Paused")
        health: dict[str, Any] = state.get("Health") or {}
        since = str(state.get("StartedAt", ""))
        first, restarts_before = self._watched.get(str(container.id), ("", 0))
        restarts = int(container.attrs.get("RestartCount", 0)) - restarts_before
        again = bool(first) and not _same_start(since, first)
        start_period, decided = patience(container.attrs["Config"].get("Healthcheck") or {})
        return ServiceState(
            running=running,
            restarts=max(restarts, int(again)),
            exit_code=None if running else int(state["ExitCode"]),
            health=str(health.get("Status", "")).replace("none", ""),
            started_at=since,
            image=str(container.attrs["Image"]),
            out_of_memory=bool(state.get("OOMKilled")),
            detail=_probe_output(health),
            error=str(state.get("Error") or ""),
            age=age_of(since, "" if running else str(state.get("FinishedAt", "")), self._containers.ahead),
            start_period=start_period,
            patience=decided,
            touched="" if running and not restarts and not again else self._touched(),
        )

    def _touched(self) -> str:
        """What the engine's events say that somebody did to what is watched; a program's own end is none of it."""
        for identity, (first, _) in self._watched.items():
            self._deed = self._deed or self._containers.touched(identity, first)
        return self._deed  # kept: the engine remembers its last 256 events

    def served_port(self) -> int:
        """Returns the port to serve in the container: the spec's, else the target that is published as it."""
        return served_port(self._block, self._port)

    def address(self) -> tuple[str, int]:
        """Returns where this machine reaches it: the published port, else the container's own address."""
        container = self.find()
        if self._relay is not None and container is not None and container.status == "running":
            return self._relay.door(str(container.id), *self._place(container))
        return self._place(container)

    def _place(self, container: Container | None) -> tuple[str, int]:
        """The published port of a container of this machine, else its own address."""
        return self._reached_at(container) or ("127.0.0.1", self.served_port())

    def _reached_at(self, container: Container | None) -> tuple[str, int] | None:
        """Where it is reached through its network; None for one that has none (any more), or this machine's."""
        if container is None:
            return None
        port, holder = self.served_port(), self._containers.network_holder(container)
        at = published(holder, port) if self._relay is None else None
        own = addresses(holder)
        return at or ((own[0], port) if own else None)

    def request(self, path: str) -> str:
        """Returns the request as a person sends it: on the engine's own machine."""
        container = self.find()
        host, port = self._place(container)
        at = published(container, port) if container is not None else None
        if self._relay is None or container is None:
            return f"curl -i http://{host}:{port}{path}"
        host, port = at or (host, port)
        return f"ssh {self._address.host_name} curl -i http://{host}:{port}{path}"

    def get(self, path: str, limit: float) -> Reply:
        """Asks it over HTTP; from inside when it publishes no port and its address is not routed here."""
        container = self.find()
        if self._relay is not None:
            return self._through(self._relay, container, path, limit)
        if container is None or container.status != "running":
            return Reply(0, "its container does not run")
        address, reached = self.address(), self._reached_at(container)
        if self._on_host(container) or (reached is not None and accepts(*address)):
            return get(address, path, limit)
        return ask_inside(container, f"http://{address[0]}:{address[1]}{path}", limit)

    def _through(self, relay: Relay, container: Container | None, path: str, limit: float) -> Reply:
        """Asks it in its own network, on another machine."""
        if container is None or container.status != "running":
            return Reply(0, "its container does not run")
        try:
            return get(relay.door(str(container.id), *self._place(container)), path, limit)
        except LiveTrouble as trouble:
            return Reply(0, trouble.message)

    def stranger(self) -> str:
        """Returns who else answers on its port, when it shares the network of this machine; a published port is its
        own.
        """
        container = self.find()
        if container is None or not self._on_host(container) or self._address.remote:
            return ""
        from wizard.adapters.sockets import is_listening

        own, _ = sockets(int(container.attrs["State"].get("Pid", 0)))
        return "" if not own or any(port == self._port for _, port in own) else is_listening(self._port)

    def own_clients(self, clients: Iterable[str]) -> frozenset[str] | None:
        """Returns those that come from its addresses; None when all might, or none can be told, because of a shared
        address.
        """
        container = self.find()
        if container is None:
            return frozenset()
        if self._on_host(container):
            if self._relay is not None:
                return None
            _, own = sockets(int(container.attrs["State"].get("Pid", 0)))
            return frozenset(clients) & own if own else None
        holder = self._containers.network_holder(container)
        scaled = [holder, *(one for one in self.all() if one.id != container.id)]
        hosts = {address for one in scaled for address in addresses(one)}
        doors = {gateway for one in scaled for gateway in gateways(one)}
        all_clients = frozenset(clients)
        mine = frozenset(client for client in all_clients if client.rpartition(":")[0] in hosts)
        if holder is not container:  # whose of the two it is, an address does not tell
            return None if mine else frozenset()
        through = any(client.rpartition(":")[0] in doors for client in all_clients)
        return mine if mine or not through else None

    def servers_used(self, port: int) -> tuple[str, ...]:
        """Returns the compose services to whose port it has, or had lately, a connection."""
        container = self.find()
        running = container is not None and container.status == "running" and not self._on_host(container)
        return self._containers.keys_at(remote_ends(container), port) if container is not None and running else ()

    def serves(self) -> bool | None:
        """Tells whether the container listens on its port; None while it does not run, too."""
        container = self.find()
        running = container is not None and container.status == "running"
        return listens_on(container, self.served_port()) if container is not None and running else None

    def listening(self) -> tuple[tuple[str, int], ...]:
        """Returns the sockets on which the container listens, by its own /proc/net/tcp."""
        container = self.find()
        running = container is not None and container.status == "running"
        return listening_sockets(container) if container is not None and running else ()

    def _on_host(self, container: Container) -> bool:
        return str(container.attrs["HostConfig"].get("NetworkMode", "")) == "host"


def served_port(block: ComposeService | None, wanted: int) -> int:
    """Returns the port to serve in a container: `wanted`, else the target that is published as it."""
    ports = block.ports if block is not None else ()
    if any(port.target == wanted for port in ports):
        return wanted
    published_as = next((port.target for port in ports if port.published == wanted), None)
    return published_as or (ports[0].target if len(ports) == 1 else wanted)


def patience(check: dict[str, Any]) -> tuple[float, float]:
    """(start period, seconds until the engine must have decided) of a health check; its own defaults are 30 s and 3."""
    if not check or check.get("Test") == ["NONE"]:
        return 0.0, 0.0
    start = float(check.get("StartPeriod") or 0) / _NANO
    interval = float(check.get("Interval") or 30 * _NANO) / _NANO
    limit = float(check.get("Timeout") or 30 * _NANO) / _NANO
    return start, start + (int(check.get("Retries") or 3) + 1) * (interval + limit)


def _same_start(one: str, other: str) -> bool:
    return one[:23] == other[:23]


def age_of(since: str, until: str, ahead: float = 0.0) -> float:
    """Seconds between two of the engine's times (`2025-11-01T10:00:00.123456789Z`); until now without the second.

    `ahead`: how far the engine's clock is before this machine's.
    """
    with contextlib.suppress(ValueError):
        begin = datetime.fromisoformat(since[:19] + "+00:00")
        end = (
            datetime.fromisoformat(until[:19] + "+00:00")
            if until[:4] > "0001"
            else datetime.now(UTC) + timedelta(seconds=ahead)
        )
        fraction = float(f"0.{since[20:-1] or 0}") if since[19:20] == "." and since[20:-1].isdigit() else 0.0
        return max(0.0, (end - begin).total_seconds() - fraction)
    return 0.0


def _probe_output(health: dict[str, Any]) -> str:
    failed = [entry for entry in health.get("Log") or [] if entry.get("ExitCode")]
    lines = [line.strip() for line in str(failed[-1].get("Output", "")).splitlines() if line.strip()] if failed else []
    return f"health check: {lines[-1][:200]}" if lines else ""


def model_ports(values: Iterable[tuple[str, str]], key: str) -> list[int]:
    """Returns the published ports of a service in Compose's own merged model."""
    prefix, found = f"services.{key}.ports.", []
    for name, value in values:
        if name.startswith(prefix) and name.endswith(".published"):
            with contextlib.suppress(ValueError):
                found.append(int(str(json.loads(value))))
    return found
