"""Unit tests of the message loop, with stand-ins for the servers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import cast

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from market import bus as bus_module
from market import link as link_module
from market.bus import Bus
from market.link import RedisLink
from market.models import MarketDataEvent, OutputEvent, channel_of, dump
from market.telemetry import Metrics

pytestmark = pytest.mark.unit
SECONDS = 10.0
RESULT = MarketDataEvent(
    id="a-1", time="2026-01-01T00:00:00+00:00", symbol="probe", price=1.5, change=1.5
)


class FakeServer:
    """Redis as the loop sees it."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes]] = []
        self.pending: list[tuple[str, bytes]] = []
        self.breaks = self.closes = self.pings = 0
        self.retries: list[int] = []
        self.refusing = self.dying = self.piping = False

    def connect(self) -> None:
        """Break as often as it was told to."""
        if self.dying:
            raise ZeroDivisionError
        if self.breaks:
            self.breaks -= 1
            raise RedisConnectionError("gone")

    def ping(self) -> None:
        """Answer."""
        self.connect()
        self.pings += 1

    def client(self) -> FakeServer:
        """Return the client that sends each command at once: this one."""
        return self

    def pipeline(self, transaction: bool) -> FakeServer:
        """Return the pipeline: this one."""
        return self

    def __enter__(self) -> FakeServer:
        self.piping = True
        return self

    def __exit__(self, *_: object) -> None:
        self.piping = False
        self.pending.clear()

    def keep(self, channel: str, payload: bytes) -> None:
        """Keep it until `execute`, which is at once without a pipeline."""
        self.pending.append((channel, payload))
        if not self.piping:
            with self:
                self.execute()

    def publish(self, channel: str, payload: bytes) -> None:
        """Keep it until `execute`."""
        self.keep(channel, payload)

    def execute(self) -> None:
        """Send what is pending."""
        if self.refusing:
            raise RedisConnectionError("gone")
        self.sent += self.pending

    def close(self) -> None:
        """Count it."""
        self.closes += 1


class FakeLink(RedisLink):
    """A link that leads to the stand-in."""

    server = FakeServer()

    def connect(self, retries: int) -> Redis:
        """Return the stand-in."""
        self.server.retries.append(retries)
        return cast("Redis", self.server)


class Clock:
    """The time as the loop reads it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        """Return what the test says."""
        return self.now


class Running:
    """A bus between stand-ins."""

    def __init__(self) -> None:
        self.server = FakeServer()
        self.metrics = Metrics()
        self.calls = 0
        self.answer: Callable[[], object] = lambda: RESULT
        self.deaths: list[bool] = []
        link = FakeLink("nowhere", 1)
        object.__setattr__(link, "server", self.server)
        self.bus = Bus(
            link,
            self.handle,
            self.metrics,
            on_death=lambda: self.deaths.append(True),
        )

    def handle(self) -> OutputEvent | None:
        """Give the answer of this test."""
        self.calls += 1
        return cast("OutputEvent | None", self.answer())

    def mend(self) -> None:
        """Let every server answer again."""
        self.server.refusing = False

    def value(self, name: str, **labels: str) -> float:
        """Return the value of a metric, 0 when it was never set."""
        return self.metrics.registry.get_sample_value(name, labels) or 0.0

    def until(self, true: Callable[[], bool]) -> None:
        """Wait for something to come true."""
        deadline = time.monotonic() + SECONDS
        while not true():
            assert time.monotonic() < deadline, "it did not happen"
            threading.Event().wait(0.005)


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> Running:
    """A bus that was not started yet, with short pauses."""
    monkeypatch.setattr(link_module, "LONGEST_PAUSE", 0.02)
    monkeypatch.setattr(bus_module, "EVERY_SECONDS", 0.01)
    return Running()


@pytest.fixture
def clock(running: Running, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time of a loop that is taken for alive, and does only what a test makes it do."""
    made = Clock()
    monkeypatch.setattr(bus_module, "time", made)
    monkeypatch.setattr(running.bus, "_thread", SimpleNamespace(is_alive=lambda: True))
    running.bus._turned = running.bus._heard = running.bus._pinged = made.now
    return made


def test_a_server_that_is_away_for_hours_is_found_again(running: Running) -> None:
    """Each break is counted."""
    running.server.breaks = 30
    running.bus.start()
    assert running.bus.wait_ready(SECONDS)
    assert running.bus.health() == "ok"
    assert running.value("redis_disconnects_total") == 30
    assert running.bus._backoff._failures == 30
    assert running.bus.alive()
    assert running.bus.stop() == 0
    assert not running.bus.alive()


def test_it_closes_what_it_opened(running: Running, caplog: pytest.LogCaptureFixture) -> None:
    """An end with nothing left is no news."""
    assert running.server.retries == [1]
    assert running.bus._thread.daemon
    running.bus.start()
    assert running.bus.wait_ready(SECONDS)
    assert running.bus.stop() == 0
    assert running.server.closes == 1
    assert [record for record in caplog.records if record.levelname != "INFO"] == []
    assert running.value("messages_lost_total", reason="shutdown") == 0


