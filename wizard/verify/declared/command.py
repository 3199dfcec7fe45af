"""Runs one command of a checklist that a person trusts: no shell, a clean environment, bounded time and output."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from wizard.adapters.bugs import without_secrets
from wizard.rules.text import program_output
from wizard.values.lean import dataclass

KEPT_BYTES = 64 * 1024
"""Of the output the end is kept: it says why a program failed."""
PASSED_ON = ("HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TZ", "USER", "LOGNAME")
"""What a program needs to find its home and its language; tokens and passwords of the environment stay behind."""
GRACE = 2.0
_POLL = 0.02


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended. `code`: None when it did not; `why` says it then. `missing`: there is no such program."""

    code: int | None
    output: str = ""
    why: str = ""
    missing: bool = False


def clean_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Returns what a command gets of this process's environment; relative folders of PATH could be the stack's."""
    path = [folder for folder in environ.get("PATH", os.defpath).split(os.pathsep) if folder.startswith("/")]
    kept = {name: environ[name] for name in PASSED_ON if name in environ}
    return {**kept, "PATH": os.pathsep.join(path), "TERM": "dumb", "NO_COLOR": "1"}


def run_command(words: Sequence[str], folder: Path, seconds: float, stopped: Callable[[], bool]) -> Ended:
    """Runs the words in a folder and waits, at most `seconds`; what it started in its group ends with it."""
    try:
        process = subprocess.Popen(
            list(words),
            cwd=folder,
            env=clean_environment(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        return Ended(None, "", "there is no such program here" if missing else str(error.strerror), missing)
    tail = bytearray()
    reader = threading.Thread(target=_keep_end, args=(process, tail), daemon=True)
    reader.start()
    why = _wait(process, time.monotonic() + seconds, stopped, seconds)
    _end_group(process)
    reader.join(GRACE)
    if process.stdout is not None:
        process.stdout.close()
    said = without_secrets(program_output(bytes(tail).decode("utf-8", "replace")), os.environ)
    return Ended(None if why else process.returncode, said, why)


def _keep_end(process: subprocess.Popen[bytes], tail: bytearray) -> None:
    if process.stdout is None:
        return
    with suppress(OSError, ValueError):  # it is closed when the command is given up
        while piece := os.read(process.stdout.fileno(), 8192):
            tail += piece
            del tail[:-KEPT_BYTES]


def _wait(process: subprocess.Popen[bytes], until: float, stopped: Callable[[], bool], seconds: float) -> str:
    """Waits without reaping: while the leader is not reaped, its group's number is nobody else's."""
    while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        if time.monotonic() > until:
            return f"it did not end within {seconds:g} seconds"
        if stopped():
            return "it was stopped"
        time.sleep(_POLL)
    return ""


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """Ends what of the command still runs, then takes its exit code."""
    running = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGTERM)
    if running:
        limit = time.monotonic() + GRACE
        while time.monotonic() < limit:
            if os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
                break
            time.sleep(_POLL)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
