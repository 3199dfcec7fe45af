"""The containers of one Compose project: which ran before, which this run started, how to leave no trace of those."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from wizard.adapters.engine import EngineAddress, asked, connect, engine_address, engine_trouble, translated
from wizard.values.facts import PortClaim
from wizard.values.lean import dataclass
from wizard.values.live import LiveTrouble

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

PROJECT = "com.docker.compose.project"
SERVICE = "com.docker.compose.service"
_ATTEMPTS = 3
ONE_OFF = "com.docker.compose.oneoff"


@dataclass(frozen=True, slots=True)
class Before:
    """What of the project was there before: container id -> running, compose services with a container, network ids,
    volume names."""

    containers: dict[str, bool]
    services: frozenset[str]
    networks: frozenset[str]
    volumes: frozenset[str]


class ProjectContainers:
    """Sees the project through the engine. What ran at the beginning is never stopped, recreated or removed."""

    def __init__(
        self, client: DockerClient, address: EngineAddress, project: str, before: Before | None = None
    ) -> None:
        self._address = address
        self._client = client
        self._project = project
        self._filter: dict[str, str | list[str] | bool] = {"label": f"{PROJECT}={project}"}
        self.before = before or self._snapshot()

    def _snapshot(self) -> Before:
        with asked(self._address, "looking at the project's containers"):
            containers = self._client.containers.list(all=True, filters=self._filter, ignore_removed=True)
            networks = self._client.networks.list(filters=self._filter)
            volumes = self._client.volumes.list(filters=self._filter)
            return Before(
                {str(c.id): c.status == "running" for c in containers},
                frozenset(str(c.labels.get(SERVICE, "")) for c in containers),
                frozenset(str(n.id) for n in networks),
                frozenset(str(v.name) for v in volumes),
            )

    def find(self, key: str) -> Container | None:
        """The container of a compose service, freshly inspected; None when there is none."""
        labels = [f"{PROJECT}={self._project}", f"{SERVICE}={key}", f"{ONE_OFF}=False"]
        wanted: dict[str, str | list[str] | bool] = {"label": labels}
        with asked(self._address, f"looking at {key}"):
            found = self._client.containers.list(all=True, filters=wanted, ignore_removed=True)
        return next((c for c in found if c.status == "running"), found[0] if found else None)

    def ran_before(self, key: str) -> bool:
        """Whether the service's container ran before this run."""
        container = self.find(key)
        return container is not None and self.before.containers.get(str(container.id), False)

    def need_own(self, key: str, what: str) -> Container:
        """The container of a service that this run started. Raises `LiveTrouble` for one that ran before."""
        container = self.find(key)
        if container is None:
            raise LiveTrouble("no-container", f"{key} has no container", "run verify again")
        if self.before.containers.get(str(container.id), False):
            step = "stop the stack first, or use --runtime embedded"
            text = f"{key} ran before this check, so the wizard does not {what} it"
            raise LiveTrouble("not-ours", text, step, undecided=True)
        return container

    def discard(self, identity: str) -> None:
        """Remove one container, whatever it does; quietly when it is gone."""
        with contextlib.suppress(LiveTrouble), asked(self._address, "removing a container"):
            self._client.api.remove_container(identity, force=True, v=True)

    def clear(self) -> None:
        """Remove what this run created; stop what it started again. Does its best when the engine is gone."""
        for container in self._quietly_listed():
            if self.before.containers.get(str(container.id), False):
                continue
            for _ in range(_ATTEMPTS):  # one that is just restarting cannot be removed at that moment
                if self._cleared(container):
                    break
        with contextlib.suppress(LiveTrouble), asked(self._address, "clearing"):
            for network in self._client.networks.list(filters=self._filter):
                if network.id not in self.before.networks:
                    network.remove()
        with contextlib.suppress(LiveTrouble), asked(self._address, "clearing"):
            for volume in self._client.volumes.list(filters=self._filter):
                if volume.name not in self.before.volumes:
                    volume.remove()

    def _cleared(self, container: Container) -> bool:
        with contextlib.suppress(LiveTrouble), asked(self._address, "clearing"):
            if container.labels.get(SERVICE, "") in self.before.services:  # it had a stopped one: leave it stopped
                container.stop(timeout=5)
            else:
                container.remove(force=True, v=True)
            return True
        return False

    def _quietly_listed(self) -> list[Container]:
        with contextlib.suppress(LiveTrouble), asked(self._address, "clearing"):
            return list(self._client.containers.list(all=True, filters=self._filter, ignore_removed=True))
        return []


def addresses(container: Container) -> tuple[str, ...]:
    """The container's IP addresses, one a network."""
    networks: dict[str, dict[str, Any]] = container.attrs["NetworkSettings"].get("Networks") or {}
    return tuple(str(n["IPAddress"]) for n in networks.values() if n.get("IPAddress"))


def published(container: Container, port: int) -> tuple[str, int] | None:
    """Host and port on this machine under which a container's port is published; None when it is not."""
    bindings: list[dict[str, str]] = (container.attrs["NetworkSettings"].get("Ports") or {}).get(f"{port}/tcp") or []
    for binding in bindings:
        host = binding.get("HostIp", "")
        return ("127.0.0.1" if host in ("", "0.0.0.0", "::") else host), int(binding["HostPort"])  # noqa: S104
    return None


def engine_claims() -> tuple[PortClaim, ...]:
    """`container_claims` of this machine's engine; () without an engine that answers at once, or with a remote one."""
    address = engine_address()
    if address.remote or engine_trouble(address):
        return ()
    with contextlib.suppress(LiveTrouble):
        client = connect(address)
        try:
            return container_claims(client)
        finally:
            client.close()
    return ()


def container_claims(client: DockerClient) -> tuple[PortClaim, ...]:
    """The published ports of every container, stopped ones too: a stopped one takes its port back when it starts."""
    claims: list[PortClaim] = []
    with translated("listing containers"):
        for container in client.containers.list(all=True, ignore_removed=True):
            wanted: dict[str, list[dict[str, str]] | None] = container.attrs["HostConfig"].get("PortBindings") or {}
            state = str(container.status)
            for target, bindings in wanted.items():
                for binding in bindings or []:
                    if binding.get("HostPort", "").isdigit():
                        detail = f"published by the {state} container {container.name} ({target})"
                        port = int(binding["HostPort"])
                        claims.append(PortClaim(port, "container", str(container.name), None, detail))
    return tuple(sorted(claims, key=lambda claim: (claim.port, claim.holder)))
