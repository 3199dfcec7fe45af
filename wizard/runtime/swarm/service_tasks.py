"""The service's own tasks: how they fare, where each is asked, how they end."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from wizard.runtime.engine.engine import translated
from wizard.runtime.engine.relay import Relay
from wizard.runtime.engine.service_container import age_of, patience
from wizard.runtime.reach import get
from wizard.runtime.swarm.deployment import Deployment
from wizard.runtime.swarm.helper import Helpers
from wizard.runtime.swarm.tasks import LOOP, Task, failures, lost_nodes, place, wait_until
from wizard.values.live import LiveTrouble, Reply, ServiceState, Stopped

if TYPE_CHECKING:
    from docker import DockerClient

_KILLED = 137


class ServiceTasks:
    """One service of the scratch stack, on whatever nodes its tasks are. `port`: the one that it should serve."""

    def __init__(
        self, client: DockerClient, swarm: Deployment, relay: Relay, helpers: Helpers, key: str, port: int
    ) -> None:
        self._client: Any = client
        self._swarm = swarm
        self._relay = relay
        self._helpers = helpers
        self._key = key
        self.port = port

    def state(self, image: str) -> ServiceState:
        """Returns what the Swarm says of them. `image`: what they run from, by digest.

        Raises `LiveTrouble` (`node-lost`) when a node is gone on which one ran.
        """
        found, known = self._swarm.tasks(self._key), self._swarm.nodes()
        lost = lost_nodes(found, known)
        if lost:
            text = f"node {lost[0].told} does not answer any more; its containers stay there until it is back"
            step = f"see what is wrong with it (docker node inspect {lost[0].name}), then verify again"
            raise LiveTrouble("node-lost", text, step, undecided=True)
        live = self._swarm.live(self._key)
        bad, failed = failures(found), next((task for task in found if task.failed), None)
        nowhere = next((task for task in live if task.state == "pending" and task.error), None)
        running = bool(live) and bad < LOOP and nowhere is None
        failed = nowhere or failed
        youngest = max((task.at for task in live), default="")
        checked = self._health_check(image)
        start, decided = patience(checked)
        well = "healthy" if all(task.state == "running" for task in live) else "starting"
        return ServiceState(
            running=running,
            restarts=bad if bad >= LOOP else 0,
            exit_code=failed.exit_code if failed is not None and not running else None,
            health=well if checked and live else "",
            started_at=youngest,
            image=live[0].image.rpartition("@")[2] if live else "",
            error=f"{place(failed, known)}: {failed.error}" if failed is not None else "",
            age=age_of(youngest, "") if youngest else 0.0,
            start_period=start,
            patience=decided,
        )

    def _health_check(self, image: str) -> dict[str, Any]:
        """The health check in the Swarm's own words: the service's, else the image's."""
        with translated("reading the health check"):
            spec = self._spec()["TaskTemplate"]["ContainerSpec"]
            check = spec.get("Healthcheck") or {}
        if not check and image:
            with contextlib.suppress(LiveTrouble), translated("reading the image's health check"):
                check = self._client.images.get(image).attrs["Config"].get("Healthcheck") or {}
        return {} if check.get("Test") == ["NONE"] else dict(check)

    def _spec(self) -> dict[str, Any]:
        found: dict[str, Any] = self._client.services.get(self._swarm.service(self._key)).attrs["Spec"]
        return found

    def _reachable(self) -> list[Task]:
        wanted = ("starting", "running")
        return [task for task in self._swarm.live(self._key) if task.addresses and task.state in wanted]

    def hosts(self) -> list[str]:
        """Returns the address of each in the overlay."""
        return [task.addresses[0] for task in self._reachable()]

    def address(self) -> tuple[str, int]:
        """Returns a way to one of them from this machine."""
        hosts = self.hosts()
        return self._relay.door(self._helpers.asker, hosts[0], self.port) if hosts else ("127.0.0.1", 0)

    def get(self, path: str, limit: float) -> Reply:
        """Asks each; returns the first answer that is not well, else the last."""
        reply = Reply(0, "no task of it has an address yet")
        for host in self.hosts():
            reply = get(self._relay.door(self._helpers.asker, host, self.port), path, limit)
            if reply.status != 200:
                return reply
        return reply

    def own_clients(self, addresses: Iterable[str]) -> frozenset[str]:
        """Returns those that come from their addresses."""
        own = {address for task in self._swarm.live(self._key) for address in task.addresses}
        return frozenset(one for one in addresses if one.rpartition(":")[0] in own)

    def serves(self) -> bool | None:
        """Tells whether every one takes connections on its port; None when that cannot be told."""
        found = [self._relay.reaches(self._helpers.asker, host, self.port) for host in self.hosts()]
        return None if not found or None in found else all(found)

    def stop(self, grace: float, cancelled: Callable[[], bool]) -> Stopped:
        """Scales the service to none and says how the tasks ended."""
        began = time.monotonic()
        stopping = {task.identity for task in self._reachable()}
        with translated("scaling to none"):
            self._client.services.get(self._swarm.service(self._key)).scale(0)

        def ended() -> bool:
            return not any(one.identity in stopping and one.state == "running" for one in self._swarm.tasks(self._key))

        wait_until(ended, grace + 10, cancelled)
        codes = [task.exit_code for task in self._swarm.tasks(self._key) if task.identity in stopping]
        code = max((abs(one) for one in codes if one is not None), default=0)
        return Stopped(code, time.monotonic() - began, killed=code == _KILLED)
