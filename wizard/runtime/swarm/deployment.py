"""The scratch stack in the Swarm: deployed with `docker stack deploy`, watched until it stands, removed whole."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from wizard.runtime.engine.engine import EngineAddress, api_trouble, translated
from wizard.runtime.engine.ledger import Ledger, Made
from wizard.runtime.process import Scratch, run
from wizard.runtime.swarm.tasks import LOOP, Node, Task, failures, nodes, place, tasks, wait_until
from wizard.values.live import Limits, LiveTrouble, LogLine
from wizard.values.pattern import lazy_pattern

if TYPE_CHECKING:
    from docker import DockerClient

Say = Callable[[str], None]
_REASONS = (
    ("no such image", "image-on-one-node", "push it to a registry that every node reaches, and name it so in compose"),
    (
        "bind source path does not exist",
        "missing-file",
        "give it to every node as a config or a secret instead of a mount",
    ),
    ("no suitable node", "no-node", "see deploy.placement and the resources it asks for: docker node ls"),
    ("executable file not found", "no-such-program", "correct CMD or ENTRYPOINT in the Dockerfile"),
    ("exec format error", "exec-format", "build the image for the processor of that node"),
    ("unsupported platform", "architectures", "build the image for the processor of that node"),
)


class Deployment:
    """What this run has in the Swarm, under one stack's name."""

    def __init__(
        self,
        client: DockerClient,
        address: EngineAddress,
        stack: str,
        ledger: Ledger,
        scratch: Scratch,
        limits: Limits,
        cancelled: Callable[[], bool],
    ) -> None:
        self.stack = stack
        self._client = client
        self._address = address
        self._ledger = ledger
        self._scratch = scratch
        self._limits = limits
        self._cancelled = cancelled

    def call(
        self, words: Sequence[str], limit: float, text: str | None = None, say: Say = lambda _: None
    ) -> tuple[int, list[str]]:
        """Runs the `docker` client on the same engine: (exit code, lines)."""
        child = run(
            self._scratch,
            ["docker", *words],
            limit=limit,
            cancelled=self._cancelled,
            what=f"docker {words[0]}",
            environment=self._environment(),
            sink=lambda line: say(line.text.strip()) if line.text.strip() else None,
            text=text,
        )
        return child.exit_code or 0, list(child.lines)

    def pull(self, image: str) -> None:
        """Gets an image to this node, from where the other nodes have it. Raises `LiveTrouble`."""
        import docker.errors

        with translated(f"looking for {image}"):
            try:
                self._client.images.get(image)
            except docker.errors.ImageNotFound:
                code, lines = self.call(["pull", "-q", image], self._limits.build)
                if code != 0:
                    text = f"{image} cannot be pulled: {lines[-1][:300] if lines else ''}"
                    raise LiveTrouble("no-image", text, "push it where every node reaches it", undecided=True) from None

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "NO_COLOR": "1", **self._address.environment}

    def follow(self, key: str, sink: Callable[[LogLine], None]) -> None:
        """Follows the log of every task of a service until the run is closed."""
        words = ["docker", "service", "logs", "--follow", "--timestamps", "--no-trunc", self.service(key)]
        self._scratch.spawn(words, environment=self._environment(), sink=lambda line: sink(_log_line(line)))

    def deploy(self, tree: Mapping[str, Any], say: Say) -> None:
        """Deploys the scratch stack's file, or what was added to it. Raises `LiveTrouble` with the Swarm's reason."""
        self._ledger.note(Made("stack", self.stack))
        words = ["stack", "deploy", "--compose-file", "-", "--resolve-image", "changed", self.stack]
        code, lines = self.call(words, self._limits.start, json.dumps(tree), say)
        if code != 0:
            told = [
                line for line in lines if not line.startswith(("Creating", "Updating", "Ignoring", "Since --detach"))
            ]
            raise _refused("\n".join(told or lines))

    def service(self, key: str) -> str:
        """Returns the name of a service of it in the Swarm."""
        return f"{self.stack}_{key}"

    def tasks(self, key: str) -> tuple[Task, ...]:
        """Returns the tasks of a service, the newest first."""
        return tasks(self._client, self.service(key))

    def live(self, key: str) -> list[Task]:
        """Returns the tasks that should run now, one for each place."""
        found: dict[str, Task] = {}
        for task in self.tasks(key):
            if task.live:
                found.setdefault(task.slot, task)
        return list(found.values())

    def nodes(self) -> dict[str, Node]:
        """Returns the nodes by id."""
        return nodes(self._client)

    def wait_placed(self, key: str) -> None:
        """Waits until every task of a service has a container. Raises `LiveTrouble` for one that can have none."""
        self._wait(key, "placed", lambda task: not task.beginning or task.state == "starting", self._limits.build)

    def wait_running(self, key: str, *, ends: bool = False) -> None:
        """Waits until every task of a service runs, healthy where it has a health check; `ends`: has ended well.

        Raises `LiveTrouble` when it does not.
        """
        self._wait(
            key, "running", lambda task: task.state == ("complete" if ends else "running"), self._limits.dependencies
        )

    def _wait(self, key: str, goal: str, reached: Callable[[Task], bool], limit: float) -> None:
        def done() -> bool:
            found = self.tasks(key)
            self._look(key, found)
            newest: dict[str, Task] = {}
            for task in found:
                newest.setdefault(task.slot, task)
            return bool(newest) and all(reached(task) for task in newest.values())

        if not wait_until(done, limit, self._cancelled):
            found, known = self.tasks(key), self.nodes()
            told = "; ".join(f"{place(task, known)} is {task.state} {task.error}".strip() for task in found[:3])
            text = f"{key} is not {goal} after {limit:.0f} s: {told or 'it has no task'}"
            raise LiveTrouble(
                "dependency-unhealthy", text, f"see why: docker service ps --no-trunc {self.service(key)}"
            )

    def _look(self, key: str, found: Sequence[Task]) -> None:
        """Raises `LiveTrouble` for what will not get better by waiting."""
        hopeless = [task for task in found if task.state == "rejected" or "no suitable node" in task.error]
        for task in hopeless:
            raise rejected(key, task, self.nodes())
        if failures(found) >= LOOP:
            task = next(task for task in found if task.failed)
            text = f"{key} has failed {failures(found)} times: {place(task, self.nodes())}: {task.error}"
            raise LiveTrouble("dependency-unhealthy", text, f"see its log: docker service logs {self.service(key)}")

    def running_container(self, key: str) -> str:
        """Returns the container of a service's task on this very node, '' when it has none here."""
        with translated("asking the engine who it is"):
            own = str(self._client.info()["Swarm"]["NodeID"])
        return next((task.container for task in self.live(key) if task.node == own), "")


