"""Integration tests of the service's bus, against the Redis of STACK_REDIS_URL.

They work in its database 15: a group of consumers shares its entries, and those of the running
service are not the tests' to take.
"""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from redis import Redis

from signals import logic
from signals.bus import GROUP, Bus
from signals.config import SERVICE
from signals.delivery import DEAD_LETTERS
from signals.link import RedisLink
from signals.models import FIELD, INPUT_CHANNELS, OUTPUT_CHANNELS, InputEvent, OutputEvent
from signals.telemetry import Metrics

pytestmark = pytest.mark.integration
URL = os.environ.get("STACK_REDIS_URL", "")
DATABASE = 15
STREAM = INPUT_CHANNELS[0]
SECONDS = 15.0


class Kept:
    """A store that only remembers."""

    def __init__(self) -> None:
        self.events: list[OutputEvent] = []

    def save(self, events: Sequence[OutputEvent]) -> dict[str, str]:
        """Refuse nothing."""
        self.events += events
        return {}

    def check(self) -> None:
        """It is always there."""


class Running:
    """Buses of one group, and what their handlers saw."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self.seen: list[str] = []
        self.store = Kept()
        self.buses: list[Bus] = []

    def start(self) -> Bus:
        """Start a bus, as one more replica of the service."""
        place = urlsplit(URL)
        password = unquote(place.password or "")
        link = RedisLink(
            place.hostname or "localhost",
            place.port or 6379,
            password=(lambda: password) if password else None,
            database=DATABASE,
        )
        bus = Bus(link, self.handle, Metrics(), self.store)
        self.buses.append(bus)
        bus.start()
        assert bus.wait_ready(10), "the bus did not get ready"
        return bus

    def handle(self, event: InputEvent) -> OutputEvent | None:
        """The service's own logic, watched."""
        self.seen.append(event.id)
        return logic.handle(event)

    def send(self) -> str:
        """Add an event and return its id."""
        event = {
            "id": f"test-{uuid.uuid4()}",
            "time": "2026-01-01T00:00:00+00:00",
            "symbol": "probe",
            "price": 1.5,
            "volume": 1.5,
        }
        self.redis.xadd(STREAM, {FIELD: json.dumps(event)})
        return str(event["id"])

    def connections(self) -> list[dict[str, str]]:
        """The bus's connections as the server lists them."""
        clients: list[dict[str, str]] = self.redis.client_list()
        return [c for c in clients if c["name"] == SERVICE and c["db"] == str(DATABASE)]

    def finished(self, count: int) -> bool:
        """Wait until so many events were seen and none is unacknowledged."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            if len(self.seen) < count:
                continue  # asked before they were taken, none would be pending either
            found: Any = self.redis.xpending(STREAM, GROUP)
            if not found["pending"]:
                return True
        return False

    def letters(self, count: int) -> list[bytes]:
        """Wait for so many letters and return them."""
        deadline = time.monotonic() + SECONDS
        found: Any = self.redis.xrange(DEAD_LETTERS)
        while len(found) < count and time.monotonic() < deadline:
            found = self.redis.xrange(DEAD_LETTERS)
        return [fields[b"event"] for _, fields in found]


@pytest.fixture
def running() -> Iterator[Running]:
    """Nothing started yet, and nothing left behind."""
    if not URL:
        pytest.skip("STACK_REDIS_URL is not set: no Redis to test against")
    with Redis.from_url(urlsplit(URL)._replace(path=f"/{DATABASE}").geturl()) as redis:
        streams = (*INPUT_CHANNELS, *OUTPUT_CHANNELS, DEAD_LETTERS)
        redis.delete(*streams)
        made = Running(redis)
        yield made
        for bus in made.buses:
            bus.stop()
        redis.delete(*streams)


def test_the_connection_is_named_and_healthy(running: Running) -> None:
    """CLIENT LIST shows the service."""
    bus = running.start()
    assert bus.health() == "ok"
    assert running.connections()


def test_what_came_before_it_started_is_handled(running: Running) -> None:
    """In the order of the stream."""
    sent = [running.send() for _ in range(20)]
    running.start()
    assert running.finished(20)
    assert running.seen == sent
    assert running.store.events


def test_replicas_share_the_events(running: Running) -> None:
    """Each event is handled by one of them."""
    for _ in range(2):
        running.start()
    sent = {running.send() for _ in range(50)}
    assert running.finished(50)
    assert sorted(running.seen) == sorted(sent)


def test_what_cannot_be_used_is_a_letter(running: Running) -> None:
    """The next one is handled."""
    running.redis.xadd(STREAM, {FIELD: b"no json"})
    sent = running.send()
    running.start()
    assert running.finished(1)
    assert running.seen == [sent]
    assert running.letters(1) == [b"no json"]


def test_it_reads_again_after_its_connections_were_dropped(running: Running) -> None:
    """As after a restart of Redis; nothing that was sent meanwhile is lost."""
    running.start()
    for client in running.connections():
        running.redis.client_kill_filter(_id=client["id"])
    sent = running.send()
    assert running.finished(1)
    assert sent in running.seen


def test_the_result_keeps_the_id_of_the_event(running: Running) -> None:
    """From the input stream to an output stream."""
    running.start()
    sent = running.send()
    assert running.finished(1)
    entries: list[Any] = []
    for stream in OUTPUT_CHANNELS:
        found: Any = running.redis.xrange(stream)
        entries += found
    assert [json.loads(fields[FIELD])["id"] for _, fields in entries] == [sent]
