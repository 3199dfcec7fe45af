"""One wizard at a time writes in a work tree."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict

from wizard.adapters.clock import Clock
from wizard.adapters.files.errors import unwritable
from wizard.adapters.git.repo import Repo
from wizard.errors import RefusedError
from wizard.values.lean import dataclass

NAME = "lock.json"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the lock. `started`: when the process began, in seconds since the epoch: tells a reused pid apart."""

    pid: int
    started: float
    host: str
    service: str
    since: str

    def __str__(self) -> str:
        where = "" if self.host == socket.gethostname() else f" on {self.host}"
        what = f", working on {self.service}" if self.service else ""
        return f"process {self.pid}{where}{what}, since {self.since}"


class Lock:
    """The lock of one work tree. The system releases it with its process, so none is ever stale; the file says who."""

    def __init__(self, repo: Repo, clock: Clock) -> None:
        self._path = repo.git_path(NAME)
        self._clock = clock

    @contextmanager
    def held(self, service: str = "") -> Iterator[None]:
        """Holds the lock for the block. Raises `RefusedError` naming the other wizard, or why it cannot be taken."""
        handle = self._open()
        try:
            self._take(handle)
            self._sign(handle, service)
            yield
            with suppress(OSError):
                os.ftruncate(handle, 0)
        finally:
            os.close(handle)

    def holder(self) -> Holder | None:
        """Returns who holds the lock now, as far as its file says; None when nobody does."""
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            return None if _lock(handle) else _read(handle)
        finally:
            os.close(handle)

    def _open(self) -> int:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            return os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise unwritable(str(self._path), error) from error

    def _take(self, handle: int) -> None:
        try:
            free = _lock(handle)
        except OSError as error:
            if error.errno not in (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS):
                raise unwritable(str(self._path), error) from error
            # A file system without locks: what the file says has to do.
            free = not _alive(_read(handle))
        if not free:
            raise RefusedError(
                f"another wizard works in this repository: {_read(handle) or 'an unnamed process'}",
                where=str(self._path),
                next_step="finish or close that one first",
            )

    def _sign(self, handle: int, service: str) -> None:
        since = self._clock.now().isoformat(timespec="seconds")
        me = Holder(os.getpid(), _started(os.getpid()), socket.gethostname(), service, since)
        try:
            os.ftruncate(handle, 0)
            os.pwrite(handle, json.dumps(asdict(me)).encode("ascii"), 0)
        except OSError as error:
            raise unwritable(str(self._path), error) from error


def _lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(handle: int) -> Holder | None:
    try:
        return Holder(**json.loads(os.pread(handle, 4096, 0)))
    except (OSError, ValueError, TypeError):
        return None


def _alive(holder: Holder | None) -> bool:
    if holder is None:
        return False
    return holder.host != socket.gethostname() or _started(holder.pid) == holder.started


def _started(pid: int) -> float:
    """When a process of this machine began; 0 when there is none."""
    import psutil

    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error:
        return 0.0
