"""Follow a container's log from a thread, across its restarts, until closed."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from wizard.runtime.engine.engine import EngineAddress, asked
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
        since: float | None,
        sink: Callable[[LogLine], None],
    ) -> None:
        self._client = client
        self._address = address
        self._container = container
        self._since = since
        self._sink = sink
        self._newest = ""
        self._given: Counter[bytes] = Counter()
        self._refused = ""
        self._first = ""
        self._closed = threading.Event()
        self._stream: Any = None
        self._thread = threading.Thread(target=self._run, name="container log", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends the stream and its thread."""
        self._closed.set()
        self._end(self._stream)
        self._thread.join(2.0)

    def gap(self) -> str:
        """Returns why lines may be missing: the engine cannot read them, or had thrown the first away by now."""
        if self._refused:
            return self._refused
        with contextlib.suppress(LiveTrouble), asked(self._address, "looking at how the log is kept"):
            kept = self._client.containers.get(self._container).attrs["HostConfig"].get("LogConfig") or {}
            if self._first and (kept.get("Config") or {}).get("max-size"):
                oldest = self._oldest()
                if oldest > self._first:
                    size = kept["Config"]["max-size"]
                    return f"it is thrown away beyond {size} (logging: max-size): the first lines are gone by now"
        return ""

    def _oldest(self) -> str:
        """The stamp of the first line that the engine still has."""
        stream: Any = self._client.api.logs(self._container, stream=True, follow=False, timestamps=True)
        try:
            return next(iter(stream), b"").partition(b" ")[0].decode("ascii", "replace")
        finally:
            self._end(stream)

    def _end(self, stream: Any) -> None:
        """Close a stream and the response under it, which the SDK leaves to the garbage collector."""
        if stream is not None:
            with contextlib.suppress(OSError, AttributeError, ValueError):
                stream.close()
            with contextlib.suppress(OSError, AttributeError, ValueError):
                stream._response.close()

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                with asked(self._address, "following the log"):
                    self._follow()
            except LiveTrouble as trouble:
                self._refused = trouble.message if "does not support reading" in trouble.message else ""
            except (OSError, ValueError, AttributeError):
                pass
            self._end(self._stream)
            if self._closed.wait(0.2):
                return

    def _follow(self) -> None:
        """One stream, to its end. Opened again it begins a second before the last line, and knows what it gave."""
        seen = Counter(self._given)
        since = int(_seconds(self._newest)) - 1 if self._newest else int(self._since) if self._since else None
        self._stream = self._client.api.logs(self._container, stream=True, follow=True, timestamps=True, since=since)
        rest = b""
        for chunk in self._stream:
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._give(line, seen)
            if len(rest) > MAX_LINE * 4:
                self._give(rest, seen)
                rest = b""
            if self._closed.is_set():
                return
        if rest:
            self._give(rest, seen)

    def _give(self, raw: bytes, seen: Counter[bytes]) -> None:
        """Gives a line unless the stream before had it. Stamps of two outputs are not in order: none is too old."""
        if seen[raw] > 0:
            seen[raw] -= 1
            return
        at, _, text = raw.decode("utf-8", "replace").partition(" ")
        if at[:19] > self._newest[:19]:
            kept = _seconds(at) - 2
            self._given = Counter({line: n for line, n in self._given.items() if _seconds(line[:19].decode()) >= kept})
        self._newest = max(self._newest, at)
        self._first = self._first or at
        self._given[raw] += 1
        self._sink(LogLine(at[:23] + "Z" if len(at) > 23 else at, text.rstrip("\r")[:MAX_LINE]))


def _seconds(stamp: str) -> float:
    """The engine's stamp (`2025-11-01T10:00:00.123456789Z`) in seconds since the epoch, 0 for what is none."""
    with contextlib.suppress(ValueError):
        return datetime.fromisoformat(stamp[:19] + "+00:00").timestamp()
    return 0.0
