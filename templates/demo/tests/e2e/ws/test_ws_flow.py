from __future__ import annotations

import json
import time
import urllib.request
import uuid

import pytest
import redis


def get(url: str) -> dict[str, object]:
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
        return json.load(answer)


@pytest.mark.e2e
def test_health(service_url: str) -> None:
    assert get(f"{service_url}/health")["service"] == "ws"


@pytest.mark.e2e
def test_an_order_result_is_shown(service_url: str, redis_client: redis.Redis) -> None:
    token = uuid.uuid4().hex
    redis_client.publish("order_results", json.dumps({"id": token, "time": "t", "symbol": "BTCUSDT"}))
    end = time.monotonic() + 5
    while time.monotonic() < end:
        if token in [event["id"] for event in get(f"{service_url}/events?channel=order_results")["events"]]:
            return
    pytest.fail("not in the feed after 5 s")
