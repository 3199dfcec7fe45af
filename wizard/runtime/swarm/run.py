"""One run of the live checks in a Swarm; `protocol.ServiceRun` says what each method promises."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.runtime.engine.build import ComposeRun
from wizard.runtime.engine.cleanup import cleanup_words, clear
from wizard.runtime.engine.compose_cli import ComposeCli, MergedModel
from wizard.runtime.engine.engine import translated
from wizard.runtime.engine.ledger import ledger_path, open_ledger
from wizard.runtime.engine.logins import hiding
from wizard.runtime.engine.relay import Relay
from wizard.runtime.engine.service_container import served_port
from wizard.runtime.process import Scratch
from wizard.runtime.pytest_run import run_service_tests
from wizard.runtime.swarm.deployment import Deployment
from wizard.runtime.swarm.helper import Helpers
from wizard.runtime.swarm.peek import check_secrets
from wizard.runtime.swarm.preflight import check_architectures, check_configs, check_free
from wizard.runtime.swarm.registry import push, repository
from wizard.runtime.swarm.scratch_stack import ScratchStack, scratch_stack
from wizard.runtime.swarm.servers import SwarmServers
from wizard.runtime.swarm.service_tasks import ServiceTasks
from wizard.runtime.swarm.strain import Strain
from wizard.runtime.swarm.tasks import place
from wizard.values.facts.compose import ComposeService
from wizard.values.facts.stack import ServiceFacts, StackFacts
from wizard.values.live import Endpoint, Limits, LiveTrouble, LogLine, Reply, ServiceState, SqlRun, Stopped, TestRun
from wizard.values.spec import ServiceSpec

if TYPE_CHECKING:
    from docker import DockerClient

    from wizard.runtime.engine.engine import EngineAddress
    from wizard.runtime.engine.ssh_door import SshDoor

Say = Callable[[str], None]
Sink = Callable[[LogLine], None]
_COMPLETED = "service_completed_successfully"


class SwarmRun:
    """Deploys the service and what it stands on as a scratch stack, and asks its tasks from inside the overlay."""

    fresh_database = False

    def __init__(
        self,
        facts: StackFacts,
        spec: ServiceSpec,
        address: EngineAddress,
        client: DockerClient,
        cli: ComposeCli,
        model: MergedModel,
        limits: Limits,
        cancelled: Callable[[], bool],
        door: SshDoor | None = None,
    ) -> None:
        self.limits = limits
        self._facts = facts
        self._spec = spec
        self._service = facts.service(spec.name) or ServiceFacts(name=spec.name, folder="")
        self._client = client
        self._address = address
        self._model = model
        self.hide = hiding(model)
        self._cancelled = cancelled
        self._door = door
        self._project = facts.profile.project or model.text("name")
        self._token = uuid.uuid4().hex[:8]
        stack = f"verify-{self._project}"
        self._ledger = open_ledger(ledger_path(address, stack), stack)
        left = clear(client, address, self._ledger) if self._ledger.left else ()
        self._notes = (
            [f"what an earlier run had left was removed first ({len(left)} of it could not be)"]
            if self._ledger.left
            else []
        )
        self._scratch = Scratch()
        self._scratch.run_last(cleanup_words(address, self._ledger))
        self._swarm = Deployment(client, address, stack, self._ledger, self._scratch, limits, cancelled)
        self._relay = Relay(client)
        self._helpers = Helpers(client, self._ledger, self._relay, stack, self._swarm.pull)
        files, project = facts.profile.compose_files, facts.profile.project
        root = Path(facts.root)
        self._compose = ComposeRun(
            self._scratch, cli, root, files, project, cancelled, self._discard, lambda _: None, address.environment
        )
        self._images: dict[str, str] = {}
        self._keys: list[str] = []
        self._pushed: list[str] = []
        self._deployed: ScratchStack | None = None
        self._servers = SwarmServers(facts, model, self._swarm, self._relay, self._helpers)
        port = served_port(self._service.compose, spec.port)
        self._own = ServiceTasks(client, self._swarm, self._relay, self._helpers, self._key, port)

    def close(self) -> None:
        """Removes the scratch stack and the wizard's containers in it."""
        self._scratch.end_children()
        self._relay.close()
        clear(self._client, self._address, self._ledger)
        self._scratch.close()
        self._ledger.close()
        with contextlib.suppress(OSError):
            self._client.close()
        if self._door is not None:
            self._door.close()

    def notes(self) -> tuple[str, ...]:
        """Returns what this run did differently from a deploy of the stack."""
        pushed = f"pushed and left in the registry: {', '.join(self._pushed)}"
        left_out = self._deployed.left_out if self._deployed is not None else ()
        return (*self._notes, *left_out, *([pushed] if self._pushed else []))

    def left(self) -> str:
        """Returns what this run has made and not yet removed."""
        return self._ledger.told(self._address.host_name)

    def where(self) -> str:
        """Returns the tasks of the service with their nodes."""
        with contextlib.suppress(LiveTrouble):
            known = self._swarm.nodes()
            return ", ".join(place(task, known) for task in self._swarm.live(self._key) if task.node)
        return ""

    # -- what the service stands on

    @property
    def _key(self) -> str:
        return self._service.compose.key if self._service.compose else ""

    def _block(self) -> ComposeService:
        if self._service.compose is None:
            text = f"{self._spec.name} has no service in the compose files"
            raise LiveTrouble("no-compose", text, "add it: phase 3")
        return self._service.compose

    def start_dependencies(self, say: Say) -> None:
        """Deploys the stack's servers, and what else the service declares, and waits until they stand."""
        if self._keys:
            return
        check_free(self._client, self._swarm.stack)
        own: Mapping[str, Any] = self._model.tree["services"].get(self._key) or {}
        if own.get("build"):
            repository(str(own.get("image") or ""), self._project, self._key)
        profile = self._facts.profile
        below = self._model.stands_on(self._key)  # `stack deploy` itself knows no order
        wanted = {key: "" for key in (profile.redis.service, profile.postgres.service) if key} | below
        for key in wanted:
            self._ship(key, say)
        if not wanted:
            return
        self._deploy(list(wanted), say)
        if own.get("build"):  # while the servers come up; what is wrong with it is told when the service is started
            with contextlib.suppress(LiveTrouble):
                self._ship(self._key, say)
        for key in wanted:
            self._swarm.wait_running(key, ends=below.get(key) == _COMPLETED)
            say(f"{key} runs on {', '.join(self._places(key))}")
        self._help()

    def _places(self, key: str) -> list[str]:
        known = self._swarm.nodes()
        return [known[task.node].told for task in self._swarm.live(key) if task.node in known]

    def _deploy(self, keys: Sequence[str], say: Say) -> None:
        self._keys = list(dict.fromkeys([*self._keys, *keys]))
        once = {key for key, condition in self._model.stands_on(self._key).items() if condition == _COMPLETED}
        try:
            made = scratch_stack(self._model.tree, self._keys, self._images, once)
        except ValueError as error:
            raise LiveTrouble("refused-by-swarm", str(error), "see what a Swarm takes: stack-wizard check") from error
        if made.named and self._deployed is None:
            there = check_configs(self._client, made.named)
            check_secrets(self._client, self._swarm, self._relay, there, self._image(self._keys[0]), say)
        self._deployed = made
        self._swarm.deploy(made.tree, say)

    def _ship(self, key: str, say: Say) -> None:
        """Builds and pushes the image of a service that is built here; others are pulled by every node itself."""
        body: Mapping[str, object] = self._model.tree["services"][key]
        if key in self._images or not body.get("build"):
            return
        named = str(body.get("image") or "")
        target = repository(named, self._project, key)
        self._compose.build(key, say, self.limits.build)
        local = named or f"{self._project}-{key}"
        with translated(f"looking at the image of {key}"):
            built_for = str(self._client.images.get(local).attrs.get("Architecture", ""))
        nodes = list(self._swarm.nodes().values())
        check_architectures(
            local, built_for, nodes, self._model.below("services", key, "deploy", "placement", "constraints")
        )
        say(f"pushing {target}")

        def call(words: Sequence[str], limit: float) -> tuple[int, list[str]]:
            return self._swarm.call(words, limit, say=say)

        self._images[key] = push(self._client, local, target, f"verify-{self._token}", call, self.limits.build)
        self._pushed.append(self._images[key])

    def _discard(self, container: str) -> None:
        with contextlib.suppress(LiveTrouble), translated("removing a container"):
            self._client.api.remove_container(container, force=True, v=True)

    def _networks(self) -> list[str]:
        return list(self._deployed.tree.get("networks") or {}) if self._deployed is not None else []

    def _image(self, key: str) -> str:
        return self._images.get(key) or self._model.text("services", key, "image")

    def _help(self) -> None:
        """The wizard's container in the overlay, from an image of the stack that can pass connections on."""
        if self._networks():
            self._helpers.ready([self._image(key) for key in self._keys], self._networks())

    def redis(self) -> Endpoint | None:
        """Returns a way to the stack's Redis, through the wizard's container in the overlay."""
        return self._servers.redis()

    def postgres(self, database: str = "") -> Endpoint | None:
        """Returns a way to the stack's PostgreSQL, through the wizard's container in the overlay."""
        return self._servers.postgres(database)

    def psql(self, sql: str, database: str = "") -> SqlRun:
        """Runs a SQL text with the psql of PostgreSQL's own image."""
        image = self._image(self._facts.profile.postgres.service)
        return self._helpers.psql(
            image, self._networks(), self._servers.psql_words(database), sql, self.limits, self._cancelled
        )

    def run_tests(self, places: tuple[str, ...], environment: dict[str, str], say: Say) -> TestRun:
        """Runs pytest on this machine, against the scratch stack."""
        return run_service_tests(
            self._scratch,
            self._facts,
            self._service,
            places,
            environment,
            limits=self.limits,
            cancelled=self._cancelled,
            say=say,
        )

    # -- the service

    def start_service(self, say: Say, sink: Sink) -> None:
        """Builds and pushes its image, adds it to the scratch stack, waits until it is placed; follows its log."""
        key = self._block().key
        self._ship(key, say)
        self._deploy([key], say)
        self._help()
        self._swarm.wait_placed(key)
        say(f"{key}: {self.where()}")
        self._swarm.follow(key, sink)

    def state(self) -> ServiceState:
        """Returns what the Swarm says of its tasks."""
        return self._own.state(self._images.get(self._key, ""))

    def served_port(self) -> int:
        """Returns the port inside the containers."""
        return self._own.port

    def address(self) -> tuple[str, int]:
        """Returns a way to one of its tasks, through the wizard's container in the overlay."""
        return self._own.address()

    def request(self, path: str) -> str:
        """Returns the request as a person sends it: to each task, from a container in the overlay network."""
        network = next(iter(self._networks()), "default")
        places = " ".join(f"http://{host}:{self._own.port}{path}" for host in self._own.hosts())
        return f"docker run --rm --network {self._swarm.stack}_{network} IMAGE curl -i {places or path}"

    def get(self, path: str, limit: float) -> Reply:
        """Asks every task; returns the first answer that is not well, else the last."""
        return self._own.get(path, limit)

    def stranger(self) -> str:
        """Returns '': an address in the overlay is one task's own."""
        return ""

    def own_clients(self, addresses: Iterable[str]) -> frozenset[str] | None:
        """Returns those that come from the tasks' addresses."""
        return self._own.own_clients(addresses)

    def servers_used(self, port: int) -> tuple[str, ...]:
        """Returns (): it has the servers of this run and no others."""
        return ()

    def listening(self) -> tuple[tuple[str, int], ...]:
        """Returns (): what a container on another node listens on, its manager does not tell."""
        return ()

    def serves(self) -> bool | None:
        """Tells whether every task takes connections on its port."""
        return self._own.serves()

    def alone(self) -> bool:
        """Returns True: the servers are the scratch stack's own."""
        return True

    def stop_service(self) -> Stopped:
        """Scales it to none: SIGTERM to every task, with the grace period of its block."""
        return self._own.stop(self.limits.stop, self._cancelled)

    def strain(self) -> Strain:
        """Returns what the drill does to it."""
        return Strain(self._client, self._swarm, self._ledger, self._key, self._images.get(self._key, ""))

    def pause_redis(self) -> None:
        """Raises `LiveTrouble`: a Swarm freezes no task."""
        raise LiveTrouble("not-here", "a Swarm freezes no task", "drill with --runtime docker", undecided=True)

    def resume_redis(self) -> None:
        """Does nothing: nothing was frozen."""

    def restart_redis(self) -> None:
        """Has the Swarm replace Redis' task (`docker service update --force`)."""
        key = self._facts.profile.redis.service
        with translated("restarting Redis"):
            services: Any = self._client.services
            services.get(self._swarm.service(key)).force_update()
        self._swarm.wait_running(key)

    def log_gap(self) -> str:
        """Returns that the nodes keep no log, where the stack says so."""
        kept = self._model.text("services", self._key, "logging", "driver") != "none"
        return "" if kept else "the nodes keep none of it (logging: driver: none)"

    def command(self, name: str) -> str:
        """Returns how a person repeats a step."""
        stack, service = self._swarm.stack, self._swarm.service(self._key)
        redis = self._swarm.service(self._facts.profile.redis.service)
        return {
            "start": f"docker stack deploy -c FILE {stack}",
            "stop": f"docker service scale {service}=0",
            "logs": f"docker service logs -f {service}",
            "psql": f"psql -h tasks.{self._facts.profile.postgres.service} -v ON_ERROR_STOP=1",
            "redis-cli": f"redis-cli -h tasks.{self._facts.profile.redis.service}",
            "tests": "python -m pytest",
            "update": f"docker service update {service}",
            "drain": "docker node update --availability drain NODE",
        }.get(name, f"docker service update --force {redis}")
