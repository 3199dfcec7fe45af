"""One run in the embedded runtime: the service's own process in its own environment, with a real Valkey and a real
PostgreSQL beside it.
"""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from wizard.adapters.sockets import is_listening, listening
from wizard.rules.ports import container_port
from wizard.runtime.embedded.environment import (
    Servers,
    hidden,
    refuse_without_env_file,
    service_environment,
    unmapped,
    write_secrets,
)
from wizard.runtime.embedded.servers import PostgresServer, RedisServer, ServerRoom
from wizard.runtime.embedded.start import PLAIN_LOOP, Start
from wizard.runtime.installed import build, installed
from wizard.runtime.process import Child, Scratch, base_environment, free_port, sockets
from wizard.runtime.pytest_run import run_service_tests
from wizard.runtime.reach import get
from wizard.runtime.secrets import host_names, own_password, password_variables
from wizard.runtime.venv import python_note
from wizard.values.facts.stack import ServiceFacts, StackFacts
from wizard.values.lean import replace
from wizard.values.live import Endpoint, Limits, LiveTrouble, LogLine, Reply, ServiceState, SqlRun, Stopped, TestRun
from wizard.values.spec import ServiceSpec

Say = Callable[[str], None]
Sink = Callable[[LogLine], None]


class EmbeddedRun:
    """One run in one scratch folder; see `wizard.runtime.protocol.ServiceRun` for what each method promises."""

    def __init__(
        self,
        facts: StackFacts,
        service: ServiceFacts,
        spec: ServiceSpec,
        limits: Limits,
        cancelled: Callable[[], bool],
        shared: ServerRoom | None = None,
    ) -> None:
        self._facts = facts
        self._service = service
        self._spec = spec
        self._limits = limits
        self._cancelled = cancelled
        self._inside = container_port(service, spec.port)
        self._scratch = Scratch()
        self._room = shared or ServerRoom(self._scratch, limits)
        self._root = Path(facts.root)
        self._redis: RedisServer | None = None
        self._postgres: PostgresServer | None = None
        self._child: Child | None = None
        self._port = 0
        self._began = 0.0
        self._python_note = ""
        self._unmapped: tuple[str, ...] = ()

    @property
    def fresh_database(self) -> bool:
        """True: the scratch PostgreSQL starts empty."""
        return self._postgres is not None

    @property
    def limits(self) -> Limits:
        """The time limits of this run."""
        return self._limits

    def close(self) -> None:
        """Ends every process of this run and removes its folder."""
        self._scratch.close()

    def notes(self) -> tuple[str, ...]:
        """Returns what this run did differently from the stack."""
        moved = self._port and self._port != self._inside
        port = f"on port {self._port} because {self._inside} is taken" if moved else ""
        shown = (
            "as a process: the image and the compose block are not proven",
            port,
            self._python_note,
            *self._unmapped,
        )
        return tuple(note for note in shown if note)

    # -- the servers

    def start_dependencies(self, say: Say) -> None:
        """Starts the servers that the stack has."""
        profile = self._facts.profile
        if self._redis is None and (profile.redis.service or self._spec.inputs or self._spec.outputs):
            self._redis = self._room.redis(self._cancelled, guarded=self._asks_redis())
            say(f"Redis (valkey-server) answers on 127.0.0.1:{self._redis.endpoint.port}")
        if self._postgres is None and (profile.postgres.service or self._spec.tables):
            self._postgres = self._room.postgres(profile.postgres, self._cancelled)
            say(f"PostgreSQL answers on 127.0.0.1:{self._postgres.endpoint.port}")

    def redis(self) -> Endpoint | None:
        """Returns the scratch Redis."""
        return self._redis.endpoint if self._redis else None

    def postgres(self, database: str = "") -> Endpoint | None:
        """Returns the scratch PostgreSQL."""
        if self._postgres is None:
            return None
        at = self._postgres.endpoint
        return Endpoint(at.host, at.port, at.user, database or at.database, at.password)

    def psql(self, sql: str, database: str = "") -> SqlRun:
        """Runs a SQL text in the scratch PostgreSQL."""
        if self._postgres is None:
            return SqlRun(False, message="the stack's profile names no PostgreSQL")
        done = self._postgres.psql(sql, database or self._postgres.endpoint.database)
        return replace(done, output=self._hide(done.output), message=self._hide(done.message))

    def pause_redis(self) -> None:
        """Freezes the scratch Redis."""
        self._need_redis().pause()

    def resume_redis(self) -> None:
        """Lets it go on."""
        self._need_redis().resume()

    def restart_redis(self) -> None:
        """Stops it and starts it at the same port."""
        self._need_redis().restart()

    def _need_redis(self) -> RedisServer:
        if self._redis is None:
            raise LiveTrouble("no-redis", "the stack's profile names no Redis", "name it in .stack-wizard/stack.yaml")
        return self._redis

    # -- the tests

    def run_tests(self, places: tuple[str, ...], environment: dict[str, str], say: Say) -> TestRun:
        """Runs pytest on one folder, with the service's requirements, pytest, and the stack's own test requirements."""
        return run_service_tests(
            self._scratch,
            self._facts,
            self._service,
            places,
            environment,
            limits=self._limits,
            cancelled=self._cancelled,
            say=lambda line: say(self._hide(line)),
        )

    # -- the service

    def start_service(self, say: Say, sink: Sink) -> None:
        """Builds the environment, copies the service's folder as its image does, starts it."""
        if not self._service.entry:
            raise LiveTrouble("no-service", f"{self._spec.name} has no service.py to run", "run phase 1 first")
        refuse_without_env_file(self._service)
        self._python_note = python_note(self._service)
        wanted = installed(self._facts, self._service)
        python = build(self._scratch, self._service, wanted, self._limits, self._cancelled, say)
        self._port = free_port((self._inside,))
        start = Start.of(self._service)
        folder = start.copy(self._root / self._service.folder, self._scratch.path / "app")
        own = self._environment()
        words = start.given(own, self._named_port(), self._port)
        for note in self._unmapped:
            say(note)
        say(f"starting {' '.join(words)}, port {self._port}")
        environment = base_environment() | own | self._paths(folder)
        self._began = time.monotonic()
        self._child = self._scratch.spawn(
            [str(python), *words], cwd=folder, environment=environment, sink=lambda line: sink(self._shown(line))
        )

    def _named_port(self) -> int | None:
        """The port that stands in the start command itself."""
        listens = self._service.listens
        return listens.value if listens is not None and not self._service.listens_by else None

    def _paths(self, folder: Path) -> dict[str, str]:
        paths = [str(folder)]
        image = self._service.dockerfile
        context = image.context if image is not None else None
        if context and context != self._service.folder:  # shared code beside the service's folder
            paths.append(str(self._root / context))
        build = self._service.compose.build if self._service.compose else None
        if build is not None and build.value in ("", "."):  # from the stack's root: the image may hold shared code
            paths += [str(self._root / self._facts.profile.services_dir), str(self._root)]
        site = self._scratch.path / "site"
        site.mkdir(exist_ok=True)
        shutil.copyfile(Path(__file__).with_name("places.py"), site / "sitecustomize.py")
        (site / "uvloop.py").write_text(PLAIN_LOOP, encoding="utf-8")
        joined = os.pathsep.join([str(site), *paths])
        return {"PYTHONPATH": joined, "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}

    def _environment(self) -> dict[str, str]:
        servers = self._servers()
        secrets = self._scratch.path / "secrets"
        shutil.rmtree(secrets, ignore_errors=True)
        write_secrets(self._facts, self._service, servers, secrets)
        values = service_environment(self._facts, self._service, self._spec, servers, secrets, self._port)
        self._unmapped = unmapped(self._facts, self._service, values)
        return servers.libpq() | values | {"STACK_WIZARD_PLACES": servers.places(secrets)}

    def _asks_redis(self) -> bool:
        """Whether the stack's Redis has a password, so that the scratch one gets one."""
        return bool(self._facts.secret_of("redis") or self._facts.credential("redis"))

    def _servers(self) -> Servers:
        profile = self._facts.profile
        redis, postgres = profile.redis, profile.postgres
        return Servers(
            redis.service or "redis",
            redis.port or 6379,
            self.redis(),
            postgres.service or "postgres",
            postgres.port or 5432,
            self.postgres(),
            own_password(self._facts, redis),
            own_password(self._facts, postgres),
            host_names(self._facts, redis, ("redis", "valkey")),
            host_names(self._facts, postgres, ("postgres", "postgresql", "db", "database")),
            password_variables(self._facts, "redis"),
            password_variables(self._facts, "postgres"),
        )

    def state(self) -> ServiceState:
        """Returns whether the process runs."""
        code = self._child.exit_code if self._child else None
        ended = self._child.ended if self._child is not None else None
        age = (ended or time.monotonic()) - self._began if self._child is not None else 0.0
        return ServiceState(running=self._child is not None and code is None, exit_code=code, age=age)

    def address(self) -> tuple[str, int]:
        """Returns where the process serves."""
        return "127.0.0.1", self._port

    def served_port(self) -> int:
        """Returns the port that it was given."""
        return self._port

    def get(self, path: str, limit: float) -> Reply:
        """Asks it from this machine."""
        return get(self.address(), path, limit)

    def stranger(self) -> str:
        """Returns who else holds the port, when the process does not: a socket of 127.0.0.1 wins over one of all."""
        own = {host for host, port in self.listening() if port == self._port}
        if not own or own & {"127.0.0.1", "::1"}:
            return "" if own else is_listening(self._port)
        others = [claim for claim in listening() if claim.port == self._port and "127.0.0.1" in claim.detail]
        return ", ".join(claim.holder for claim in others)

    def own_clients(self, addresses: Iterable[str]) -> frozenset[str] | None:
        """Returns those that are an end of a connection of the process or its children."""
        return frozenset(addresses) & sockets(self._child.pid)[1] if self._child is not None else frozenset()

    def servers_used(self, port: int) -> tuple[str, ...]:
        """Returns (): it has the servers of this run and no others."""
        return ()

    def listening(self) -> tuple[tuple[str, int], ...]:
        """Returns the sockets on which the process and its children listen."""
        return tuple(sorted(sockets(self._child.pid)[0])) if self._child is not None else ()

    def serves(self) -> bool | None:
        """Tells whether the process or one of its children listens on its port; None when it has ended."""
        running = self._child is not None and self._child.exit_code is None
        return self._port in {port for _, port in self.listening()} if running else None

    def alone(self) -> bool:
        """Returns True: nobody else knows the scratch servers."""
        return True

    def stop_service(self) -> Stopped:
        """Sends SIGTERM, and SIGKILL after the grace period."""
        if self._child is None:
            raise LiveTrouble("no-service", "the service was not started", "run verify again")
        begun = time.monotonic()
        self._child.send(signal.SIGTERM)
        code = self._child.wait(self._limits.stop, self._cancelled)
        killed = code is None
        code = self._child.end(0.0) if code is None else code
        self._scratch.forget(self._child)
        return Stopped(code, time.monotonic() - begun, killed)

    def command(self, name: str) -> str:
        """Returns how a person repeats a step."""
        commands = {
            "start": self._start_command(),
            "stop": "kill -TERM PID",
            "logs": "the service's standard output",
            "psql": "psql -v ON_ERROR_STOP=1",
            "redis-cli": f"redis-cli -p {self._redis.endpoint.port if self._redis else 6379}",
            "tests": "python -m pytest",
            "pause": "kill -STOP PID (valkey-server)",
            "resume": "kill -CONT PID (valkey-server)",
            "restart": "stop valkey-server and start it on the same port",
        }
        return commands[name]

    def _start_command(self) -> str:
        if not self._service.entry:
            return f"python services/{self._spec.name}/service.py"
        start, folder = Start.of(self._service), self._service.folder
        words = " ".join(start.words)
        if self._service.program is not None:
            return f"cd {self._service.program.folder or '.'} && python {words}"
        if not self._service.dotted:
            return f"cd {folder} && python {words}"
        return f"PYTHONPATH={Path(folder).parent.as_posix()} python {words}"

    def _shown(self, line: LogLine) -> LogLine:
        text = line.text.replace(f"{self._scratch.path}/app/", "")
        text = text.replace(f"{self._scratch.path}/secrets/", "/run/secrets/")
        return LogLine(line.at, self._hide(text))

    def hide(self, text: str) -> str:
        """Returns a text without the passwords of the servers that were started."""
        return self._hide(text)

    def log_gap(self) -> str:
        """Returns '': both outputs are read to their end."""
        return ""

    def _hide(self, text: str) -> str:
        redis, postgres = self.redis(), self.postgres()
        return hidden(
            text,
            {
                "redis password": redis.password if redis else "",
                "postgres password": postgres.password if postgres else "",
            },
        )
