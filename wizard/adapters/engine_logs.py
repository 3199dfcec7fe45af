"""Follow a container's log from a thread, across its restarts, until closed."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from wizard.adapters.engine import EngineAddress, asked
from wizard.values.live import LiveTrouble, LogLine

if TYPE_CHECKING:
    from docker import DockerClient

MAX_LINE = 8192


class LogFollower:
    """Gives each line with the engine's own time to `sink`. Lines without end and binary ones are cut and replaced."""

    def __init__(
        self,
        client: DockerClient,
        address: EngineAddress,
        container: str,
        since: int | None,
        sink: Callable[[LogLine], None],
    ) -> None:
        self._client = client
        self._address = address
        self._container = container
        self._since = since
        self._sink = sink
        self._last = ""
        self._closed = threading.Event()
        self._stream: Any = None
        self._thread = threading.Thread(target=self._run, name="container log", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the stream and its thread."""
        self._closed.set()
        self._end(self._stream)
        self._thread.join(2.0)

    def _end(self, stream: Any) -> None:
        """Close a stream and the response under it, which the SDK leaves to the garbage collector."""
        if stream is not None:
            with contextlib.suppress(OSError, AttributeError, ValueError):
                stream.close()
            with contextlib.suppress(OSError, AttributeError, ValueError):
                stream._response.close()

    def _run(self) -> None:
        while not self._closed.is_set():
            with (
                contextlib.suppress(LiveTrouble, OSError, ValueError, AttributeError),
                asked(self._address, "following the log"),
            ):
                self._follow()
            self._end(self._stream)
            if self._closed.wait(0.2):
                return

    def _follow(self) -> None:
        self._stream = self._client.api.logs(
            self._container, stream=True, follow=True, timestamps=True, since=self._since
        )
        rest = b""
        for chunk in self._stream:
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._give(line)
            if len(rest) > MAX_LINE * 4:
                self._give(rest)
                rest = b""
            if self._closed.is_set():
                return
        if rest:
            self._give(rest)

    def _give(self, raw: bytes) -> None:
        at, _, text = raw.decode("utf-8", "replace").partition(" ")
        if at <= self._last:  # seen before the stream was opened again
            return
        self._last = at
        self._sink(LogLine(at[:23] + "Z" if len(at) > 23 else at, text.rstrip("\r")[:MAX_LINE]))
