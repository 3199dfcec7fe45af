"""What becomes of the handler's results: stored first, then published.

A result is kept until both are done. It goes out twice when the connection breaks while it is sent.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Protocol

from redis import Redis
from redis.exceptions import RedisError

from .config import SERVICE
from .link import Backoff, one_line
from .models import FIELD, OutputEvent, channel_of, dump
from .store import StoreDownError
from .telemetry import Metrics

logger = logging.getLogger(SERVICE + ".delivery")
DEAD_LETTERS = f"{SERVICE}.dead"  # a Redis stream: what can never be used, with the reason
MOST_DEAD_LETTERS = 10_000
MOST_ENTRIES = 1_000_000  # of an output stream; the oldest make room for newer ones


class Rows(Protocol):
    """What the outbox asks of the store."""

    def save(self, events: Sequence[OutputEvent]) -> dict[str, str]:
        """Store them. Returns the refused ids with reasons; raises `StoreDownError`."""

    def check(self) -> None:
        """Look whether the server answers."""


class Outbox:
    """What is on its way out. `trouble`: why Redis did not take it, empty when it did."""

    def __init__(self, redis: Redis, metrics: Metrics, store: Rows) -> None:
        self._redis = redis
        self._alone: Redis | None = None
        self._metrics = metrics
        self._store = store
        self._unstored: list[OutputEvent] = []
        self._unsent: list[OutputEvent] = []
        self._letters: list[tuple[bytes, str]] = []
        self._backoff = Backoff()
        self._retry_at = 0.0
        self.trouble = ""

    def __len__(self) -> int:
        return len(self._unstored) + len(self._unsent) + len(self._letters)

    def add(self, event: OutputEvent) -> None:
        """Take a result."""
        self._unstored.append(event)

    def bury(self, payload: bytes, reason: str) -> None:
        """Take what can never be used: it is kept where a person can look at it."""
        self._letters.append((payload, reason))

    def wait(self) -> float:
        """Return for how many seconds it is too early to try again."""
        return max(0.0, self._retry_at - time.monotonic())

    def deliver(self) -> None:
        """Send everything on its way, unless it is too early; what fails stays."""
        self._store.check()
        if not self or self.wait() > 0:
            return
        try:
            self._save()
            self._send()
        except StoreDownError as error:
            self._retry_at = time.monotonic() + self._backoff.pause("postgres", one_line(error))
        except (RedisError, OSError) as error:
            self.trouble = one_line(error)
            self._retry_at = time.monotonic() + self._backoff.pause("redis", self.trouble)
        else:
            self.trouble = ""
            self._backoff.reset()

    def _save(self) -> None:
        if not self._unstored:
            return
        refused = self._store.save(self._unstored)
        for event in self._unstored:
            if event.id in refused:
                self._metrics.failed("none", "store")
                logger.error("not stored: %s", refused[event.id], extra={"event": event.id})
                self.bury(dump(event), refused[event.id])
            else:
                self._unsent.append(event)
        self._metrics.stored(len(self._unstored) - len(refused))
        self._unstored.clear()

    def _send(self) -> None:
        if len(self) == 1:
            self._put(self._one())
        else:
            with self._redis.pipeline(transaction=False) as pipeline:
                self._put(pipeline)
                pipeline.execute()
        for event in self._unsent:
            self._metrics.published(channel_of(event))
        self._unsent.clear()
        self._letters.clear()

    def _one(self) -> Redis:
        """Return what sends one command: a connection kept for it costs half of a pool."""
        if self._alone is None:
            self._alone = self._redis.client()  # type: ignore[no-untyped-call]
        return self._alone

    def _put(self, redis: Redis) -> None:
        for event in self._unsent:
            redis.xadd(
                channel_of(event), {FIELD: dump(event)}, maxlen=MOST_ENTRIES, approximate=True
            )
        for payload, reason in self._letters:
            redis.xadd(DEAD_LETTERS, {"event": payload, "reason": reason}, maxlen=MOST_DEAD_LETTERS)
