from __future__ import annotations

import json
import time
import urllib.request
import uuid

import psycopg
import pytest
import redis


@pytest.mark.e2e
def test_health(service_url: str) -> None:
    with urllib.request.urlopen(f"{service_url}/health", timeout=5) as answer:  # noqa: S310
        assert json.load(answer)["dependencies"] == {"redis": "ok", "postgres": "ok"}


@pytest.mark.e2e
def test_a_signal_becomes_an_order_and_a_row(service_url: str, redis_client: redis.Redis, postgres_dsn: str) -> None:
    token = uuid.uuid4().hex
    signal = {"id": token, "time": "t", "symbol": "BTCUSDT", "side": "buy", "strength": 1, "price": 5}
    with redis_client.pubsub(ignore_subscribe_messages=True) as listener:
        listener.subscribe("orders")
        listener.get_message(timeout=2)
        redis_client.publish("signals", json.dumps(signal))
        end = time.monotonic() + 5
        ids = set()
        while token not in ids and time.monotonic() < end:
            message = listener.get_message(timeout=0.2)
            if message:
                ids.add(json.loads(message["data"])["id"])
    assert token in ids
    with psycopg.connect(postgres_dsn) as connection:
        row = connection.execute("SELECT approved FROM risk_decisions WHERE event_id = %s", (token,)).fetchone()
    assert row == (True,)
