"""Who holds a port that a service of the stack is to be published on: a container, or a process of this machine; and
which ports the containers hold at all, which every reading asks."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from wizard.adapters.sockets import is_listening
from wizard.runtime.engine.engine import connect, engine_address, engine_trouble, translated
from wizard.values.facts.compose import ComposeService
from wizard.values.facts.stack import PortClaim
from wizard.values.live import LiveTrouble

if TYPE_CHECKING:
    from docker import DockerClient

    from wizard.runtime.engine.compose_cli import MergedModel
    from wizard.runtime.engine.containers import ProjectContainers


class PortHolders:
    """Asks the engine, and this machine when the engine is on it. `here`: False for an engine of another machine."""

    def __init__(self, client: DockerClient, containers: ProjectContainers, model: MergedModel, *, here: bool) -> None:
        self._client = client
        self._containers = containers
        self._model = model
        self._here = here

    def check(self, block: ComposeService) -> None:
        """Names who holds the port before Compose fails on it. Raises `LiveTrouble` (`port-taken`)."""
        ports, count = self._ports(block.key), self._model.replicas(block.key)
        if ports and count > 1:
            text = f"{count} containers of {block.key} ask for the same port {ports[0]} of this machine"
            step = f"publish a range of {count} ports, or none: what is in its network reaches it by its name"
            raise LiveTrouble("port-taken", text, step)
        for port in [p.published for p in block.ports if p.published]:
            holder = self._holder(port, block.key)
            if holder:
                step = "choose another port or stop what holds this one: stack-wizard ports"
                raise LiveTrouble("port-taken", f"port {port} is taken by {holder}", step)

    def _ports(self, key: str) -> list[int]:
        from wizard.runtime.engine.service_container import model_ports

        return model_ports(self._model.values.items(), key)

    def _holder(self, port: int, key: str) -> str:
        mine = self._containers.find(key)
        for claim in container_claims(self._client):
            running = "running" in claim.detail
            if claim.port == port and running and (mine is None or claim.holder != mine.name):
                return f"the container {claim.holder}"
        return is_listening(port) if self._here else ""

    def named(self, trouble: LiveTrouble, keys: Sequence[str]) -> LiveTrouble:
        """Returns the same trouble with who holds a port of the services that were to be started."""
        if trouble.cause != "port-taken":
            return trouble
        ports = [(key, port) for key in keys for port in self._ports(key)]
        holders = ", ".join(dict.fromkeys(filter(None, (self._holder(port, key) for key, port in ports))))
        words = f"{trouble.message} (by {holders})" if holders else trouble.message
        return LiveTrouble(trouble.cause, words, trouble.next_step)


def engine_claims() -> tuple[PortClaim, ...]:
    """Returns `container_claims` of this machine's engine; () without an engine that answers at once, or with a remote
    one.
    """
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
    """Returns the published ports of every container, stopped ones too: a stopped one takes its port back when it
    starts.
    """
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
                        address, protocol = binding.get("HostIp", ""), target.partition("/")[2] or "tcp"
                        claims.append(
                            PortClaim(port, "container", str(container.name), None, detail, address, protocol)
                        )
    return tuple(sorted(claims, key=lambda claim: (claim.port, claim.holder)))