_LINE = lazy_pattern(r"^\S+?\.(?P<slot>\w+)\.\w+@(?P<node>\S+)\s+\|\s(?P<at>\S+)\s?(?P<text>.*)$")


def _log_line(line: LogLine) -> LogLine:
    """`NAME.1.ID@NODE | TIME TEXT`: the text alone is judged, the node is told with the time."""
    match = _LINE.match(line.text)
    return LogLine(f"{match['at'][:23]}Z {match['node']}", match["text"]) if match else line


def rejected(key: str, task: Task, known: Mapping[str, Node]) -> LiveTrouble:
    """Returns the trouble of a task for which no container can be made."""
    lower = task.error.lower()
    cause, step = next(
        ((cause, step) for words, cause, step in _REASONS if words in lower),
        ("rejected", f"see all of it: docker inspect {task.identity[:12]}"),
    )
    where = f" ({place(task, known)})" if task.node else ""
    elsewhere = [node.told for one, node in known.items() if one != task.node and node.state == "ready"]
    more = ""
    if cause == "image-on-one-node" and elsewhere:
        more = f"; another node may have it ({', '.join(elsewhere[:3])}), which does not help this one"
    return LiveTrouble(cause, f"{key} cannot run{where}: {task.error}{more}", step)


_REFUSALS = (
    ("only updates to labels are allowed", "secret-differs", "give the secret or config a new name in compose"),
    ("secret not found", "missing-secret", "create it: docker secret create NAME FILE"),
    ("config not found", "missing-secret", "create it: docker config create NAME FILE"),
    ("not supported", "refused-by-swarm", "see what stack-wizard check says of it"),
    ("additional property", "refused-by-swarm", "see what stack-wizard check says of it"),
    ("must be", "refused-by-swarm", "see what stack-wizard check says of it"),
    ("invalid", "refused-by-swarm", "see what stack-wizard check says of it"),
)
"""What `docker stack deploy` says, the cause, the next step."""


def _refused(text: str) -> LiveTrouble:
    lower = text.lower()
    found = next(((cause, step) for words, cause, step in _REFUSALS if words in lower), None)
    if found is None:
        return api_trouble("deploying the scratch stack", text)
    return LiveTrouble(found[0], f"docker stack deploy refuses it: {text.strip()[-400:]}", found[1])
