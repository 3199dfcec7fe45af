from __future__ import annotations

import json
import time
import urllib.request
import uuid

import pytest
import redis

pytestmark = pytest.mark.e2e


def test_health(service_url: str) -> None:
    with urllib.request.urlopen(f"{service_url}/health", timeout=5) as answer:  # noqa: S310
        assert json.load(answer)["service"] == "core"


def test_a_price_becomes_a_signal(service_url: str, redis_client: redis.Redis) -> None:
    event = {"id": uuid.uuid4().hex, "time": "2025-12-01T10:00:00+00:00", "symbol": "BTCUSDT", "price": 1, "change": 2}
    with redis_client.pubsub(ignore_subscribe_messages=True) as listener:
        listener.subscribe("signals")
        listener.get_message(timeout=2)
        redis_client.publish("market_data", json.dumps(event))
        end = time.monotonic() + 5
        while time.monotonic() < end:
            message = listener.get_message(timeout=0.2)
            if message and json.loads(message["data"])["id"] == event["id"]:
                return
    pytest.fail("no signal within 5 s")
