"""The embedded runtime: the service's own process in its own environment, with a real Valkey and a real PostgreSQL
beside it.
"""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

from wizard.adapters.embedded_environment import Servers, hidden, service_environment, write_secrets
from wizard.adapters.embedded_process import Child, Scratch, base_environment, free_port, listening_ports
from wizard.adapters.embedded_servers import INSTALL, PostgresServer, RedisServer, missing_parts
from wizard.adapters.embedded_tests import TEST_TOOLS, requirement_files, run_service_tests
from wizard.adapters.embedded_venv import environment_python
from wizard.adapters.engine_secrets import own_password
from wizard.errors import RuntimeUnavailableError
from wizard.values.facts import ServiceFacts, StackFacts
from wizard.values.lean import replace
from wizard.values.live import Endpoint, Limits, LiveTrouble, LogLine, ServiceState, SqlRun, Stopped, TestRun
from wizard.values.spec import ServiceSpec

Say = Callable[[str], None]
Sink = Callable[[LogLine], None]
_IGNORED = shutil.ignore_patterns("__pycache__", "*.pyc", ".venv", "venv", ".git", "node_modules", ".*_cache")


class EmbeddedRuntime:
    """Runs a service without an engine. It proves the code, the schema and the message flow, not the image or the
    compose block.
    """

    name = "embedded"

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()

    def available(self) -> str:
        """Why it cannot be used on this machine, or ''."""
        if os.name == "nt":
            return "the embedded servers need Linux or macOS"
        return missing_parts()

    def open(self, facts: StackFacts, spec: ServiceSpec, cancelled: Callable[[], bool]) -> EmbeddedStage:
        """Prepare a run in a new scratch folder; starts nothing but the folder's keeper. Raises
        `RuntimeUnavailableError`.
        """
        reason = self.available()
        if reason:
            raise RuntimeUnavailableError(f"the embedded runtime cannot be used: {reason}", next_step=INSTALL)
        service = facts.service(spec.name) or ServiceFacts(name=spec.name, folder="")
        return EmbeddedStage(facts, service, spec, self._limits, cancelled)


