from __future__ import annotations

import threading
import time
import uuid

import pytest
import redis
from core.bus import Bus


@pytest.mark.integration
def test_answers_on_the_output_channel(redis_client: redis.Redis) -> None:
    bus = Bus(redis_client, lambda raw: raw.upper())
    thread = threading.Thread(target=bus.run)
    thread.start()
    try:
        assert bus.subscribed.wait(5)
        assert bus.state() == "ok"
        token = uuid.uuid4().hex
        with redis_client.pubsub(ignore_subscribe_messages=True) as listener:
            listener.subscribe("signals")
            listener.get_message(timeout=2)
            redis_client.publish("market_data", token)
            assert first(listener, token.upper())
    finally:
        bus.stop()
        thread.join(5)


def first(listener: redis.client.PubSub, wanted: str) -> bool:
    end = time.monotonic() + 5
    while time.monotonic() < end:
        message = listener.get_message(timeout=0.2)
        if message and message["data"] == wanted:
            return True
    return False
