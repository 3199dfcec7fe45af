"""Unit tests of the service's HTTP side."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from signals.service import create_app
from signals.telemetry import Metrics

pytestmark = pytest.mark.unit
NAME = "signals"


def client_with(server: str) -> FlaskClient:
    """The app with a dependency in the given state."""
    return create_app({"server": lambda: server}, Metrics()).test_client()


def test_health_is_ok_when_every_dependency_answers() -> None:
    """200 with the service's name."""
    answer = client_with("ok").get("/health")
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["service"] == NAME
    assert answer.json["status"] == "ok"


def test_health_names_the_dependency_that_is_down() -> None:
    """503 with the reason."""
    answer = client_with("down: no route").get("/health")
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["status"] == "degraded"
    assert answer.json["dependencies"] == {"server": "down: no route"}


def test_it_is_ready_when_it_is_healthy() -> None:
    """Two names of one answer."""
    assert client_with("ok").get("/readyz").json == client_with("ok").get("/health").json
    assert client_with("down: no route").get("/readyz").status_code == 503


@pytest.mark.parametrize(("turns", "code", "status"), [(True, 200, "ok"), (False, 503, "stuck")])
def test_a_loop_that_does_not_turn_is_said(turns: bool, code: int, status: str) -> None:
    """Whatever its dependencies do."""
    checks = {"server": lambda: "down: no route"}
    answer = create_app(checks, Metrics(), lambda: turns).test_client().get("/livez")
    assert answer.status_code == code
    assert answer.json == {"status": status, "service": NAME}
    assert create_app(checks, Metrics()).test_client().get("/livez").status_code == 200


def test_metrics_count_requests_by_route() -> None:
    """The label is the route template, never the path as asked."""
    client = client_with("ok")
    client.get("/health")
    client.get("/no/such/page")
    text = client.get("/metrics").text
    assert 'http_requests_total{method="GET",route="/health",status="200"} 1.0' in text
    assert 'http_requests_total{method="GET",route="unmatched",status="404"} 1.0' in text
    assert 'dependency_up{dependency="server"} 1.0' in text
    text = client_with("down: no route").get("/metrics").text
    assert 'dependency_up{dependency="server"} 0.0' in text
