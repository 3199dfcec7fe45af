"""Unit tests of what connects the app to the stack, with stand-ins for the servers."""

from __future__ import annotations

import platform
import signal
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import SecretStr

from market import wiring as wiring_module
from market.config import Settings
from market.telemetry import Metrics
from market.wiring import Stack

pytestmark = pytest.mark.unit


def settings() -> Settings:
    """The settings as they are when nothing says otherwise."""
    fields = Settings.model_fields.items()
    return Settings.model_construct(**{name: field.get_default() for name, field in fields})


class Parts:
    """What is connected, and what was done with it, in order."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.made: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {}
        self.died = False

    def make(self, name: str) -> Callable[..., SimpleNamespace]:
        """Return what stands in for a part and notes how it was made."""

        def part(*given: object, **named: object) -> SimpleNamespace:
            self.made[name] = (given, named)
            return SimpleNamespace(
                start=lambda: self.done.append(f"{name} started"),
                stop=lambda seconds: self.done.append(f"{name} stopped in {seconds:.0f}"),
                close=lambda: self.done.append(f"{name} closed"),
                health=lambda: f"{name} is well",
                died=self.died,
            )

        return part


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> Parts:
    """Every part replaced."""
    made = Parts()
    monkeypatch.setattr(wiring_module, "Bus", made.make("bus"))
    monkeypatch.setattr(wiring_module, "RedisLink", made.make("redis"))
    return made


def test_before_it_starts_everything_is_down(parts: Parts) -> None:
    """And there is nothing to end."""
    stack = Stack(Metrics())
    assert stack.states() == {
        "redis": "down: not started",
    }
    stack.stop()
    assert parts.done == []
    assert stack.died is False


def test_it_connects_and_ends_in_order(parts: Parts) -> None:
    """What depends on another part ends before it."""
    stack = Stack(Metrics())
    stack.start(settings())
    assert stack.states() == {
        "redis": "bus is well",
    }
    stack.stop()
    assert parts.done == [
        "bus started",
        "bus stopped in 20",
    ]


def test_what_runs_is_said(parts: Parts) -> None:
    """From the start on."""
    metrics = Metrics()
    Stack(metrics).start(settings())
    labels = {"revision": "unknown", "python": platform.python_version()}
    assert metrics.registry.get_sample_value("build_info", labels) == 1
    assert parts.made


def test_redis_is_where_the_settings_say(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """With user, database and TLS; the password is read when it is needed."""
    found = SimpleNamespace(redis_password=SecretStr("s3cret"))
    monkeypatch.setattr(wiring_module, "load_secrets", lambda: found)
    Stack(Metrics()).start(settings())
    given, named = parts.made["redis"]
    assert given == ("cdb_redis", 6379)
    assert (named["user"], named["database"], named["tls"]) == (None, 0, False)
    assert named["password"]() == "s3cret"
    assert parts.made["bus"][1]["on_death"] is wiring_module._end


def test_a_loop_that_died_is_said(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """An orchestrator starts the process again."""
    parts.died = True
    monkeypatch.setattr(wiring_module, "Bus", parts.make("bus"))
    stack = Stack(Metrics())
    stack.start(settings())
    assert stack.died is True


def test_the_end_of_the_loop_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """As SIGTERM does, so that everything is closed."""
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr("os.kill", lambda process, number: sent.append((process, number)))
    monkeypatch.setattr("os.getpid", lambda: 7)
    wiring_module._end()
    assert sent == [(7, signal.SIGTERM)]


def test_the_settings_are_read_and_logs_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the usual level first: what is wrong with the settings is logged, too."""
    levels: list[str] = []
    given = settings().model_copy(update={"log_level": "ERROR"})
    monkeypatch.setattr(wiring_module, "setup_logging", levels.append)
    monkeypatch.setattr(wiring_module, "load", lambda: given)
    assert wiring_module._settings() is given
    assert levels == ["INFO", "ERROR"]


def test_sigterm_ends_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second one does not cut the first short."""
    handlers: list[object] = []
    monkeypatch.setattr("signal.signal", lambda _, handler: handlers.append(handler))
    with pytest.raises(SystemExit) as ended:
        wiring_module._on_sigterm(signal.SIGTERM, None)
    assert ended.value.code == 0
    assert handlers == [signal.SIG_IGN]
