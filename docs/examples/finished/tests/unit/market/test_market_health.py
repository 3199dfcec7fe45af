"""Unit tests of the service's HTTP side."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from market import wiring as wiring_module
from market.config import ConfigError, Settings
from market.wiring import Stack, attach, serve

pytestmark = pytest.mark.unit
NAME = "market"


def client_with(server: str) -> FlaskClient:
    """The app with a dependency in the given state."""
    app = Flask("under_test")
    stack = attach(app)
    stack.checks = {"server": lambda: server}
    app.add_url_rule("/health", view_func=stack.answer)
    return app.test_client()


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


def test_a_service_that_is_well_answers_for_itself() -> None:
    """Nothing is put before the service's own answer."""
    app = Flask("under_test")
    stack = attach(app)
    with app.app_context():
        stack.checks = {"server": lambda: "ok"}
        assert stack.degraded() is None
        stack.checks = {"server": lambda: "down: no route"}
        answer = stack.degraded()
    assert answer is not None
    assert answer.status_code == 503


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


class Serving:
    """Parts that only say what is done with them, and an app that is served by them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.done: list[str] = []
        self.listening = True
        self.early = False
        self.app = Flask("under_test")
        attach(self.app)
        fields = Settings.model_fields.items()
        defaults = {name: field.get_default() for name, field in fields}
        settings = Settings.model_construct(**defaults)
        monkeypatch.setattr(wiring_module, "_settings", lambda: settings)
        monkeypatch.setattr(wiring_module, "create_server", self.listen)
        monkeypatch.setattr(Stack, "start", lambda *_: self.done.append("started"))
        monkeypatch.setattr(Stack, "stop", lambda _: self.done.append("finished"))
        monkeypatch.setattr("signal.signal", lambda *_: self.done.append("SIGTERM is heard"))

    def listen(self, app: object, *, listen: str, **more: object) -> SimpleNamespace:
        """Return the server, or fail as one does whose port is taken."""
        assert app is self.app
        assert more == {"ipv6": False, "threads": 4, "ident": NAME}
        if not self.listening:
            raise OSError("address in use")
        self.done.append(listen)
        return SimpleNamespace(run=self.serve, close=lambda: self.done.append("closed"))

    def serve(self) -> None:
        """Return at once, as at SIGTERM, or leave as SIGTERM does before the server runs."""
        self.done.append("served")
        if self.early:
            raise SystemExit(0)

    def code(self) -> object:
        """Serve, and return the exit code."""
        with pytest.raises(SystemExit) as ended:
            serve(self.app)
        return ended.value.code


def test_it_is_served_once_and_ends_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """By one server, and it connects when it has its port."""
    serving = Serving(monkeypatch)
    assert serving.code() == 0
    assert serving.done == [
        "SIGTERM is heard",
        "*:8005",
        "started",
        "served",
        "finished",
        "closed",
    ]


def test_sigterm_before_it_serves_ends_it_as_one_that_comes_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Everything that was begun is ended."""
    serving = Serving(monkeypatch)
    serving.early = True
    assert serving.code() == 0
    assert serving.done[-1] == "closed"


def test_a_port_that_is_taken_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """And nothing was started."""
    serving = Serving(monkeypatch)
    serving.listening = False
    assert serving.code() == 1
    assert serving.done == ["SIGTERM is heard"]
    assert "cannot listen on port 8005: address in use" in caplog.text


def test_a_loop_that_died_is_no_success(monkeypatch: pytest.MonkeyPatch) -> None:
    """An orchestrator starts the process again."""
    monkeypatch.setattr(Stack, "died", True)
    serving = Serving(monkeypatch)
    assert serving.code() == 1
    serving.early = True
    assert serving.code() == 1


def test_what_is_wrong_with_the_settings_is_said_before_it_ends(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A line each, and no traceback."""

    def lacking() -> Settings:
        raise ConfigError(["variable A is not set", "variable B is not set"])

    monkeypatch.setattr(wiring_module, "load", lacking)
    monkeypatch.setattr(wiring_module, "setup_logging", lambda _: None)
    with pytest.raises(SystemExit) as ended:
        serve(Flask("under_test"))
    assert ended.value.code == 1
    said = [record.getMessage() for record in caplog.records if record.levelname == "CRITICAL"]
    assert said == ["variable A is not set", "variable B is not set"]
