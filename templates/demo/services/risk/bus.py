"""Redis pub/sub that survives a Redis restart. redis-py alone ends the subscription silently."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from .config import Settings
from .models import INPUT_CHANNELS, OUTPUT_CHANNELS

log = logging.getLogger(__name__)

FIRST_DELAY = 0.2
LONGEST_DELAY = 10.0


def connect(settings: Settings) -> redis.Redis:
    """A client under the service's name; `CLIENT LIST` shows it. Retries are the bus's own business."""
    return redis.Redis(
        host=settings.redis_host,
        port=settings.redis_port,
        password=settings.redis_password.get_secret_value(),
        client_name="risk",
        decode_responses=True,
        socket_connect_timeout=2,
        socket_timeout=5,
        socket_keepalive=True,
        retry=Retry(NoBackoff(), 0),
    )


class Bus:
    """Listens on INPUT_CHANNELS, publishes what the handler returns on OUTPUT_CHANNELS."""

    def __init__(self, client: redis.Redis, on_message: Callable[[str], str | None]) -> None:
        self._client = client
        self._on_message = on_message
        self._stop = threading.Event()
        self._delay = FIRST_DELAY
        self.subscribed = threading.Event()

    def run(self) -> None:
        """Listen until `stop`, again and again, with a growing pause while Redis is away."""
        while not self._stop.is_set():
            try:
                self._listen()
            except redis.RedisError as error:
                self.subscribed.clear()
                log.warning("redis is away, next try in %.1f s: %s", self._delay, error)
                self._stop.wait(self._delay)
                self._delay = min(self._delay * 2, LONGEST_DELAY)

    def stop(self) -> None:
        """End `run` within a second."""
        self._stop.set()

    def state(self) -> str:
        """`ok`, or `down: ` with the reason."""
        try:
            self._client.ping()
        except redis.RedisError as error:
            return f"down: {error}"
        return "ok" if self.subscribed.is_set() else "down: not subscribed"

    def _listen(self) -> None:
        with self._client.pubsub(ignore_subscribe_messages=True) as pubsub:
            pubsub.subscribe(*INPUT_CHANNELS)
            self.subscribed.set()
            self._delay = FIRST_DELAY
            while not self._stop.is_set():
                message = pubsub.get_message(timeout=0.5)
                if message is not None:
                    self._answer(message["data"])

    def _answer(self, raw: str) -> None:
        answer = self._on_message(raw)
        if answer is not None:
            for channel in OUTPUT_CHANNELS:
                self._client.publish(channel, answer)
