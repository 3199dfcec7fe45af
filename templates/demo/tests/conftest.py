"""What the integration and e2e tests need from outside; without it they skip and say what is missing."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import redis


def _outside(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        pytest.skip(f"{name} is not set")
    return value


@pytest.fixture
def redis_client() -> Iterator[redis.Redis]:
    """A client of the stack's Redis."""
    with redis.Redis.from_url(_outside("STACK_REDIS_URL"), decode_responses=True) as client:
        yield client


@pytest.fixture
def postgres_dsn() -> str:
    """The stack's database."""
    return _outside("STACK_POSTGRES_DSN")


@pytest.fixture
def service_url() -> str:
    """Where the service under test answers."""
    return _outside("STACK_SERVICE_URL").rstrip("/")
