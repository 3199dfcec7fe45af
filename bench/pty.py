"""A program on a pseudo terminal of 120 columns and 40 lines: what it paints, and when."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

COLUMNS, LINES = 120, 40
_ESCAPES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])")


class Terminal:
    """Runs `command` until the block ends. `seen`: all that it wrote; `begun`: when it was started."""

    def __init__(self, command: Sequence[str]) -> None:
        self.command = command
        self.seen = b""

    def __enter__(self) -> Terminal:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        env = {name: value for name, value in os.environ.items() if name not in ("CI", "PYTHONDONTWRITEBYTECODE")}
        env |= {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self.begun = time.perf_counter()
        self._child = subprocess.Popen(
            self.command, stdin=slave, stdout=slave, stderr=slave, env=env, start_new_session=True
        )
        os.close(slave)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.kill()
        self._child.wait()
        os.close(self._master)

    def send(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._master, keys)

    def read(self, seconds: float) -> bytes:
        """What it writes next; empty when it writes nothing for so long, or has ended."""
        ready, _, _ = select.select([self._master], [], [], max(0.0, seconds))
        data = b""
        if ready:
            with suppress(OSError):
                data = os.read(self._master, 1 << 16)
        self.seen += data
        return data

    def first_paint(self, patience: float = 30.0) -> float:
        """Milliseconds from the start to the first text on the screen."""
        while time.perf_counter() - self.begun < patience:
            self.read(0.5)
            if len(b"".join(_ESCAPES.sub(b"", self.seen).split())) >= 8:
                return (time.perf_counter() - self.begun) * 1000
        raise TimeoutError(f"{self.command} painted nothing: {self.seen!r}")

    def settle(self, silence: float = 1.0, patience: float = 30.0) -> None:
        """Read until it has written nothing for `silence` seconds."""
        end = time.perf_counter() + patience
        while time.perf_counter() < end and self.read(silence):
            pass

    @property
    def resident(self) -> float:
        """Resident memory in MB."""
        status = Path(f"/proc/{self._child.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        return int(found[1]) / 1024 if found else 0.0
