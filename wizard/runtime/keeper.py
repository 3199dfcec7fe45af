"""The keeper of a scratch run: a process that outlives the wizard by a moment and leaves nothing behind.

Run by path with plain Python (`python -I -S keeper.py SCRATCH`), so it imports the standard library only. It
reads lines from its standard input: `+PGID SIGNAL` registers a process group, `-PGID` forgets it, `!JSON` is the
command to run last (`!` alone: none). End of input means that the wizard is gone, whether it closed the run or was
killed: every registered group is signalled and then killed, so is every process that carries the scratch folder in its
environment (Linux: a child started in the instant before its registration), and the folder is removed.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

MARK = "STACK_WIZARD_SCRATCH"
GRACE = 1.5
LAST_LIMIT = 60.0


def main(scratch: str) -> None:
    """Keeps `scratch` until standard input ends."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: dict[int, int] = {}
    last: list[str] = []
    for line in sys.stdin:
        sign, words = line[:1], line[1:].split()
        if sign == "!":
            last = json.loads(line[1:]) if words else []
        elif sign == "+" and len(words) == 2:
            groups[int(words[0])] = int(words[1])
        elif sign == "-" and words:
            groups.pop(int(words[0]), None)
    clear(groups, scratch)
    if last:
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(last, stdin=subprocess.DEVNULL, capture_output=True, timeout=LAST_LIMIT, check=False)


def clear(groups: dict[int, int], scratch: str) -> None:
    """Ends every group and every marked process, then removes the folder."""
    for group, number in groups.items():
        _signal(group, number)
    deadline = time.monotonic() + GRACE
    while any(_alive(group) for group in groups) and time.monotonic() < deadline:
        time.sleep(0.02)
    for group in groups:
        _signal(group, signal.SIGKILL)
    for process in marked(scratch):
        with contextlib.suppress(OSError):
            os.kill(process, signal.SIGKILL)
    for _ in range(50):
        shutil.rmtree(scratch, ignore_errors=True)
        if not Path(scratch).exists():
            return
        time.sleep(0.02)


def marked(scratch: str) -> list[int]:
    """Returns the processes that were started for `scratch`, by their environment (empty where there is no /proc)."""
    mark = f"{MARK}={scratch}".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if mark in entry.read_bytes().split(b"\0"):
                found.append(int(entry.parent.name))
    return [process for process in found if process != os.getpid()]


def _signal(group: int, number: int) -> None:
    with contextlib.suppress(OSError):
        os.killpg(group, number)
        os.killpg(group, signal.SIGCONT)


def _alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main(sys.argv[1])
