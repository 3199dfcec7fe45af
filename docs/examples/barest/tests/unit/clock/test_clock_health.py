"""Unit tests of the service's HTTP side."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from clock.service import create_app
from clock.telemetry import Metrics

pytestmark = pytest.mark.unit
NAME = "clock"


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


def test_a_question_is_answered() -> None:
    """A JSON object in, a JSON object out."""
    answer = client_with("ok").post("/handle", json={"name": "probe"})
    assert answer.status_code == 200
    assert answer.json == {"name": "probe"}


@pytest.mark.parametrize("body", ["", "[1]", "{", '"text"', "null"])
def test_what_is_no_json_object_is_refused(body: str) -> None:
    """The client is told that it is its own fault."""
    answer = client_with("ok").post("/handle", data=body, content_type="application/json")
    assert answer.status_code == 400


def test_the_process_answers_for_itself() -> None:
    """Whatever its dependencies do."""
    assert client_with("down: no route").get("/livez").status_code == 200
