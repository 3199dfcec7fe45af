"""What becomes of the handler's results: published.

A result is kept until that is done. It goes out twice when the connection breaks while it is sent.
"""

from __future__ import annotations

import time

from redis import Redis
from redis.exceptions import RedisError

from .link import Backoff, one_line
from .models import OutputEvent, channel_of, dump
from .telemetry import Metrics


class Outbox:
    """What is on its way out. `trouble`: why Redis did not take it, empty when it did."""

    def __init__(self, redis: Redis, metrics: Metrics) -> None:
        self._redis = redis
        self._alone: Redis | None = None
        self._metrics = metrics
        self._unsent: list[OutputEvent] = []
        self._backoff = Backoff()
        self._retry_at = 0.0
        self.trouble = ""

    def __len__(self) -> int:
        return len(self._unsent)

    def add(self, event: OutputEvent) -> None:
        """Take a result."""
        self._unsent.append(event)

    def wait(self) -> float:
        """Return for how many seconds it is too early to try again."""
        return max(0.0, self._retry_at - time.monotonic())

    def deliver(self) -> None:
        """Send everything on its way, unless it is too early; what fails stays."""
        if not self or self.wait() > 0:
            return
        try:
            self._send()
        except (RedisError, OSError) as error:
            self.trouble = one_line(error)
            self._retry_at = time.monotonic() + self._backoff.pause("redis", self.trouble)
        else:
            self.trouble = ""
            self._backoff.reset()

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

    def _one(self) -> Redis:
        """Return what sends one command: a connection kept for it costs half of a pool."""
        if self._alone is None:
            self._alone = self._redis.client()  # type: ignore[no-untyped-call]
        return self._alone

    def _put(self, redis: Redis) -> None:
        for event in self._unsent:
            redis.publish(channel_of(event), dump(event))
