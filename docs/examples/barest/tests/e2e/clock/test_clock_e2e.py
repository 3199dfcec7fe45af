"""End-to-end tests of the service, against the running stack.

STACK_SERVICE_URL says where it is.
"""

from __future__ import annotations

import json
import os
import urllib.request

import pytest

pytestmark = pytest.mark.e2e
NAME = "clock"
SERVICE_URL = os.environ.get("STACK_SERVICE_URL", "")


@pytest.fixture(autouse=True)
def running_service() -> None:
    """Without a service there is nothing to test."""
    if not SERVICE_URL:
        pytest.skip("STACK_SERVICE_URL is not set: no running service to test")


def test_health_is_ok() -> None:
    """Every dependency answers."""
    with urllib.request.urlopen(SERVICE_URL + "/health", timeout=10) as answer:
        body = json.load(answer)
    assert body["service"] == NAME
    assert body["status"] == "ok"


def test_metrics_are_served() -> None:
    """Prometheus can read them."""
    with urllib.request.urlopen(SERVICE_URL + "/metrics", timeout=10) as answer:
        assert "# HELP" in answer.read().decode()
