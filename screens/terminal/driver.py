"""The terminal as Textual's own driver sees it, but for one thing: it may be closed at any moment.

A closed terminal means SIGHUP, then SIGCONT, and an error for every write. Textual's writer thread dies of that error,
its bounded queue fills, and the app waits for ever before it has put anything back.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from textual.driver import Driver


class Lasting:
    """A file that takes everything, also when nobody is there to read it."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> None:
        """Writes as the file does."""
        with suppress(OSError):
            self._file.write(text)

    def flush(self) -> None:
        """Flushes as the file does."""
        with suppress(OSError):
            self._file.flush()

    def fileno(self) -> int:
        """Returns the file's own number."""
        return self._file.fileno()


def lasting(driver: type[Driver]) -> type[Driver]:
    """Returns `driver` with a file that outlives its terminal; other drivers than the one for POSIX terminals as they
    are.
    """
    if sys.platform == "win32":
        return driver
    from textual.drivers.linux_driver import LinuxDriver

    if driver is not LinuxDriver:
        return driver

    class LastingDriver(LinuxDriver):
        def start_application_mode(self) -> None:
            if self._file is not None and not isinstance(self._file, Lasting):
                self._file = Lasting(self._file)  # type: ignore[assignment]
            super().start_application_mode()  # type: ignore[no-untyped-call]

    return LastingDriver
