"""Lets a certain step fail, or kills the process there: steps are what changes a file or starts a process."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from wizard.errors import WizardError

# https://docs.python.org/3/library/audit_events.html: every way in which Python changes a file or starts a process.
KINDS = {
    "open": "open",
    "os.rename": "rename",
    "os.remove": "remove",
    "os.mkdir": "make folder",
    "os.rmdir": "remove folder",
    "os.chmod": "rights",
    "os.chown": "rights",
    "os.truncate": "truncate",
    "os.link": "link",
    "os.symlink": "link",
    "os.utime": "times",
    "subprocess.Popen": "spawn",
}
ERRORS = ("ENOSPC", "EIO", "EROFS", "EACCES", "EMFILE", "EDQUOT", "EINTR")
TOLD, UNTOLD = 1, 3
"""Exit codes of a child: an error of the wizard's own, and anything else that came out (a bug)."""


@dataclass(frozen=True)
class Blow:
    """What strikes. `error`: a name of `errno`, empty for SIGKILL. `lasting`: that step and all after it."""

    error: str = ""
    lasting: bool = False

    def __str__(self) -> str:
        return f"{self.error} {'from then on' if self.lasting else 'once'}" if self.error else "kill"


@dataclass(frozen=True)
class Struck:
    """How it went. `kind`: of the step that was struck, empty when it did not come to that. `code`: of the child."""

    kind: str
    code: int

    @property
    def told(self) -> bool:
        """Tells whether the program ended as it should: done, or with an error that it words itself."""
        return self.code in (0, TOLD, -signal.SIGKILL)


def strike(number: int, blow: Blow, act: Callable[[Path], object], root: Path) -> Struck:
    """Runs `act` in a child in which step `number` is struck."""
    heard, told = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(heard)
        _arm(number, blow, told)
        os._exit(outcome(act, root, number))
    os.close(told)
    with os.fdopen(heard, "rb") as pipe:
        said = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    return Struck(said.split("\n", 1)[0], os.waitstatus_to_exitcode(status))


def outcome(act: Callable[[Path], object], root: Path, number: int) -> int:
    """Runs `act` and returns the exit code that tells how it ended."""
    try:
        act(root)
    except WizardError:
        return TOLD
    except BaseException as other:
        sys.stderr.write(f"step {number}: {other!r}\n")
        return UNTOLD
    return 0


def _arm(number: int, blow: Blow, told: int) -> None:
    left = number

    def step(kind: str) -> None:
        nonlocal left
        left -= 1
        if left == 0 or (blow.lasting and left < 0):
            os.write(told, f"{kind}\n".encode())
            if not blow.error:
                os.kill(os.getpid(), signal.SIGKILL)
            code = getattr(errno, blow.error)
            raise OSError(code, os.strerror(code), "injected")

    watch(step)


def watch(step: Callable[[str], None]) -> None:
    """Calls `step` with its kind before everything that changes a file or starts a process, from now on."""

    def heard(event: str, arguments: tuple[object, ...]) -> None:
        if event in KINDS and (event != "open" or _writes(arguments)):
            step(KINDS[event])

    sync, write = os.fsync, os.pwrite

    def fsync(handle: int) -> None:
        step("fsync")
        sync(handle)

    def pwrite(handle: int, data: bytes, offset: int) -> int:
        step("write")
        return write(handle, data, offset)

    os.fsync, os.pwrite = fsync, pwrite  # type: ignore[assignment]
    sys.addaudithook(heard)


def _writes(arguments: tuple[object, ...]) -> bool:
    flags = arguments[2]
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR)) and arguments[0] != os.devnull
