"""End-to-end tests of the service, against the running stack.

STACK_SERVICE_URL, STACK_REDIS_URL say where it is.
"""

from __future__ import annotations

import json
import os
import time
import urllib.request
import uuid
from collections.abc import Iterator

import pytest
from redis import Redis

pytestmark = pytest.mark.e2e
NAME = "quotes"
SERVICE_URL = os.environ.get("STACK_SERVICE_URL", "")
REDIS_URL = os.environ.get("STACK_REDIS_URL", "")
OUTPUT_CHANNELS = ("quotes",)
CHANNEL = "quotes.in"
SECONDS = 15.0


@pytest.fixture(autouse=True)
def running_service() -> None:
    """Without a service there is nothing to test."""
    if not SERVICE_URL:
        pytest.skip("STACK_SERVICE_URL is not set: no running service to test")


def test_health_is_ok() -> None:
    """Every dependency answers."""
    with urllib.request.urlopen(SERVICE_URL + "/health", timeout=10) as answer:
        body = json.load(answer)
    assert body["service"] == NAME
    assert body["status"] == "ok"


def test_metrics_are_served() -> None:
    """Prometheus can read them."""
    with urllib.request.urlopen(SERVICE_URL + "/metrics", timeout=10) as answer:
        assert "# HELP" in answer.read().decode()


@pytest.fixture
def redis() -> Iterator[Redis]:
    """The stack's Redis."""
    if not REDIS_URL:
        pytest.skip("STACK_REDIS_URL is not set: no Redis to send through")
    with Redis.from_url(REDIS_URL) as made:
        yield made


def send(redis: Redis) -> str:
    """Publish an event with an id of its own."""
    event = {
        "id": f"e2e-{uuid.uuid4()}",
        "time": "2026-01-01T00:00:00+00:00",
        "symbol": "probe",
        "value": 1.5,
    }
    redis.publish(CHANNEL, json.dumps(event))
    return str(event["id"])


def test_an_event_comes_out_with_its_id(redis: Redis) -> None:
    """In on an input channel, out on an output channel."""
    with redis.pubsub(  # type: ignore[no-untyped-call]
        ignore_subscribe_messages=True
    ) as pubsub:
        pubsub.subscribe(*OUTPUT_CHANNELS)
        pubsub.get_message(timeout=5)
        sent = send(redis)
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            message = pubsub.get_message(timeout=1)
            if message and json.loads(message["data"])["id"] == sent:
                return
    pytest.fail(f"no result of event {sent} within {SECONDS} s")
