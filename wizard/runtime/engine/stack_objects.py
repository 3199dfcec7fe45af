"""What a run changes in a Swarm and takes back: a scratch stack, the availability of a node."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docker import DockerClient

NAMESPACE = "com.docker.stack.namespace"
_PATIENCE = 25.0
"""Seconds until the containers of a removed service are gone: the grace period of a stop, and the way to the node."""


def remove_stack(client: DockerClient, stack: str) -> bool:
    """Removes everything that carries the stack's name; says whether nothing of it is left."""
    label = {"label": f"{NAMESPACE}={stack}"}
    api: Any = client.api
    _remove(api.remove_service, api.services(filters=label))
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        _remove(api.remove_secret, api.secrets(filters=label))
        _remove(api.remove_config, api.configs(filters=label))
        gone = {str(row["ID"]) for row in api.nodes() if (row.get("Status") or {}).get("State") != "ready"}
        there = [task for task in api.tasks(filters=label) if str(task.get("NodeID")) not in gone]
        if not there:
            _remove(api.remove_network, api.networks(filters=label))
            if not (api.networks(filters=label) or api.secrets(filters=label) or api.configs(filters=label)):
                return True
        threading.Event().wait(0.2)
    return False


def set_availability(client: DockerClient, node: str, word: str) -> None:
    """Makes a node `active` or `drain`; what else is said of it stays."""
    row: dict[str, Any] = client.api.inspect_node(node)
    spec = row["Spec"] | {"Availability": word}
    client.api.update_node(node, row["Version"]["Index"], spec)


def _remove(remove: Callable[[str], object], rows: Iterable[dict[str, Any]]) -> None:
    """Removes each by its id; what is gone or still in use is looked at again."""
    import docker.errors

    for row in rows:
        with contextlib.suppress(docker.errors.APIError):
            remove(str(row.get("ID") or row["Id"]))