class EmbeddedStage:
    """One run in one scratch folder; see `wizard.verify.runtime.Stage` for what each method promises."""

    def __init__(
        self, facts: StackFacts, service: ServiceFacts, spec: ServiceSpec, limits: Limits, cancelled: Callable[[], bool]
    ) -> None:
        self._facts = facts
        self._service = service
        self._spec = spec
        self._limits = limits
        self._cancelled = cancelled
        self._scratch = Scratch()
        self._root = Path(facts.root)
        self._redis: RedisServer | None = None
        self._postgres: PostgresServer | None = None
        self._child: Child | None = None
        self._port = 0

    @property
    def fresh_database(self) -> bool:
        """True: the scratch PostgreSQL starts empty."""
        return self._postgres is not None

    @property
    def limits(self) -> Limits:
        """The time limits of this run."""
        return self._limits

    def close(self) -> None:
        """End every process of this run and remove its folder."""
        self._scratch.close()

    def notes(self) -> tuple[str, ...]:
        """What this run did differently from the stack."""
        moved = self._port and self._port != self._spec.port
        port = f"on port {self._port} because {self._spec.port} is taken" if moved else ""
        return tuple(note for note in ("as a process: the image and the compose block are not proven", port) if note)

    # -- the servers

    def start_dependencies(self, say: Say) -> None:
        """Start the servers that the stack has."""
        profile = self._facts.profile
        if self._redis is None and (profile.redis.service or self._spec.inputs or self._spec.outputs):
            self._redis = RedisServer(self._scratch, profile.redis, self._limits, self._cancelled)
            self._redis.start()
            say(f"Redis (valkey-server) answers on 127.0.0.1:{self._redis.endpoint.port}")
        if self._postgres is None and (profile.postgres.service or self._spec.tables):
            self._postgres = PostgresServer(self._scratch, profile.postgres, self._limits, self._cancelled)
            self._postgres.start()
            say(f"PostgreSQL answers on 127.0.0.1:{self._postgres.endpoint.port}")

    def redis(self) -> Endpoint | None:
        """The scratch Redis."""
        return self._redis.endpoint if self._redis else None

    def postgres(self, database: str = "") -> Endpoint | None:
        """The scratch PostgreSQL."""
        if self._postgres is None:
            return None
        at = self._postgres.endpoint
        return Endpoint(at.host, at.port, at.user, database or at.database, at.password)

    def psql(self, sql: str, database: str = "") -> SqlRun:
        """Run a SQL text in the scratch PostgreSQL."""
        if self._postgres is None:
            return SqlRun(False, message="the stack's profile names no PostgreSQL")
        done = self._postgres.psql(sql, database or self._postgres.endpoint.database)
        return replace(done, output=self._hide(done.output), message=self._hide(done.message))

    def pause_redis(self) -> None:
        """Freeze the scratch Redis."""
        self._need_redis().pause()

    def resume_redis(self) -> None:
        """Let it go on."""
        self._need_redis().resume()

    def restart_redis(self) -> None:
        """Stop it and start it at the same port."""
        self._need_redis().restart()

    def _need_redis(self) -> RedisServer:
        if self._redis is None:
            raise LiveTrouble("no-redis", "the stack's profile names no Redis", "name it in .stack-wizard/stack.yaml")
        return self._redis

    # -- the tests

    def run_tests(self, folder: str, environment: dict[str, str], say: Say) -> TestRun:
        """Run pytest on one folder, with the service's requirements, pytest, and the stack's own test requirements."""
        return run_service_tests(
            self._scratch,
            self._facts,
            self._service,
            folder,
            environment,
            limits=self._limits,
            cancelled=self._cancelled,
            say=lambda line: say(self._hide(line)),
        )

    # -- the service

    def start_service(self, say: Say, sink: Sink) -> None:
        """Build the environment, copy the service's folder into the scratch folder as its image does, start it."""
        if not self._service.entry:
            raise LiveTrouble("no-service", f"{self._spec.name} has no service.py to run", "run phase 1 first")
        python = environment_python(
            self._scratch,
            requirement_files(self._facts, self._service),
            TEST_TOOLS,
            limits=self._limits,
            cancelled=self._cancelled,
            say=say,
        )
        self._port = free_port((self._spec.port,))
        words, folder = self._copy()
        environment = base_environment() | self._environment() | self._paths(folder)
        say(f"starting {' '.join(words)}, port {self._port}")
        self._child = self._scratch.spawn(
            [str(python), *words], cwd=folder, environment=environment, sink=lambda line: sink(self._shown(line))
        )

    def _copy(self) -> tuple[list[str], Path]:
        """The service's code in the scratch folder: (words after `python`, working directory)."""
        source = self._root / self._service.folder
        name = Path(self._service.folder).name
        app = self._scratch.path / "app"
        shutil.rmtree(app, ignore_errors=True)
        inside = Path(self._service.entry).relative_to(self._service.folder)
        if self._service.dotted:
            shutil.copytree(source, app / name, ignore=_IGNORED)
            return ["-m", ".".join((name, *inside.with_suffix("").parts))], app
        shutil.copytree(source, app, ignore=_IGNORED)
        return [str(inside)], app

    def _paths(self, folder: Path) -> dict[str, str]:
        paths = [str(folder)]
        image = self._service.dockerfile
        context = image.context if image is not None else None
        if context and context != self._service.folder:  # shared code beside the service's folder
            paths.append(str(self._root / context))
        build = self._service.compose.build if self._service.compose else None
        if build is not None and build.value in (
            "",
            ".",
        ):  # built from the stack's root: the image may hold shared code
            paths += [str(self._root / self._facts.profile.services_dir), str(self._root)]
        return {"PYTHONPATH": os.pathsep.join(paths), "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}

    def _environment(self) -> dict[str, str]:
        servers = self._servers()
        secrets = self._scratch.path / "secrets"
        shutil.rmtree(secrets, ignore_errors=True)
        write_secrets(self._facts, self._service, servers, secrets)
        return service_environment(self._facts, self._service, self._spec, servers, secrets, self._port)

    def _servers(self) -> Servers:
        profile = self._facts.profile
        return Servers(
            profile.redis.service or "redis",
            profile.redis.port or 6379,
            self.redis(),
            profile.postgres.service or "postgres",
            profile.postgres.port or 5432,
            self.postgres(),
            own_password(self._facts, profile.redis),
            own_password(self._facts, profile.postgres),
        )

    def state(self) -> ServiceState:
        """Whether the process runs."""
        code = self._child.exit_code if self._child else None
        return ServiceState(running=self._child is not None and code is None, exit_code=code)

    def address(self) -> tuple[str, int]:
        """Where the process serves."""
        return "127.0.0.1", self._port

    def service_clients(self) -> frozenset[str]:
        """Nobody else knows the scratch Redis: every connection but the wizard's own is the service's."""
        return frozenset()

    def listening(self) -> tuple[int, ...]:
        """The TCP ports on which the process and its children listen."""
        return listening_ports(self._child.pid) if self._child is not None else ()

    def stop_service(self) -> Stopped:
        """SIGTERM, and SIGKILL after the grace period."""
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
        """How a person repeats a step."""
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
        folder = self._service.folder or f"services/{self._spec.name}"
        entry = self._service.entry or f"{folder}/service.py"
        inside = Path(entry).relative_to(folder)
        if not self._service.dotted:
            return f"cd {folder} && python {inside.as_posix()}"
        module = ".".join((Path(folder).name, *inside.with_suffix("").parts))
        return f"PYTHONPATH={Path(folder).parent.as_posix()} python -m {module}"

    def _shown(self, line: LogLine) -> LogLine:
        text = line.text.replace(f"{self._scratch.path}/app/", "")
        return LogLine(line.at, self._hide(text))

    def _hide(self, text: str) -> str:
        redis, postgres = self.redis(), self.postgres()
        return hidden(
            text,
            {
                "redis password": redis.password if redis else "",
                "postgres password": postgres.password if postgres else "",
            },
        )
