import os

import pytest

pytestmark = pytest.mark.integration


@pytest.mark.skipif(not os.environ.get("REDIS_URL"), reason="REDIS_URL is not set")
def test_redis_answers():
    import redis

    assert redis.Redis.from_url(os.environ["REDIS_URL"]).ping()
