"""Unit tests of the message loop, with stand-ins for the servers."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import cast

import pytest
from redis import Redis
from redis.client import PubSub
from redis.exceptions import ConnectionError as RedisConnectionError

from quotes import bus as bus_module
from quotes import link as link_module
from quotes.bus import Bus
from quotes.link import RedisLink
from quotes.models import InputEvent, OutputEvent, QuotesEvent, channel_of, dump
from quotes.telemetry import Metrics

pytestmark = pytest.mark.unit
SECONDS = 10.0
CHANNEL = "quotes.in"
PAYLOAD = json.dumps(
    {
        "id": "a-1",
        "time": "2026-01-01T00:00:00+00:00",
        "symbol": "probe",
        "value": 1.5,
    }
).encode()
RESULT = QuotesEvent(id="a-1", time="2026-01-01T00:00:00+00:00", symbol="probe", price=1.5)


class FakeServer:
    """Redis as the loop sees it."""

    def __init__(self) -> None:
        self.messages: list[dict[str, object]] = []
        self.late: list[dict[str, object]] = []
        self.subscribed = self.mute = self.cut = False
        self.sent: list[tuple[str, bytes]] = []
        self.pending: list[tuple[str, bytes]] = []
        self.breaks = self.closes = 0
        self.retries: list[int] = []
        self.refusing = self.dying = self.piping = False

    def connect(self) -> None:
        """Break as often as it was told to."""
        if self.dying:
            raise ZeroDivisionError
        if self.breaks:
            self.breaks -= 1
            raise RedisConnectionError("gone")

    def pubsub(self) -> FakeServer:
        """Return the connection for subscribing: this one."""
        return self

    def subscribe(self, *channels: str) -> None:
        """Answer as the server does, once for each channel."""
        self.connect()
        self.subscribed = True
        for number, channel in enumerate(channels, 1):
            self.messages.insert(
                number - 1, {"type": "subscribe", "channel": channel.encode(), "data": number}
            )

    def unsubscribe(self) -> None:
        """Answer after what is on its way already."""
        self.messages += [*self.late, {"type": "unsubscribe", "channel": b"", "data": 0}]

    def get_message(self, timeout: float) -> dict[str, object] | None:
        """Return the next message."""
        if self.cut:
            self.cut = False
            raise RedisConnectionError("gone")
        if self.messages:
            message = self.messages.pop(0)
            self.subscribed = message["type"] != "unsubscribe"
            return message
        threading.Event().wait(min(timeout, 0.01))
        return None

    def ping(self) -> None:
        """Answer, in the way of a subscribed connection."""
        if not self.mute:
            self.messages.append({"type": "pong", "channel": None, "data": b""})

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

    def handle(self, event: InputEvent) -> OutputEvent | None:
        """Give the answer of this test."""
        self.calls += 1
        return cast("OutputEvent | None", self.answer())

    def send(self, payload: bytes = PAYLOAD, count: int = 1) -> None:
        """Put messages on the connection."""
        channel = CHANNEL.encode()
        message: dict[str, object] = {"type": "message", "channel": channel, "data": payload}
        self.server.messages += [message] * count

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
    assert running.value("redis_deaf_seconds_total") > 0
    assert running.bus.alive()
    assert running.bus.stop() == 0
    assert not running.bus.alive()


def test_it_closes_what_it_opened(running: Running, caplog: pytest.LogCaptureFixture) -> None:
    """The connection that reads sees every break; an end with nothing left is no news."""
    assert running.server.retries == [0, 1]
    assert running.bus._thread.daemon
    running.bus.start()
    assert running.bus.wait_ready(SECONDS)
    assert running.bus.stop() == 0
    assert running.server.closes == 3
    assert [record for record in caplog.records if record.levelname != "INFO"] == []
    assert running.value("messages_lost_total", reason="shutdown") == 0


def test_while_it_is_away_that_is_said(running: Running, caplog: pytest.LogCaptureFixture) -> None:
    """With the words of the error, also when it was there before; then pauses begin anew."""
    running.bus._backoff._failures = 7
    running.bus.start()
    assert running.bus.wait_ready(SECONDS)
    running.server.breaks = 1_000_000
    running.server.cut = True
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


def test_a_model_that_fails_ends_nothing(
    running: Running, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A validator of its own can raise whatever it likes."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    assert clock.now > 0
    monkeypatch.setattr(bus_module, "parse", fail)
    running.send(count=1)
    running.bus._read(cast("PubSub", running.server), 0.0)
    running.bus._work()
    assert running.value("messages_failed_total", channel=CHANNEL, reason="handler") == 1


def test_the_time_in_which_nothing_could_arrive_is_counted(running: Running, clock: Clock) -> None:
    """Once for each break."""
    clock.now += 7
    running.bus._heard_now()
    clock.now += 5
    running.bus._heard_now()
    assert running.value("redis_deaf_seconds_total") == 7


def test_an_event_goes_the_whole_way(running: Running) -> None:
    """Read, handled, published, counted."""
    running.send(count=3)
    running.bus.start()
    running.until(lambda: running.calls == 3)
    assert running.bus.stop() == 0
    assert running.value("messages_received_total", channel=CHANNEL) == 3
    assert running.value("handler_seconds_count") == 3
    assert running.server.sent == [(channel_of(RESULT), dump(RESULT))] * 3
    assert running.value("messages_published_total", channel=channel_of(RESULT)) == 3


def test_nothing_is_kept_of_an_event_without_a_result(running: Running) -> None:
    """None means: there is nothing to say."""
    running.answer = lambda: None
    running.send()
    running.bus.start()
    running.until(lambda: running.calls == 1)
    assert running.bus.stop() == 0
    assert running.server.sent == []
    assert running.value("messages_failed_total", channel=CHANNEL, reason="handler") == 0


@pytest.mark.parametrize("payload", [b"", b"no json", b"{}", b"\xff"])
def test_a_bad_message_is_counted(running: Running, payload: bytes) -> None:
    """And the next one is handled."""
    running.send(payload)
    running.send()
    running.bus.start()
    running.until(lambda: running.calls == 1)
    running.bus.stop()
    assert running.value("messages_failed_total", channel=CHANNEL, reason="invalid") == 1


@pytest.mark.parametrize("answer", [lambda: 1 / 0, lambda: "text", lambda: (RESULT,)])
def test_a_handler_that_fails_is_counted(
    running: Running, answer: Callable[[], object], caplog: pytest.LogCaptureFixture
) -> None:
    """An error and a result of another type alike: the loop goes on, the log names the event."""
    running.answer = answer
    running.send(count=2)
    running.bus.start()
    running.until(lambda: running.calls == 2)
    assert running.bus.alive()
    running.bus.stop()
    assert running.value("messages_failed_total", channel=CHANNEL, reason="handler") == 2
    assert running.server.sent == []
    errors = [record for record in caplog.records if record.levelname == "ERROR"]
    assert [getattr(record, "event", "") for record in errors] == ["a-1", "a-1"]


def test_what_ends_the_loop_is_counted_as_left(running: Running) -> None:
    """With everything behind it: no event is lost without a word."""

    def end() -> None:
        raise KeyboardInterrupt

    running.answer = end
    running.send(count=3)
    running.bus.start()
    running.until(lambda: bool(running.deaths))
    assert running.bus.stop() == 3
    assert running.value("messages_lost_total", reason="shutdown") == 3


def test_what_does_not_fit_is_counted_as_lost(running: Running, clock: Clock) -> None:
    """The inbox is bounded."""
    assert clock.now > 0
    pubsub = cast("PubSub", running.server)
    running.send(count=3)
    limits = pytest.MonkeyPatch()
    limits.setattr(bus_module, "MOST_WAITING", 2)
    running.bus._read(pubsub, 0.0)
    limits.undo()
    assert running.value("messages_lost_total", reason="overflow") == 1
    running.bus._work()
    assert running.calls == 2


def test_a_flood_does_not_stop_the_work(
    running: Running, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So many are read at once, and no more; so many handled, and the rest waits."""
    monkeypatch.setattr(bus_module, "MOST_AT_ONCE", 5)
    monkeypatch.setattr(bus_module, "BATCH", 2)
    running.send(count=10)
    running.bus._read(cast("PubSub", running.server), 0.0)
    assert len(running.server.messages) == 4
    clock.now += 1
    running.bus._work()
    assert running.calls == 2
    assert running.value("messages_waiting") == 4
    assert running.bus._turned == clock.now
    running.bus._work()
    assert running.calls == 4


