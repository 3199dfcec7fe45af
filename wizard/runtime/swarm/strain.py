"""What the drill does to a service of the scratch stack: updates that cannot succeed, and a node that is emptied."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING, Any

from wizard.runtime.engine.cleanup import clear_one
from wizard.runtime.engine.engine import translated
from wizard.runtime.engine.ledger import Ledger, Made
from wizard.runtime.engine.stack_objects import set_availability
from wizard.runtime.swarm.deployment import Deployment
from wizard.runtime.swarm.registry import push
from wizard.values.live import LiveTrouble

if TYPE_CHECKING:
    from docker import DockerClient

_AWAY = "127.0.0.1:9/away"
"""Port 9 is discard (RFC 863): no registry is there, on no node."""


class Strain:
    """The service `key` of one deployment; `image`: what it runs from, by digest."""

    def __init__(self, client: DockerClient, swarm: Deployment, ledger: Ledger, key: str, image: str) -> None:
        self._client: Any = client
        self._plain = client
        self._swarm = swarm
        self._ledger = ledger
        self._key = key
        self._image = image

    def update_to_unhealthy(self) -> None:
        """Begins a rolling update to an image that runs and never answers. Raises `LiveTrouble`."""
        repository, _, digest = self._image.partition("@")
        if not digest:
            raise LiveTrouble(
                "no-build", f"{self._key} is not built here", "drill a service of the stack", undecided=True
            )
        text = f'FROM {self._image}\nENTRYPOINT ["sh", "-c", "exec sleep 86400"]\nCMD []\n'
        with translated("making an image that never gets healthy"):
            made, _log = self._client.images.build(fileobj=io.BytesIO(text.encode()), rm=True, forcerm=True)
        try:
            tag = f"never-healthy-{str(made.id).rpartition(':')[2][:12]}"
            pushed = push(self._plain, str(made.id), repository, tag, self._swarm.call, 300.0)
        finally:
            with contextlib.suppress(LiveTrouble), translated("removing that image"):  # its last tag took it along
                self._client.images.remove(str(made.id), force=True)
        self._update(pushed)

    def update_without_registry(self) -> None:
        """Begins a rolling update to an image whose registry does not answer. Raises `LiveTrouble`."""
        self._update(f"{_AWAY}@{self._image.partition('@')[2] or 'sha256:' + '0' * 64}")

    def _update(self, image: str) -> None:
        words = ["service", "update", "--detach", "--no-resolve-image", "--image", image, self._name()]
        code, lines = self._swarm.call(words, 60.0)
        if code != 0:
            text = f"the update was refused: {lines[-1][:300] if lines else ''}"
            raise LiveTrouble("update-refused", text, "see docker service update")

    def _name(self) -> str:
        return self._swarm.service(self._key)

    def update_state(self) -> tuple[str, str, bool]:
        """Returns the Swarm's word for the update, its message, and whether the service is back at its own image."""
        with translated("looking at the update"):
            attrs: dict[str, Any] = self._client.services.get(self._name()).attrs
        status = attrs.get("UpdateStatus") or {}
        image = str(attrs["Spec"]["TaskTemplate"]["ContainerSpec"]["Image"])
        same = image.partition("@")[2] == self._image.partition("@")[2] and not image.startswith(_AWAY)
        return str(status.get("State", "")), str(status.get("Message", "")), same

    def put_back(self) -> None:
        """Gives the service its own image again, after an update that did not roll back."""
        self._update(self._image)

    def drain(self) -> str:
        """Empties the node of its first task and returns its name. Raises `LiveTrouble` when others work there."""
        known = self._swarm.nodes()
        task = next((task for task in self._swarm.live(self._key) if task.node in known), None)
        if task is None:
            raise LiveTrouble("not-running", "it has no task on any node", "verify it first", undecided=True)
        node = known[task.node]
        rest = [
            one for one in known.values() if one is not node and one.availability == "active" and one.state == "ready"
        ]
        if not rest:
            text = f"{node.told} is the only node that takes tasks"
            raise LiveTrouble("one-node", text, "drill on a Swarm of two nodes", undecided=True)
        others = self._others(node.identity)
        if others:
            text = f"{node.told} also runs {', '.join(others[:3])}; it is not emptied for a drill"
            raise LiveTrouble("not-ours", text, "drill on a Swarm that is not in use", undecided=True)
        self._ledger.note(Made("drained", node.identity))
        with translated(f"draining {node.name}"):
            set_availability(self._plain, node.identity, "drain")
        return node.told

    def _others(self, node: str) -> list[str]:
        """The services of others with a task on a node."""
        with translated("looking at what runs there"):
            rows = self._client.api.tasks(filters={"node": node, "desired-state": "running"})
            names = {str(one.id): str(one.name) for one in self._client.services.list()}
        found = {names.get(str(row.get("ServiceID")), str(row.get("ServiceID"))) for row in rows}
        return sorted(name for name in found if not name.startswith(f"{self._swarm.stack}_"))

    def fill_again(self) -> None:
        """Lets a drained node take tasks again."""
        for made in self._ledger.made:
            if made.kind == "drained":
                clear_one(self._plain, self._ledger, made)

    def moved_from(self, node: str) -> bool:
        """Tells whether every task of the service runs, and none on the node of that name."""
        known = self._swarm.nodes()
        live = self._swarm.live(self._key)
        there = [task for task in live if task.node in known and known[task.node].told == node]
        return bool(live) and not there and all(task.state == "running" for task in live)
