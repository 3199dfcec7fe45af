"""Processes of a scratch run: each in its own group, none outlives the wizard, their output read without ever
blocking them.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TypedDict

from wizard.errors import CancelledError
from wizard.runtime.keeper import MARK
from wizard.values.live import LiveTrouble, LogLine

MAX_LINE = 8192
KEPT_LINES = 2000
POLL = 0.05
# What the system gives to outgoing connections: Linux says it here, IANA's range (RFC 6335) holds elsewhere.
LOCAL_PORTS = Path("/proc/sys/net/ipv4/ip_local_port_range")
IANA_DYNAMIC = (49152, 65535)
QUIET_PORTS = (20000, 65536)  # above what stacks and well-known servers publish
TRIES = 64  # candidates: a machine on which all of them are taken has other troubles
Sink = Callable[[LogLine], None]


def cancelled_error() -> CancelledError:
    """Returns the error of a run that the person stopped."""
    return CancelledError("the live checks were stopped", next_step="run verify again when you are ready")


def _temporary() -> str:
    """Where scratch folders go: the usual place, unless the wizard is root and other users cannot pass through it."""
    usual = Path(tempfile.gettempdir()).resolve()
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return str(usual) if not is_root or passable(usual) else "/tmp"  # noqa: S108  (mkdtemp makes a private folder in it)


def passable(folder: Path) -> bool:
    """Tells whether every user may pass through a folder and all above it."""
    return all(step.stat().st_mode & stat.S_IXOTH for step in (folder, *folder.parents))


class Scratch:
    """A scratch folder and the keeper that clears it, and every process started in it, when this process is gone."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="stack-wizard-", dir=_temporary())).resolve()
        self.path.chmod(0o711)  # PostgreSQL runs as another user when the wizard is root, and must pass through
        keeper = Path(__file__).with_name("keeper.py")
        self._keeper = subprocess.Popen(
            [sys.executable, "-I", "-S", str(keeper), str(self.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
        )
        self._children: list[Child] = []

    def spawn(
        self,
        words: Sequence[str],
        *,
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
        sink: Sink | None = None,
        text: str | None = None,
        user: str | None = None,
        end_with: signal.Signals = signal.SIGTERM,
    ) -> Child:
        """Starts a process in its own group. `text` goes to its standard input; `sink` gets each line of its output."""
        merged = {**(environment or {}), MARK: str(self.path)}
        child = Child(words, cwd or self.path, merged, sink, text, user, end_with)
        self._tell(f"+{child.pid} {int(end_with)}")
        self._children.append(child)
        return child

    def run_last(self, words: Sequence[str]) -> None:
        """Gives the keeper a command to run when this process is gone without `close`; no words: none."""
        self._tell("!" + (json.dumps(list(words)) if words else ""))

    def forget(self, child: Child) -> None:
        """Forgets a child that has ended with its group: its number may be used again by others."""
        self._tell(f"-{child.pid}")
        if child in self._children:
            self._children.remove(child)

    def end_children(self) -> None:
        """Ends what still runs."""
        for child in reversed(self._children):
            child.end(2.0)
        self._children.clear()

    def close(self) -> None:
        """Ends what still runs and removes the folder. May be called twice."""
        self.end_children()
        self.run_last([])
        if self._keeper.stdin is not None:
            with contextlib.suppress(OSError):
                self._keeper.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._keeper.wait(60)  # it removes the folder, which takes its time on a busy machine

    def _tell(self, line: str) -> None:
        if self._keeper.stdin is None or self._keeper.poll() is not None:
            return
        with contextlib.suppress(OSError):
            self._keeper.stdin.write(line + "\n")
            self._keeper.stdin.flush()


class Child:
    """One process and its output. Lines beyond the last 2000 are counted, not kept; the process never waits for a
    reader.
    """

    def __init__(
        self,
        words: Sequence[str],
        cwd: Path,
        environment: Mapping[str, str],
        sink: Sink | None,
        text: str | None,
        user: str | None,
        end_with: signal.Signals,
    ) -> None:
        self._process = subprocess.Popen(
            list(words),
            cwd=cwd,
            env=dict(environment),
            stdin=subprocess.DEVNULL if text is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **_identity(user),
        )
        self.pid = self._process.pid
        self.lines: deque[str] = deque(maxlen=KEPT_LINES)
        self._ended: float | None = None
        self._sink = sink
        self._end_with = end_with
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True)
        self._reader.start()
        if text is not None:
            threading.Thread(target=self._feed, args=(text,), daemon=True).start()

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative: the signal that ended it."""
        code = self._process.poll()
        if code is not None:
            self._note_end()
        return code

    @property
    def ended(self) -> float | None:
        """The moment (of the monotonic clock) at which it was seen to have ended; None while it runs."""
        return None if self.exit_code is None else self._ended

    def _note_end(self) -> None:
        self._ended = time.monotonic() if self._ended is None else self._ended

    def output(self) -> str:
        """Returns the kept lines."""
        return "\n".join(self.lines)

    def wait(self, limit: float, cancelled: Callable[[], bool]) -> int | None:
        """Waits until it ends: its exit code, or None when the limit is over. Raises `CancelledError`."""
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            if cancelled():
                raise cancelled_error()
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = self._process.wait(POLL)
                self._reader.join(1.0)
                return code
        return None

    def send(self, number: signal.Signals) -> None:
        """Sends a signal to the process itself."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)

    def end(self, grace: float) -> int:
        """Ends it, by force after `grace` seconds, and everything in its group."""
        if self._process.poll() is None:
            self._group(self._end_with)
            self._group(signal.SIGCONT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(grace)
        self._group(signal.SIGKILL)
        code = self._process.wait()
        self._reader.join(1.0)
        return code

    def _group(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def _feed(self, text: str) -> None:
        pipe = self._process.stdin
        if pipe is None:
            return
        with contextlib.suppress(OSError), pipe:
            pipe.write(text.encode("utf-8", "surrogateescape"))

    def _read(self, pipe: IO[bytes] | None) -> None:
        if pipe is None:
            return
        with pipe:
            while raw := pipe.readline(MAX_LINE):
                line = raw.decode("utf-8", "replace").rstrip("\r\n")
                self.lines.append(line)
                if self._sink is not None:
                    self._sink(LogLine(datetime.now(UTC).isoformat(timespec="milliseconds"), line))
        self._note_end()  # its output is closed: it has ended, or will not speak any more


class _Identity(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


def _identity(user: str | None) -> _Identity:
    if user is None:
        return {}
    import pwd

    entry = pwd.getpwnam(user)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def run(
    scratch: Scratch,
    words: Sequence[str],
    *,
    limit: float,
    cancelled: Callable[[], bool],
    what: str,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
    sink: Sink | None = None,
    text: str | None = None,
    user: str | None = None,
) -> Child:
    """Runs a command to its end. Raises `LiveTrouble` (`timeout`) with `what` in the message, or `CancelledError`."""
    child = scratch.spawn(words, cwd=cwd, environment=environment, sink=sink, text=text, user=user)
    try:
        if child.wait(limit, cancelled) is None:
            raise LiveTrouble(
                "timeout", f"{what} took longer than {limit:.0f} s", "see the log lines for where it hangs"
            )
    finally:
        child.end(2.0)
        scratch.forget(child)
    return child


def free_port(preferred: Iterable[int] = ()) -> int:
    """Returns a TCP port of 127.0.0.1 on which nobody listens: the first free one of `preferred`, else one that the
    system gives to no outgoing connection, which could take it before the server does; else any.

    Raises `LiveTrouble` (`port-taken`) when there is none.
    """
    for port in (*preferred, *_quiet_ports(), 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise LiveTrouble("port-taken", "no free TCP port on 127.0.0.1", "close programs that hold ports")


def _quiet_ports() -> list[int]:
    low, high = IANA_DYNAMIC
    with contextlib.suppress(OSError, ValueError):
        low, high = map(int, LOCAL_PORTS.read_text().split())
    quiet = [port for port in range(*QUIET_PORTS) if not low <= port <= high]
    return secrets.SystemRandom().sample(quiet, min(TRIES, len(quiet)))


def sockets(pid: int) -> tuple[frozenset[tuple[str, int]], frozenset[str]]:
    """Returns the (host, port) pairs on which a process and its children listen, and the `HOST:PORT` ends of their own
    TCP connections; both empty when the system does not tell.
    """
    import psutil

    listening: set[tuple[str, int]] = set()
    own: set[str] = set()
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            for c in one.net_connections("tcp"):
                if c.status == psutil.CONN_LISTEN:
                    listening.add((c.laddr.ip, c.laddr.port))
                elif c.laddr:
                    own.add(f"{c.laddr.ip.removeprefix('::ffff:')}:{c.laddr.port}")
    return frozenset(listening), frozenset(own)


def base_environment() -> dict[str, str]:
    """Returns what every child gets of this process's environment: enough to run programs and to reach package indexes,
    nothing of the stack.
    """
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "XDG_CACHE_HOME", "SYSTEMROOT")
    prefixes = (
        "SSL_",
        "PIP_",
        "UV_",
        "REQUESTS_CA",
        "CURL_CA",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
        "http",
        "https",
        "no_proxy",
    )
    return {key: value for key, value in os.environ.items() if key in kept or key.startswith(prefixes)}


def remove(path: Path) -> None:
    """Removes a folder of the scratch run, whatever is in it."""
    shutil.rmtree(path, ignore_errors=True)
