import os

import pytest


@pytest.mark.integration
def test_the_group_can_be_made_twice():
    if "REDIS_HOST" not in os.environ:
        pytest.skip("REDIS_HOST is not set")
    from common.redis_helper import ensure_group, get_redis

    client = get_redis("test")
    ensure_group(client, "test.scans", "g")
    ensure_group(client, "test.scans", "g")
