"""The wizard's own containers in the scratch stack's networks, on the manager: from there everything is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from wizard.runtime.engine.engine import translated
from wizard.runtime.engine.exec import exec_with_input
from wizard.runtime.engine.ledger import Ledger, Made
from wizard.runtime.engine.relay import Relay
from wizard.runtime.reach import PSQL_OPTIONS, read_psql
from wizard.values.live import Limits, LiveTrouble, SqlRun

if TYPE_CHECKING:
    from docker import DockerClient

_IDLE = ("sh", "-c", "trap 'exit 0' TERM; while :; do sleep 1; done")
Pull = Callable[[str], None]


class Helpers:
    """At most one container of each image; a container is no task, so a drained node keeps it."""

    def __init__(self, client: DockerClient, ledger: Ledger, relay: Relay, stack: str, pull: Pull) -> None:
        self._client = client
        self._ledger = ledger
        self._relay = relay
        self._stack = stack
        self._pull = pull
        self._made: dict[str, Any] = {}
        self._asker = ""

    def ready(self, images: Sequence[str], networks: Sequence[str]) -> None:
        """Starts the one that passes connections on, from the first image that can. Raises `LiveTrouble`."""
        for image in images if not self._asker else ():
            container = self.container(image, networks)
            try:
                self._relay.tool(str(container.id))
            except LiveTrouble:
                continue
            self._asker = str(container.id)
        if not self._asker:
            text = f"none of the images {', '.join(images)} has a program that could ask inside the overlay network"
            raise LiveTrouble("not-reachable", text, "give one of them Python, nc, perl or bash", undecided=True)

    @property
    def asker(self) -> str:
        """The id of the container from which services are asked. Raises `LiveTrouble` while there is none."""
        if not self._asker:
            raise LiveTrouble("not-reachable", "nothing of the wizard is in the overlay network yet", "verify again")
        return self._asker

    def container(self, image: str, networks: Sequence[str]) -> Any:
        """Returns the container of an image, in all of the stack's networks."""
        if image in self._made:
            return self._made[image]
        self._pull(image)
        with translated(f"starting a container of {image}"):
            made = self._client.containers.create(
                image,
                list(_IDLE[1:]),
                entrypoint=[_IDLE[0]],
                network=f"{self._stack}_{networks[0]}",
                labels={"stack-wizard.helper": self._stack},
                user="0",
            )
            self._ledger.note(Made("container", str(made.id)))
            for name in networks[1:]:
                self._client.networks.get(f"{self._stack}_{name}").connect(made)
            made.start()
        self._made[image] = made
        return made

    def psql(
        self,
        image: str,
        networks: Sequence[str],
        environment: dict[str, str],
        sql: str,
        limits: Limits,
        cancelled: Callable[[], bool],
    ) -> SqlRun:
        """Runs a SQL text with the psql of the server's own image, across the overlay network."""
        container = self.container(image, networks)
        words = ["psql", *PSQL_OPTIONS]
        code, lines = exec_with_input(
            self._client, container, words, environment, sql, limit=limits.sql, cancelled=cancelled
        )
        return read_psql(code, lines)
