from __future__ import annotations

import queue
import threading

import pytest
import redis
from ws.bus import Bus
from ws.models import INPUT_CHANNELS


@pytest.mark.integration
def test_hears_every_channel(redis_client: redis.Redis) -> None:
    heard: queue.Queue[tuple[str, str]] = queue.Queue()
    bus = Bus(redis_client, lambda channel, raw: heard.put((channel, raw)))
    thread = threading.Thread(target=bus.run)
    thread.start()
    try:
        assert bus.subscribed.wait(5)
        for channel in INPUT_CHANNELS:
            redis_client.publish(channel, "hello")
        assert {heard.get(timeout=5)[0] for _ in INPUT_CHANNELS} == set(INPUT_CHANNELS)
    finally:
        bus.stop()
        thread.join(5)
