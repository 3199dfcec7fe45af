import os

import pytest

redis = pytest.importorskip("redis")
pytestmark = [pytest.mark.integration, pytest.mark.skipif("REDIS_HOST" not in os.environ, reason="REDIS_HOST fehlt")]


def test_ping():
    client = redis.Redis(host=os.environ["REDIS_HOST"], password=os.environ.get("REDIS_PASSWORD"))
    assert client.ping()
