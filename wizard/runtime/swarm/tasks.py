"""The tasks of a Swarm's services, as its manager sees them: on which node, at which address, how they fare."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from wizard.runtime.engine.engine import translated
from wizard.values.lean import dataclass

if TYPE_CHECKING:
    from docker import DockerClient

NAMESPACE = "com.docker.stack.namespace"
_FAILED = frozenset({"failed", "rejected"})
_ON_ITS_WAY = frozenset({"new", "pending", "assigned", "accepted", "preparing", "ready", "starting"})
LOOP = 2
"""So many failed tasks in one place of a service are a loop; one is what a Swarm is there for."""


@dataclass(frozen=True, slots=True)
class Node:
    """One machine of the Swarm. `state`: `ready`, `down` … `availability`: `active`, `drain`, `pause`."""

    identity: str
    name: str
    address: str
    architecture: str
    state: str
    availability: str
    manager: bool

    @property
    def told(self) -> str:
        """Name and address."""
        return f"{self.name} ({self.address})"


@dataclass(frozen=True, slots=True)
class Task:
    """One task. `slot`: its place in the service. `addresses`: in the overlay networks. `at`: when its state began."""

    identity: str
    slot: str
    node: str
    state: str
    wanted: str
    at: str
    made: str
    error: str
    exit_code: int | None
    addresses: tuple[str, ...]
    image: str
    container: str

    @property
    def failed(self) -> bool:
        """Tells whether it ended by itself, or could not begin."""
        return self.state in _FAILED or (self.state == "complete" and self.wanted != "complete")

    @property
    def live(self) -> bool:
        """Tells whether the Swarm wants it to run."""
        return self.wanted in ("running", "ready") and not self.failed

    @property
    def beginning(self) -> bool:
        """Tells while it is not decided whether it runs well."""
        return self.state in _ON_ITS_WAY


def nodes(client: DockerClient) -> dict[str, Node]:
    """Returns the Swarm's nodes by id. Raises `LiveTrouble`."""
    with translated("listing the Swarm's nodes"):
        rows: list[dict[str, Any]] = client.api.nodes()
    return {str(row["ID"]): _node(row) for row in rows}


def _node(row: Mapping[str, Any]) -> Node:
    description, status = row.get("Description") or {}, row.get("Status") or {}
    manager = row.get("ManagerStatus") or {}
    address = str(status.get("Addr") or "")
    if address in ("", "0.0.0.0") and manager:  # noqa: S104  (what an old manager says of itself)
        address = str(manager.get("Addr", "")).rpartition(":")[0]
    return Node(
        str(row["ID"]),
        str(description.get("Hostname", row["ID"])),
        address,
        str((description.get("Platform") or {}).get("Architecture", "")),
        str(status.get("State", "")),
        str((row.get("Spec") or {}).get("Availability", "")),
        bool(manager),
    )


def tasks(client: DockerClient, service: str) -> tuple[Task, ...]:
    """Returns the tasks of a service by its id or name, the newest of each place first. Raises `LiveTrouble`."""
    with translated("listing tasks"):
        api: Any = client.api
        rows: list[dict[str, Any]] = api.tasks(filters={"service": service})
    return tuple(sorted((_task(row) for row in rows), key=lambda task: task.made, reverse=True))


def _task(row: Mapping[str, Any]) -> Task:
    status = row.get("Status") or {}
    container = status.get("ContainerStatus") or {}
    spec = (row.get("Spec") or {}).get("ContainerSpec") or {}
    attached = [one for network in row.get("NetworksAttachments") or [] for one in network.get("Addresses") or []]
    code = container.get("ExitCode")
    return Task(
        str(row["ID"]),
        str(row.get("Slot") or row.get("NodeID", "")),
        str(row.get("NodeID", "")),
        str(status.get("State", "")),
        str(row.get("DesiredState", "")),
        str(status.get("Timestamp", "")),
        str(row.get("CreatedAt", "")),
        str(status.get("Err", "")),
        int(code) if code is not None else None,
        tuple(str(address).partition("/")[0] for address in attached),
        str(spec.get("Image", "")),
        str(container.get("ContainerID", "")),
    )


def failures(found: Iterable[Task]) -> int:
    """Returns how often the unluckiest place of a service has failed; a task that the Swarm moved has not."""
    counts: dict[str, int] = {}
    for task in found:
        counts[task.slot] = counts.get(task.slot, 0) + task.failed
    return max(counts.values(), default=0)


def lost_nodes(found: Iterable[Task], known: Mapping[str, Node]) -> tuple[Node, ...]:
    """Returns the nodes that are down although tasks were running there: what became of those, nobody can tell."""
    open_ended = {*_ON_ITS_WAY, "running", "orphaned"}
    running = {task.node for task in found if task.state in open_ended and task.node in known}
    return tuple(known[one] for one in sorted(running) if known[one].state in ("down", "disconnected"))


def place(task: Task, known: Mapping[str, Node]) -> str:
    """Returns where a task runs, in words."""
    node = known.get(task.node)
    return f"task {task.slot} on node {node.told if node else 'none yet'}"


def wait_until(ready: Callable[[], bool], limit: float, cancelled: Callable[[], bool]) -> bool:
    """Asks every 0.2 s, at most `limit` seconds; False when it was not reached. Raises `CancelledError`."""
    import threading
    import time

    from wizard.runtime.process import cancelled_error

    until, tick = time.monotonic() + limit, threading.Event()
    while not ready():
        if cancelled():
            raise cancelled_error()
        if time.monotonic() > until:
            return False
        tick.wait(0.2)
    return True