def test_while_it_is_away_that_is_said(running: Running, caplog: pytest.LogCaptureFixture) -> None:
    """With the words of the error, also when it was there before; then pauses begin anew."""
    running.bus._backoff._failures = 7
    running.bus.start()
    assert running.bus.wait_ready(SECONDS)
    running.server.breaks = 1_000_000
    running.until(lambda: running.bus.health() == "down: gone")
    assert not running.bus.wait_ready(0)
    running.bus.stop()
    assert running.bus._backoff._failures == running.value("redis_disconnects_total")
    assert "redis is away (gone)" in caplog.text


def test_a_loop_that_dies_is_said_and_ends_the_process(running: Running) -> None:
    """Nobody restarts a thread."""
    running.server.dying = True
    running.bus.start()
    running.until(lambda: bool(running.deaths))
    running.until(lambda: not running.bus.alive())
    assert running.bus.died
    assert running.bus.health() == "down: the message loop does not run"


def test_before_it_starts_it_is_down(running: Running) -> None:
    """Health never guesses."""
    assert running.bus.health() == "down: the message loop does not run"
    assert not running.bus.alive()
    assert not running.bus.died
    assert running.bus.stop() == 0


def test_a_loop_that_does_not_turn_is_not_alive(running: Running, clock: Clock) -> None:
    """A handler that never returns, for one."""
    clock.now += bus_module.STUCK_SECONDS - 1
    assert running.bus.alive()
    clock.now += 1
    assert not running.bus.alive()


def test_silence_is_said_after_three_pings(running: Running, clock: Clock) -> None:
    """And no answer at all before the first one."""
    assert running.bus.health() == "down: not connected yet"
    running.bus._heard_now()
    clock.now += bus_module.SILENT_SECONDS - 1
    assert running.bus.health() == "ok"
    clock.now += 1
    assert running.bus.health() == "down: no answer for 6 s"
    running.bus._heard_now()
    assert running.bus.health() == "ok"


def test_what_the_handler_says_is_published(running: Running) -> None:
    """On the channel of its event."""
    running.bus.start()
    running.until(lambda: len(running.server.sent) > 2)
    running.bus.stop()
    assert set(running.server.sent) == {(channel_of(RESULT), dump(RESULT))}


@pytest.mark.parametrize("answer", [lambda: 1 / 0, lambda: "text"])
def test_a_handler_that_fails_is_counted(running: Running, answer: Callable[[], object]) -> None:
    """And asked again."""
    running.answer = answer
    running.bus.start()
    running.until(lambda: running.calls > 2)
    assert running.bus.alive()
    running.bus.stop()
    assert running.value("messages_failed_total", channel="none", reason="handler") > 1
    assert running.server.sent == []


def test_a_handler_with_nothing_to_say_is_asked_again(running: Running) -> None:
    """And nothing counts as failed."""
    running.answer = lambda: None
    running.bus.start()
    running.until(lambda: running.calls > 2)
    assert running.bus.stop() == 0
    assert running.value("messages_failed_total", channel="none", reason="handler") == 0


def test_it_is_pinged_in_between(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not every turn asks."""
    monkeypatch.setattr(bus_module, "PING_SECONDS", 50.0)
    running.bus.start()
    running.until(lambda: running.calls > 3)
    assert running.server.pings == 1
    running.bus._pinged -= 60
    running.until(lambda: running.server.pings == 2)
    running.bus.stop()


def test_health_says_that_results_are_refused(running: Running, clock: Clock) -> None:
    """With the words of the error."""
    assert clock.now > 0
    running.server.refusing = True
    running.bus._heard_now()
    running.bus._work()
    assert running.bus.health() == "down: gone"


def test_a_short_outage_at_the_end_loses_nothing(running: Running) -> None:
    """The loop tries until the time is over."""
    running.server.refusing = True
    running.bus.start()
    running.until(lambda: running.calls == 1)
    mended = threading.Timer(0.1, running.mend)
    mended.start()
    assert running.bus.stop(SECONDS) == 0
    mended.join()
    assert running.value("messages_lost_total", reason="shutdown") == 0


def test_it_is_not_asked_while_its_last_event_waits(running: Running, clock: Clock) -> None:
    """Nothing is made up that could not be sent."""
    running.server.refusing = True
    clock.now += 1
    running.bus._work()
    assert running.bus._turned == clock.now
    running.bus._work()
    assert running.calls == 1


def test_what_is_left_at_the_end_is_said(running: Running) -> None:
    """When the time is over, the rest is counted as lost."""
    running.server.refusing = True
    running.bus.start()
    running.until(lambda: running.calls == 1)
    assert running.bus.stop(0.1) == 1
    assert running.value("messages_lost_total", reason="shutdown") == 1
