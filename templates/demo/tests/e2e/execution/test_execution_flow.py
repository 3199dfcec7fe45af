from __future__ import annotations

import json
import time
import urllib.request
import uuid

import pytest
import redis

pytestmark = pytest.mark.e2e


def get(url: str) -> dict[str, object]:
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
        return json.load(answer)


def test_health(service_url: str) -> None:
    assert get(f"{service_url}/health")["status"] == "ok"


def test_an_order_becomes_a_trade(service_url: str, redis_client: redis.Redis) -> None:
    token = uuid.uuid4().hex
    order = {"id": token, "time": "t", "symbol": "ETHUSDT", "side": "buy", "quantity": 1, "approved": True}
    with redis_client.pubsub(ignore_subscribe_messages=True) as listener:
        listener.subscribe("order_results")
        listener.get_message(timeout=2)
        redis_client.publish("orders", json.dumps(order))
        end = time.monotonic() + 5
        seen = {}
        while token not in seen and time.monotonic() < end:
            message = listener.get_message(timeout=0.2)
            if message:
                event = json.loads(message["data"])
                seen[event["id"]] = event["status"]
    assert seen.get(token) == "filled"
    assert token in [trade["event_id"] for trade in get(f"{service_url}/trades")["trades"]]
