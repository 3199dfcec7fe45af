"""Unit tests of how the service starts and ends, with stand-ins for all that it is made of."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import SecretStr

from quotes import service as service_module
from quotes.config import ConfigError, Settings
from quotes.service import main, run

pytestmark = pytest.mark.unit


class Parts:
    """What the service is made of, and what was done with it, in order."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.made: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {}
        self.died = False
        self.listening = True
        self.early = False

    def make(self, name: str) -> Callable[..., SimpleNamespace]:
        """Return what stands in for a part and notes how it was made."""

        def part(*given: object, **named: object) -> SimpleNamespace:
            self.made[name] = (given, named)
            return SimpleNamespace(
                start=lambda: self.done.append(f"{name} started"),
                stop=lambda seconds: self.done.append(f"{name} stopped in {seconds:.0f}"),
                close=lambda: self.done.append(f"{name} closed"),
                run=self.serve,
                health=lambda: f"{name} is well",
                alive=lambda: True,
                died=self.died,
            )

        return part

    def serve(self) -> None:
        """Return at once, as at SIGTERM, or leave as SIGTERM does before the server runs."""
        self.done.append("served")
        if self.early:
            raise SystemExit(0)

    def listen(self, app: object, **settings: object) -> object:
        """Return the server, or fail as one does whose port is taken."""
        if not self.listening:
            raise OSError("address in use")
        return self.make("server")(app, **settings)


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Parts]:
    """Every part replaced; the handler of SIGTERM is put back."""
    before = signal.getsignal(signal.SIGTERM)
    made = Parts()
    monkeypatch.setattr(service_module, "create_server", made.listen)
    monkeypatch.setattr(service_module, "Bus", made.make("bus"))
    monkeypatch.setattr(service_module, "RedisLink", made.make("redis"))
    monkeypatch.setattr(service_module, "setup_logging", lambda level: made.done.append(level))
    yield made
    signal.signal(signal.SIGTERM, before)


def settings() -> Settings:
    """The settings as they are when nothing says otherwise."""
    fields = Settings.model_fields.items()
    return Settings.model_construct(**{name: field.get_default() for name, field in fields})


def test_it_starts_serves_and_ends_in_order(parts: Parts) -> None:
    """What depends on another part ends before it."""
    assert run(settings()) == 0
    assert parts.done == [
        "bus started",
        "served",
        "bus stopped in 20",
        "server closed",
    ]


def test_sigterm_before_it_serves_ends_it_as_one_that_comes_later(parts: Parts) -> None:
    """Everything that was begun is ended."""
    parts.early = True
    assert run(settings()) == 0
    assert parts.done[-1] == "server closed"


def test_it_listens_where_the_settings_say(parts: Parts) -> None:
    """On every address, in a few threads."""
    run(settings())
    (app,), named = parts.made["server"]
    assert named == {
        "listen": "*:8008",
        "ipv6": False,
        "threads": 4,
        "ident": "quotes",
    }
    answer = app.test_client().get("/health")
    assert answer.json["dependencies"] == {
        "redis": "bus is well",
    }
    assert app.test_client().get("/livez").status_code == 200
    assert 'build_info{python="3.' in app.test_client().get("/metrics").text


def test_redis_is_where_the_settings_say(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """With user, database and TLS; the password is read when it is needed."""
    found = SimpleNamespace(redis_password=SecretStr("s3cret"))
    monkeypatch.setattr(service_module, "load_secrets", lambda: found)
    run(settings())
    given, named = parts.made["redis"]
    assert given == ("cdb_redis", 6379)
    assert (named["user"], named["database"], named["tls"]) == (None, 0, False)
    assert named["password"]() == "s3cret"
    assert parts.made["bus"][1]["on_death"] is service_module._end


def test_a_port_that_is_taken_is_said(parts: Parts, caplog: pytest.LogCaptureFixture) -> None:
    """And nothing was started."""
    parts.listening = False
    assert run(settings()) == 1
    assert parts.done == []
    assert "cannot listen on port 8008: address in use" in caplog.text


def test_a_loop_that_died_is_no_success(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """An orchestrator starts the process again."""
    parts.died = True
    monkeypatch.setattr(service_module, "Bus", parts.make("bus"))
    assert run(settings()) == 1
    parts.early = True
    assert run(settings()) == 1


def test_the_end_of_the_loop_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """As SIGTERM does, so that everything is closed."""
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr("os.kill", lambda process, number: sent.append((process, number)))
    monkeypatch.setattr("os.getpid", lambda: 7)
    service_module._end()
    assert sent == [(7, signal.SIGTERM)]


def test_sigterm_ends_it_once(parts: Parts) -> None:
    """A second one does not cut the first short."""
    run(settings())
    assert parts.done
    handler = signal.getsignal(signal.SIGTERM)
    assert callable(handler)
    with pytest.raises(SystemExit) as ended:
        handler(signal.SIGTERM, None)
    assert ended.value.code == 0
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN


def test_it_runs_with_what_was_loaded(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """And logs from the level of the settings on."""
    monkeypatch.setattr(service_module, "load", lambda: settings())
    monkeypatch.setattr(service_module, "run", lambda _: 7)
    assert main() == 7
    assert parts.done == ["INFO", "INFO"]


def test_everything_that_is_wrong_is_said_before_it_ends(
    parts: Parts, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A line each, and no traceback."""

    def lacking() -> Settings:
        raise ConfigError(["variable A is not set", "variable B is not set"])

    monkeypatch.setattr(service_module, "load", lacking)
    assert main() == 1
    assert parts.done == ["INFO"]
    said = [record.getMessage() for record in caplog.records if record.levelname == "CRITICAL"]
    assert said == ["variable A is not set", "variable B is not set"]
