"""The log widget fed at a rate, as the live view feeds it; keys are answered with the moment they arrived.

`python -m bench.tail_app RATE FILE`: the moments go to FILE, one a line.
"""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

from textual import events
from textual.app import App, ComposeResult

from screens.widgets.tail import LogTail

FRAMES = 30


class TailApp(App[None]):
    """Nothing but the widget."""

    def __init__(self, rate: int, file: Path) -> None:
        super().__init__()
        self._rate = rate
        self._file = file.open("w", buffering=1)
        self._waiting: list[tuple[bool, str]] = []

    def compose(self) -> ComposeResult:
        """The widget."""
        yield LogTail(id="tail")

    def on_mount(self) -> None:
        """Start the producer and the timer."""
        if self._rate:
            threading.Thread(target=self._produce, daemon=True).start()
            self.set_interval(1 / FRAMES, self._pass_on)

    def on_key(self, event: events.Key) -> None:
        """Note when the key arrived here."""
        self._file.write(f"{time.monotonic():.6f}\n")

    def _produce(self) -> None:
        begun, made = time.monotonic(), 0
        while True:
            due = int((time.monotonic() - begun) * self._rate)
            now = time.monotonic()
            self._waiting.extend(
                (False, f"line {n} with some words of a service at={now:.4f}") for n in range(made, due)
            )
            made = due
            time.sleep(0.002)

    def _pass_on(self) -> None:
        lines, self._waiting = self._waiting, []
        self.query_one(LogTail).feed(lines)


if __name__ == "__main__":
    TailApp(int(sys.argv[1]), Path(sys.argv[2])).run()
