"""Integration tests of the service's bus, against the Redis of STACK_REDIS_URL."""

from __future__ import annotations

import json
import os
import queue
import time
import uuid
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

import pytest
from redis import Redis

from quotes import logic
from quotes.bus import Bus
from quotes.config import SERVICE
from quotes.link import RedisLink
from quotes.models import OUTPUT_CHANNELS, InputEvent, OutputEvent
from quotes.telemetry import Metrics

pytestmark = pytest.mark.integration
URL = os.environ.get("STACK_REDIS_URL", "")
CHANNEL = "quotes.in"
SECONDS = 15.0


class Running:
    """A bus at work, and what its handler saw."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self.seen: queue.Queue[InputEvent] = queue.Queue()
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

    def handle(self, event: InputEvent) -> OutputEvent | None:
        """The service's own logic, watched."""
        self.seen.put(event)
        return logic.handle(event)

    def connections(self) -> list[dict[str, str]]:
        """The bus's connections as the server lists them."""
        clients: list[dict[str, str]] = self.redis.client_list()
        return [c for c in clients if c["name"] == SERVICE and c["id"] not in self._others]

    def send(self) -> str:
        """Publish an event and return its id."""
        event = {
            "id": f"test-{uuid.uuid4()}",
            "time": "2026-01-01T00:00:00+00:00",
            "symbol": "probe",
            "value": 1.5,
        }
        self.redis.publish(CHANNEL, json.dumps(event))
        return str(event["id"])

    def arrives(self) -> bool:
        """Send until one event reached the handler: pub/sub may lose those sent meanwhile."""
        sent = set()
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            sent.add(self.send())
            try:
                if self.seen.get(timeout=0.25).id in sent:
                    return True
            except queue.Empty:
                continue
        return False


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


def test_a_bad_message_is_counted_and_the_next_one_handled(running: Running) -> None:
    """The loop does not die of what others send."""
    for payload in (b"no json", b"\xff\xfe", b"{}"):
        running.redis.publish(CHANNEL, payload)
    assert running.arrives()
    labels = {"channel": CHANNEL, "reason": "invalid"}
    assert running.metrics.registry.get_sample_value("messages_failed_total", labels) == 3


def test_it_reads_again_after_its_connections_were_dropped(running: Running) -> None:
    """As after a restart of Redis."""
    assert running.arrives()
    for client in running.connections():
        running.redis.client_kill_filter(_id=client["id"])
    assert running.arrives()


def test_stopping_finishes_what_was_received(running: Running) -> None:
    """No event that reached the service is lost by a stop."""
    sent = {running.send() for _ in range(20)}
    running.bus.stop()
    seen = {running.seen.get_nowait().id for _ in range(running.seen.qsize())}
    assert sent <= seen


def test_the_result_is_published_with_the_id_of_the_event(running: Running) -> None:
    """From the input channel to an output channel."""
    with running.redis.pubsub(  # type: ignore[no-untyped-call]
        ignore_subscribe_messages=True
    ) as pubsub:
        pubsub.subscribe(*OUTPUT_CHANNELS)
        pubsub.get_message(timeout=5)
        sent = running.send()
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            message = pubsub.get_message(timeout=1)
            if message and json.loads(message["data"])["id"] == sent:
                return
    pytest.fail(f"no result of event {sent} within {SECONDS} s")


def test_what_is_not_read_in_time_is_counted(running: Running) -> None:
    """Whatever the loop gives up stands in a metric."""
    before = running.metrics.registry.get_sample_value("redis_disconnects_total") or 0.0
    assert running.arrives()
    for client in running.connections():
        running.redis.client_kill_filter(_id=client["id"])
    assert running.arrives()
    assert (running.metrics.registry.get_sample_value("redis_disconnects_total") or 0.0) > before
