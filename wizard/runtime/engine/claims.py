"""Which ports the engine's containers hold; apart from what handles those of a project, for readings ask it, too."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from wizard.runtime.engine.engine import connect, engine_address, engine_trouble, translated
from wizard.values.facts.stack import PortClaim
from wizard.values.live import LiveTrouble

if TYPE_CHECKING:
    from docker import DockerClient


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
