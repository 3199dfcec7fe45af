"""Integration tests of the service's bus, against the Redis of STACK_REDIS_URL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

import pytest
from redis import Redis

from market.bus import Bus
from market.config import SERVICE
from market.link import RedisLink
from market.models import OutputEvent
from market.telemetry import Metrics

pytestmark = pytest.mark.integration
URL = os.environ.get("STACK_REDIS_URL", "")


class Running:
    """A bus at work, and what its handler saw."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self.metrics = Metrics()
        self._others = {client["id"] for client in redis.client_list()}
        place = urlsplit(URL)
        password = unquote(place.password or "")
        link = RedisLink(
            place.hostname or "localhost",
            place.port or 6379,
            password=(lambda: password) if password else None,
        )
        self.bus = Bus(link, self.handle, self.metrics)

    def handle(self) -> OutputEvent | None:
        """Nothing comes in."""
        return None

    def connections(self) -> list[dict[str, str]]:
        """The bus's connections as the server lists them."""
        clients: list[dict[str, str]] = self.redis.client_list()
        return [c for c in clients if c["name"] == SERVICE and c["id"] not in self._others]


@pytest.fixture
def running() -> Iterator[Running]:
    """A started bus that is subscribed."""
    if not URL:
        pytest.skip("STACK_REDIS_URL is not set: no Redis to test against")
    with Redis.from_url(URL) as redis:
        made = Running(redis)
        made.bus.start()
        assert made.bus.wait_ready(10), "the bus did not get ready"
        yield made
        made.bus.stop()


def test_the_connection_is_named_and_healthy(running: Running) -> None:
    """CLIENT LIST shows the service."""
    assert running.bus.health() == "ok"
    assert running.connections()
