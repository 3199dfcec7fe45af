"""End-to-end tests of the service, against the running stack.

STACK_SERVICE_URL, STACK_REDIS_URL and STACK_POSTGRES_DSN say where it is.
"""

from __future__ import annotations

import json
import os
import time
import urllib.request
import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from redis import Redis

pytestmark = pytest.mark.e2e
NAME = "signals"
SERVICE_URL = os.environ.get("STACK_SERVICE_URL", "")
REDIS_URL = os.environ.get("STACK_REDIS_URL", "")
OUTPUT_CHANNELS = ("signal_scores", "signal_alarms")
POSTGRES_DSN = os.environ.get("STACK_POSTGRES_DSN", "")
TABLE = "signal_scores"
COUNT = f"SELECT (SELECT count(*) FROM {TABLE} WHERE event_id = %s), pg_sleep(0.1)"
CHANNEL = "market_data"
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
    """Add an event with an id of its own."""
    event = {
        "id": f"e2e-{uuid.uuid4()}",
        "time": "2026-01-01T00:00:00+00:00",
        "symbol": "probe",
        "price": 1.5,
        "volume": 1.5,
    }
    redis.xadd(CHANNEL, {"event": json.dumps(event)})
    return str(event["id"])


def test_an_event_comes_out_with_its_id(redis: Redis) -> None:
    """In on an input stream, out on an output stream, from which it is taken away again."""
    last: dict[Any, Any] = {}
    for stream in OUTPUT_CHANNELS:
        newest: Any = redis.xrevrange(stream, count=1)
        last[stream] = newest[0][0] if newest else "0"
    sent = send(redis)
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        found: Any = redis.xread(last, count=100, block=1000)
        for name, entries in found:
            for entry, fields in entries:
                last[name.decode()] = entry
                if json.loads(fields[b"event"])["id"] == sent:
                    redis.xdel(name, entry)
                    return
    pytest.fail(f"no result of event {sent} within {SECONDS} s")


def test_an_event_becomes_a_row(redis: Redis) -> None:
    """Written once, with the id of the event."""
    if not POSTGRES_DSN:
        pytest.skip("STACK_POSTGRES_DSN is not set: no PostgreSQL to look into")
    with psycopg.connect(POSTGRES_DSN, autocommit=True) as connection:
        sent = send(redis)
        deadline = time.monotonic() + SECONDS
        found = 0
        while not found and time.monotonic() < deadline:
            row = connection.execute(COUNT, [sent]).fetchone()
            found = int(row[0]) if row else 0
        assert found == 1, f"{found} rows of event {sent} within {SECONDS} s"
        connection.execute(f"DELETE FROM {TABLE} WHERE event_id = %s", [sent])
