"""Listens to the commands that Redis gets since before the service starts: `CLIENT LIST` names no stream and list."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from wizard.values.lean import dataclass
from wizard.values.live import Endpoint
from wizard.verify.overheard.commands import Deed, deeds

if TYPE_CHECKING:
    from redis import Redis

ALONE, IN_USE = 300_000, 20_000
"""Commands that are listened to: what goes on beside a busy server costs it something, so that it ends by itself."""
_KEPT = 5_000
_PAUSE = 0.1


@dataclass(frozen=True, slots=True)
class Listened:
    """What was heard of one thing that a connection does. `at`: the moment of the last time; `times`: how often."""

    deed: Deed
    at: float
    times: int


class Overheard:
    """A connection that listens in a thread of its own until it is closed, has heard enough, or the server goes away.

    `whole`: it missed nothing since it began. `there`: the addresses that were connected by then; what those did
    before, a subscription for example, nobody heard.
    """

    def __init__(self, client: Redis, most: int) -> None:
        self._client, self._left = client, most
        self._connection: Any = None
        self._lock = threading.Lock()
        self._heard: dict[Deed, tuple[float, int]] = {}
        self._closed = threading.Event()
        self.began = time.monotonic()
        self.whole = False
        self.there: frozenset[str] = frozenset()
        self._thread = threading.Thread(target=self._listen, name="verify overheard", daemon=True)

    def start(self) -> None:
        """Begins to listen; returns once the server has said that it does. Raises what redis-py raises."""
        monitor: Any = self._client.monitor()  # type: ignore[no-untyped-call]
        self._connection = monitor.connection
        monitor.__enter__()  # its own reading of lines loses where one word ends
        self.began, self.whole = time.monotonic(), True
        self.there = frozenset(str(one["addr"]) for one in self._client.client_list())
        self._thread.start()

    def close(self) -> None:
        """Ends it; may be called twice."""
        self._closed.set()
        if self._thread.is_alive():
            self._thread.join(5.0)
        else:
            self._client.close()
        self.whole = False

    def knows(self, addresses: Iterable[str]) -> bool:
        """Tells whether it heard all that these connections ever did: they came after it began, and it goes on."""
        return self.whole and self.there.isdisjoint(addresses)

    def heard(self) -> tuple[Listened, ...]:
        """Returns all that was heard, each thing with its last time."""
        with self._lock:
            return tuple(Listened(deed, at, times) for deed, (at, times) in self._heard.items())

    def _listen(self) -> None:
        import redis

        with contextlib.suppress(redis.exceptions.RedisError, OSError, ValueError):
            while not self._closed.is_set() and self._left > 0:
                if self._connection.can_read(_PAUSE):
                    self._take(self._connection.read_response(disable_decoding=True))
        self.whole = False
        with contextlib.suppress(redis.exceptions.RedisError, OSError):
            self._connection.disconnect()
            self._client.close()

    def _take(self, line: object) -> None:
        self._left -= 1
        found = deeds(line if isinstance(line, bytes) else str(line).encode())
        if not found:
            return
        now = time.monotonic()
        with self._lock:
            for deed in found:
                _, times = self._heard.get(deed, (now, 0))
                self._heard[deed] = (now, times + 1)
            if len(self._heard) > _KEPT:
                self._left = 0


def overhear(at: Endpoint, limit: float, *, alone: bool) -> Overheard | None:
    """Begins to listen to a server; None where it does not let the wizard. `alone`: it serves nobody but this run."""
    import redis

    from wizard.verify.redis_link import client_of

    listener = Overheard(client_of(at, limit), ALONE if alone else IN_USE)
    try:
        listener.start()
    except (redis.exceptions.RedisError, OSError):
        listener.close()
        return None
    return listener