def test_as_many_as_are_read_at_once_can_be_all(
    running: Running, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is made of what is not there."""
    assert clock.now > 0
    monkeypatch.setattr(bus_module, "MOST_AT_ONCE", 5)
    running.send(count=5)
    running.bus._read(cast("PubSub", running.server), 0.0)
    running.bus._work()
    assert running.calls == 5


def test_what_comes_while_it_unsubscribes_is_handled(running: Running) -> None:
    """The server had sent it already."""
    channel = CHANNEL.encode()
    running.server.late = [{"type": "message", "channel": channel, "data": PAYLOAD}]
    running.bus.start()
    assert running.bus.wait_ready(SECONDS)
    assert running.bus.stop(SECONDS) == 0
    assert running.calls == 1


@pytest.mark.parametrize("answer", [("subscribe", 0), ("unsubscribe", 1)])
def test_it_is_ready_when_every_channel_is_subscribed(
    running: Running, clock: Clock, answer: tuple[str, int]
) -> None:
    """No other answer says so, or counts as heard."""
    clock.now += 1
    kind, count = answer
    running.bus._take({"type": kind, "channel": CHANNEL.encode(), "data": count})
    assert not running.bus.wait_ready(0)
    assert running.bus._heard < clock.now
    running.bus._take({"type": "subscribe", "channel": CHANNEL.encode(), "data": 1})
    assert running.bus.wait_ready(0)


def test_it_waits_only_when_there_is_nothing_to_do(running: Running, clock: Clock) -> None:
    """A read with a message in the inbox returns at once."""
    assert clock.now > 0
    assert running.bus._idle() == 1.0
    running.send()
    running.bus._read(cast("PubSub", running.server), 0.0)
    assert running.bus._idle() == 0.0


def test_while_a_server_is_away_nothing_more_is_handled(
    running: Running, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits is tried again when the pause is over, at most a second later."""
    assert clock.now > 0
    monkeypatch.setattr(link_module, "FIRST_PAUSE", 60.0)
    monkeypatch.setattr(link_module, "LONGEST_PAUSE", 60.0)
    running.server.refusing = True
    running.send(count=1)
    running.bus._read(cast("PubSub", running.server), 0.0)
    running.bus._work()
    running.send(count=1)
    running.bus._read(cast("PubSub", running.server), 0.0)
    running.bus._work()
    assert running.calls == 1
    assert 0.0 < running.bus._idle() <= 1.0


def test_what_is_left_at_the_end_is_said(running: Running) -> None:
    """When the time is over, the rest is counted as lost."""
    running.server.refusing = True
    running.send(count=3)
    running.bus.start()
    running.until(lambda: running.calls == 3)
    assert running.bus.stop(0.1) == 3
    assert running.value("messages_lost_total", reason="shutdown") == 3


def test_a_short_outage_at_the_end_loses_nothing(running: Running) -> None:
    """The loop tries until the time is over."""
    running.server.refusing = True
    running.send(count=3)
    running.bus.start()
    running.until(lambda: running.calls == 3)
    mended = threading.Timer(0.1, running.mend)
    mended.start()
    assert running.bus.stop(SECONDS) == 0
    mended.join()
    assert running.value("messages_lost_total", reason="shutdown") == 0


def test_health_says_that_results_are_refused(running: Running, clock: Clock) -> None:
    """The subscription stands meanwhile."""
    assert clock.now > 0
    running.server.refusing = True
    running.bus._heard_now()
    running.send()
    running.bus._read(cast("PubSub", running.server), 0.0)
    running.bus._work()
    assert running.bus.health() == "down: gone"


def test_a_connection_that_stays_silent_is_given_up(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A half-open one never says so itself."""
    running.server.mute = True
    monkeypatch.setattr(bus_module, "DEAF_SECONDS", 0.05)
    monkeypatch.setattr(bus_module, "PING_SECONDS", 0.01)
    running.bus.start()
    running.until(lambda: running.value("redis_disconnects_total") > 1)
    running.bus.stop()


def test_it_is_pinged_in_between(running: Running, clock: Clock) -> None:
    """Not more often than needed; an answer counts as heard."""
    pubsub = cast("PubSub", running.server)
    running.bus._ping(pubsub)
    assert running.server.messages == []
    clock.now += bus_module.PING_SECONDS + 0.1
    running.bus._ping(pubsub)
    running.bus._ping(pubsub)
    assert len(running.server.messages) == 1
    clock.now += 1
    running.bus._read(pubsub, 0.0)
    assert running.bus._heard == clock.now
