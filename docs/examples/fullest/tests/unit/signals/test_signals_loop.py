"""Unit tests of the message loop, with a stand-in for Redis streams."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import cast

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

from signals import bus as bus_module
from signals import link as link_module
from signals.bus import (
    BATCH,
    GONE_MILLISECONDS,
    GROUP,
    LEFT_MILLISECONDS,
    LOOK_SECONDS,
    MOST_TRIES,
    Bus,
)
from signals.delivery import DEAD_LETTERS
from signals.link import RedisLink
from signals.models import (
    FIELD,
    INPUT_CHANNELS,
    InputEvent,
    OutputEvent,
    SignalScoresEvent,
    channel_of,
    dump,
)
from signals.store import StoreDownError
from signals.telemetry import Metrics

pytestmark = pytest.mark.unit
SECONDS = 10.0
STREAM = INPUT_CHANNELS[0]
PAYLOAD = json.dumps(
    {
        "id": "a-1",
        "time": "2026-01-01T00:00:00+00:00",
        "symbol": "probe",
        "price": 1.5,
        "volume": 1.5,
    }
).encode()
RESULT = SignalScoresEvent(id="a-1", time="2026-01-01T00:00:00+00:00", symbol="probe", score=1.5)


class FakeServer:
    """The streams as a consumer group sees them: what is new, what is taken and how often."""

    def __init__(self) -> None:
        self.new: list[tuple[bytes, dict[bytes, bytes]]] = []
        self.taken: dict[bytes, tuple[dict[bytes, bytes], int]] = {}
        self.idle = 0
        self.trimmed: int | None = 0
        self.info: list[object] = []
        self.groups: set[str] = set()
        self.pending: list[Callable[[], None]] = []
        self.reads: list[str] = []
        self.sent: list[tuple[str, bytes]] = []
        self.claims: list[tuple[list[bytes], int, int | None]] = []
        self.breaks = self.pings = self.closes = 0
        self.retries: list[int] = []
        self.consumers: list[dict[str, object]] = []
        self.forgotten: list[bytes] = []
        self.refusing = self.dying = self.unacknowledging = False
        self.transaction = self.piping = False
        self.knowing = True

    def connect(self) -> None:
        """Break as often as it was told to."""
        if self.dying:
            raise ZeroDivisionError
        if self.breaks:
            self.breaks -= 1
            raise RedisConnectionError("gone")

    # What is read

    def xgroup_create(self, stream: str, group: str, **how: object) -> None:
        """Make the group once."""
        self.connect()
        assert (group, how) == (GROUP, {"id": "0", "mkstream": True})
        if stream in self.groups:
            raise ResponseError("BUSYGROUP Consumer Group name already exists")
        self.groups.add(stream)

    def xreadgroup(
        self,
        group: str,
        consumer: str,
        streams: Mapping[str, str],
        *,
        count: int,
        block: int = 0,
    ) -> list[tuple[bytes, list[tuple[bytes, dict[bytes, bytes]]]]]:
        """Give what is new; in a transaction at once."""
        self.connect()
        self.reads.append("waiting" if block else "counting")
        assert (group, set(streams.values()), count) == (GROUP, {">"}, BATCH)
        assert consumer
        assert set(streams) == set(INPUT_CHANNELS)
        found, self.new = self.new[:count], self.new[count:]
        self.taken |= {entry: (fields, 1) for entry, fields in found}
        if not found:
            threading.Event().wait(min(block / 1000, 0.01))
        answer = [(STREAM.encode(), found)] if found else []
        self.info.append(answer)
        return answer

    def xpending_range(
        self, stream: str, group: str, *, idle: int, **limits: object
    ) -> list[dict[str, object]]:
        """Say what is taken and idle for so long."""
        assert (group, idle) == (GROUP, LEFT_MILLISECONDS)
        assert limits == {"min": "-", "max": "+", "count": BATCH}
        if stream != STREAM or self.idle < idle:
            return []
        return [{"message_id": e, "times_delivered": n} for e, (_, n) in self.taken.items()]

    def xclaim(
        self,
        stream: str,
        group: str,
        consumer: str,
        min_idle_time: int,
        entries: list[bytes],
        *,
        idle: int | None = None,
        retrycount: int | None = None,
    ) -> list[tuple[bytes | None, dict[bytes, bytes] | None]]:
        """Give them again; an entry that was trimmed meanwhile as Redis 6 does."""
        assert (stream, group, consumer != "") == (STREAM, GROUP, True)
        assert min_idle_time == (LEFT_MILLISECONDS if idle is None else 0)
        self.claims.append((entries, idle or 0, retrycount))
        return [
            (None, None) if b"trimmed" in entry else (entry, self.taken[entry][0])
            for entry in entries
        ]

    def xinfo_stream(self, stream: str) -> None:
        """Say what is there, and what ever was; Redis 6 does not know the latter."""
        found: dict[str, object] = {"length": len(self.new)}
        if self.trimmed is not None and stream == STREAM:
            found["entries-added"] = 100 + self.trimmed + len(self.new)
        self.info.append(found)

    def xinfo_groups(self, stream: str) -> None:
        """Say how much nobody took yet; another group is not ours."""
        mine: dict[str, object] = {"name": GROUP.encode(), "lag": None, "entries-read": None}
        if stream == STREAM and self.knowing:
            mine |= {"lag": len(self.new), "entries-read": 100}
        self.info.append([{"name": b"other", "lag": 99, "entries-read": 1}, mine])

    def xinfo_consumers(self, stream: str, group: str) -> list[dict[str, object]]:
        """Say who is in the group."""
        assert group == GROUP
        return self.consumers if stream == STREAM else []

    def xgroup_delconsumer(self, stream: str, group: str, name: bytes) -> None:
        """Note whom it forgets."""
        assert (stream, group) == (STREAM, GROUP)
        self.forgotten.append(name)

    def ping(self) -> None:
        """Answer."""
        self.connect()
        self.pings += 1

    # What is written

    def client(self) -> FakeServer:
        """Return the client that sends each command at once: this one."""
        return self

    def pipeline(self, *, transaction: bool) -> FakeServer:
        """Return the pipeline: this one; only what is counted must not change meanwhile."""
        self.connect()
        self.info.clear()
        self.transaction = transaction
        return self

    def __enter__(self) -> FakeServer:
        self.piping = True
        return self

    def __exit__(self, *_: object) -> None:
        self.piping = False
        self.pending.clear()

    def xack(self, stream: str, group: str, entry: bytes) -> None:
        """Forget an entry at `execute`."""
        assert (stream, group) == (STREAM, GROUP)

        def forget() -> None:
            if self.unacknowledging:
                raise RedisConnectionError("gone")
            self.taken.pop(entry)

        self.pending.append(forget)

    def xadd(self, stream: str, fields: dict[object, bytes], **_: object) -> None:
        """Keep the event of an entry at `execute`."""
        sent = (stream, next(iter(fields.values())))

        def keep() -> None:
            if self.refusing:
                raise RedisConnectionError("gone")
            self.sent.append(sent)

        if self.piping:
            self.pending.append(keep)
        else:
            keep()

    def execute(self) -> list[object]:
        """Do what is pending. Returns what was asked."""
        assert self.transaction is bool(self.info)
        for command in self.pending:
            command()
        return list(self.info)

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


class FakeRows:
    """A store that is down when it is told to."""

    def __init__(self) -> None:
        self.down = False
        self.events: list[OutputEvent] = []

    def save(self, events: Sequence[OutputEvent]) -> dict[str, str]:
        """Keep the events."""
        if self.down:
            raise StoreDownError("away")
        self.events += events
        return {}

    def check(self) -> None:
        """It is there."""


class Running:
    """A bus between stand-ins, and its time."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.server = FakeServer()
        self.metrics = Metrics()
        self.calls = 0
        self.answer: Callable[[], object] = lambda: RESULT
        self.deaths: list[bool] = []
        link = FakeLink("nowhere", 1)
        object.__setattr__(link, "server", self.server)
        self.rows = FakeRows()
        self.bus = Bus(
            link,
            self.handle,
            self.metrics,
            self.rows,
            on_death=lambda: self.deaths.append(True),
        )

    def handle(self, event: InputEvent) -> OutputEvent | None:
        """Give the answer of this test."""
        self.calls += 1
        return cast("OutputEvent | None", self.answer())

    def send(self, payload: bytes = PAYLOAD, count: int = 1) -> None:
        """Add entries to the stream."""
        begin = len(self.server.new) + len(self.server.taken)
        entries = (f"{n}-0".encode() for n in range(begin, begin + count))
        self.server.new += [(entry, {FIELD: payload}) for entry in entries]

    def leave(self, count: int, tries: int, name: str = "") -> None:
        """Leave entries behind, as a consumer that died did."""
        self.server.idle = LEFT_MILLISECONDS
        for number in range(count):
            entry = f"9{number}{name}-0".encode()
            self.server.taken[entry] = ({FIELD: PAYLOAD}, tries)

    def monotonic(self) -> float:
        """Return the time of the test."""
        return self.now

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
def still(running: Running, monkeypatch: pytest.MonkeyPatch) -> Running:
    """A bus that is taken for alive, and does only what a test makes it do."""
    monkeypatch.setattr(bus_module, "time", running)
    monkeypatch.setattr(running.bus, "_thread", SimpleNamespace(is_alive=lambda: True))
    running.bus._turned = running.bus._heard = running.bus._pinged = running.now
    return running


def test_a_server_that_is_away_for_hours_is_found_again(running: Running) -> None:
    """Each break is counted, and the group that is there is joined."""
    running.server.breaks = 30
    running.bus.start()
    assert running.bus.wait_ready(SECONDS)
    assert running.bus.health() == "ok"
    assert running.value("redis_disconnects_total") == 30
    assert running.server.groups == set(INPUT_CHANNELS)
    assert running.bus._backoff._failures == 30
    running.server.breaks = 1
    running.until(lambda: running.value("redis_disconnects_total") == 31)
    running.until(lambda: running.bus.health() == "ok")
    assert running.bus._backoff._failures == 1
    assert running.bus.alive()
    assert running.bus.stop() == 0
    assert not running.bus.alive()


def test_it_has_two_connections_and_closes_both(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    """The one that reads sees every break; an end with nothing left is no news."""
    assert running.server.retries == [0, 1]
    assert running.bus._thread.daemon
    running.bus.start()
    assert running.bus.wait_ready(SECONDS)
    assert running.bus.stop() == 0
    assert running.server.closes == 2
    assert [record for record in caplog.records if record.levelname == "WARNING"] == []


def test_while_it_is_away_that_is_said(running: Running, caplog: pytest.LogCaptureFixture) -> None:
    """With the words of the error, also when it was there before."""
    running.bus.start()
    assert running.bus.wait_ready(SECONDS)
    running.server.breaks = 1_000_000
    running.until(lambda: running.bus.health() == "down: gone")
    assert not running.bus.wait_ready(0)
    running.bus.stop()
    assert "redis is away (gone)" in caplog.text


def test_a_group_that_cannot_be_made_is_an_outage(still: Running) -> None:
    """Only that it is there already is none."""

    def refuse(*_: object, **__: object) -> None:
        raise ResponseError("NOPERM")

    still.server.xgroup_create = refuse  # type: ignore[method-assign]
    with pytest.raises(ResponseError):
        still.bus._join(STREAM)


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


def test_a_loop_that_does_not_turn_is_not_alive(still: Running) -> None:
    """A handler that never returns, for one."""
    still.now += bus_module.STUCK_SECONDS - 1
    assert still.bus.alive()
    still.now += 1
    assert not still.bus.alive()
    still.bus._work()
    assert still.bus.alive()


def test_silence_is_said_after_three_pings(still: Running) -> None:
    """And no answer at all before the first one."""
    assert still.bus.health() == "down: not connected yet"
    still.bus._heard_now()
    still.now += bus_module.SILENT_SECONDS - 1
    assert still.bus.health() == "ok"
    still.now += 1
    assert still.bus.health() == "down: no answer for 6 s"
    still.bus._read()
    assert still.bus.health() == "ok"


def test_an_event_goes_the_whole_way(running: Running) -> None:
    """Read, handled, stored, published, acknowledged, counted."""
    running.send(count=3)
    running.bus.start()
    running.until(lambda: running.calls == 3 and not running.server.taken)
    assert running.bus.stop() == 0
    assert running.value("messages_received_total", channel=STREAM) == 3
    assert running.value("handler_seconds_count") == 3
    assert running.server.sent == [(channel_of(RESULT), dump(RESULT))] * 3
    assert running.rows.events == [RESULT] * 3
    assert running.value("events_stored_total") == 3


def test_an_event_without_a_result_is_acknowledged(still: Running) -> None:
    """None means: there is nothing to say."""
    still.answer = lambda: None
    still.send()
    still.bus._read()
    still.bus._work()
    assert still.calls == 1
    assert still.server.sent == []
    assert still.server.taken == {}
    assert still.value("messages_failed_total", channel=STREAM, reason="handler") == 0


@pytest.mark.parametrize("payload", [b"", b"no json", b"{}", b"\xff"])
def test_what_cannot_be_used_becomes_a_letter(still: Running, payload: bytes) -> None:
    """Counted, acknowledged, kept as it came; the next one is handled."""
    still.send(payload)
    still.send()
    still.bus._read()
    still.bus._work()
    assert still.calls == 1
    assert (DEAD_LETTERS, payload) in still.server.sent
    assert still.server.taken == {}
    assert still.value("messages_failed_total", channel=STREAM, reason="invalid") == 1


def test_an_entry_without_the_field_becomes_a_letter(still: Running) -> None:
    """Whatever others add to the stream."""
    still.server.new.append((b"1-0", {b"other": PAYLOAD}))
    still.bus._read()
    still.bus._work()
    assert still.server.sent == [(DEAD_LETTERS, b"")]


@pytest.mark.parametrize("answer", [lambda: 1 / 0, lambda: "text", lambda: (RESULT,)])
def test_a_handler_that_fails_is_counted(
    still: Running, answer: Callable[[], object], caplog: pytest.LogCaptureFixture
) -> None:
    """An error and a result of another type alike: a letter, and the log names the event."""
    still.answer = answer
    still.send(count=2)
    still.bus._read()
    still.bus._work()
    assert still.value("messages_failed_total", channel=STREAM, reason="handler") == 2
    assert still.server.sent == [(DEAD_LETTERS, PAYLOAD)] * 2
    assert still.server.taken == {}
    errors = [record for record in caplog.records if record.levelname == "ERROR"]
    assert [getattr(record, "event", "") for record in errors] == ["a-1", "a-1"]


def test_a_model_that_fails_ends_nothing(still: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """A validator of its own can raise whatever it likes."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(bus_module, "parse", fail)
    still.send()
    still.bus._read()
    still.bus._work()
    assert still.server.sent == [(DEAD_LETTERS, PAYLOAD)]
    assert still.value("messages_failed_total", channel=STREAM, reason="handler") == 1


def test_nothing_is_acknowledged_before_it_is_delivered(still: Running) -> None:
    """And nothing more is taken meanwhile."""
    still.rows.down = True
    still.send()
    still.bus._read()
    still.bus._work()
    assert len(still.server.taken) == 1
    still.rows.down = False
    still.bus._outbox._retry_at = 0.0
    still.bus._work()
    assert still.server.taken == {}
    assert still.calls == 1


def test_an_acknowledgement_that_fails_is_tried_again(still: Running) -> None:
    """The event is not handled twice for it."""
    still.server.unacknowledging = True
    still.send()
    still.bus._read()
    with pytest.raises(RedisConnectionError):
        still.bus._work()
    still.server.unacknowledging = False
    still.bus._work()
    assert still.server.taken == {}
    assert still.calls == 1


def test_redis_is_pinged_while_events_wait(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Health stays honest when nothing is read; not every turn asks."""
    monkeypatch.setattr(bus_module, "PING_SECONDS", 50.0)
    running.rows.down = True
    running.bus._pinged -= 60
    running.send(count=3)
    running.bus.start()
    running.until(lambda: running.server.pings == 1)
    seen = running.bus._turned
    running.until(lambda: running.bus._turned > seen + 0.03)
    assert running.server.pings == 1
    running.bus._heard, running.bus._pinged = 0.0, running.bus._pinged - 60
    running.until(lambda: running.bus._heard > 0.0)
    assert running.bus.stop(0.1) == 3
    assert running.server.pings == 2


def test_what_was_taken_is_finished_at_the_end(running: Running) -> None:
    """As long as there is time for it."""
    running.rows.down = True
    running.send(count=3)
    running.bus.start()
    running.until(lambda: running.calls == 3)
    running.bus._stopping.set()
    running.rows.down = False
    assert running.bus.stop(SECONDS) == 0
    assert running.server.taken == {}


def test_what_is_not_finished_at_the_end_is_handed_back(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    """Another process takes it at once, and it does not count as tried."""
    running.rows.down = True
    running.send(count=3)
    running.bus.start()
    running.until(lambda: running.calls == 3)
    assert running.bus.stop(0.1) == 3
    assert "stopped with 3 events not finished" in caplog.text
    taken = list(running.server.taken)
    assert running.server.claims == [([entry], LEFT_MILLISECONDS, 1) for entry in taken]


def test_what_was_left_behind_is_taken_over(still: Running) -> None:
    """All that one consumer left, when a minute is over; an entry that was trimmed is nobody's."""
    still.leave(3, tries=1)
    still.leave(1, tries=1, name="trimmed")
    still.bus._read()
    still.bus._work()
    assert still.calls == 3
    assert [len(entries) for entries, _, _ in still.server.claims] == [4]
    assert set(still.server.taken) == {b"90trimmed-0"}


def test_what_was_taken_over_before_is_tried_alone(still: Running) -> None:
    """It may be what ends the process."""
    still.leave(3, tries=2)
    for calls in (1, 2, 3):
        still.bus._read()
        still.bus._work()
        assert still.calls == calls
    assert still.server.taken == {}


def test_what_ended_many_processes_is_given_up(still: Running) -> None:
    """As a letter: it is not tried again."""
    still.leave(1, tries=MOST_TRIES - 1)
    still.bus._read()
    still.bus._work()
    assert still.calls == 1
    still.leave(1, tries=MOST_TRIES)
    still.bus._read()
    still.bus._work()
    assert still.calls == 1
    assert (DEAD_LETTERS, PAYLOAD) in still.server.sent
    assert still.server.taken == {}
    assert still.value("messages_failed_total", channel=STREAM, reason="invalid") == 1


def test_consumers_that_ended_are_forgotten(still: Running) -> None:
    """Those that still have work, or were seen within a day, stay."""
    still.server.consumers = [
        {"name": b"ended", "pending": 0, "idle": GONE_MILLISECONDS + 1},
        {"name": b"seen", "pending": 0, "idle": GONE_MILLISECONDS},
        {"name": b"at-work", "pending": 1, "idle": GONE_MILLISECONDS + 1},
    ]
    still.bus._read()
    assert still.server.forgotten == [b"ended"]


@pytest.mark.parametrize("trimmed", [0, 1, 7])
def test_what_was_trimmed_before_it_was_read_is_counted(
    still: Running, caplog: pytest.LogCaptureFixture, trimmed: int
) -> None:
    """And said; how much waits is known then, too."""
    still.server.trimmed = trimmed
    still.send(count=3)
    still.bus._read()
    assert still.value("messages_waiting") == 3
    assert still.value("messages_lost_total", reason="trimmed") == trimmed
    said = [f"{trimmed} entries of {STREAM} were trimmed before they were read"] * bool(trimmed)
    assert [r.getMessage() for r in caplog.records if r.levelname == "ERROR"] == said


def test_a_gap_is_counted_by_who_passes_it(still: Running) -> None:
    """While nothing is read, it is still there for the next look."""
    still.server.trimmed = 7
    still.bus._read()
    assert still.value("messages_lost_total", reason="trimmed") == 0


def test_redis_that_does_not_know_is_not_guessed_at(still: Running) -> None:
    """Redis 6 says nothing of what ever was."""
    still.server.trimmed = None
    still.send(count=3)
    still.bus._read()
    assert still.value("messages_lost_total", reason="trimmed") == 0


def test_what_waits_is_nothing_when_redis_does_not_know(still: Running) -> None:
    """It says so after entries were deleted."""
    still.server.knowing = False
    still.bus._read()
    assert still.value("messages_waiting") == 0


def test_entries_that_were_read_and_are_there_are_not_lost(still: Running) -> None:
    """A stream keeps what was read until it is full."""
    still.server.trimmed = -50
    still.send(count=3)
    still.bus._read()
    assert still.value("messages_lost_total", reason="trimmed") == 0


def test_it_counts_when_it_is_behind_and_once_a_second(still: Running) -> None:
    """What waits at the end of the stream is taken by one command."""
    still.send(count=2 * BATCH)
    for _ in range(3):
        still.bus._read()
        still.bus._work()
    assert still.server.reads == ["counting", "counting", "counting", "waiting"]
    still.bus._read()
    assert still.server.reads[4:] == ["waiting"]
    still.now += bus_module.COUNT_SECONDS + 0.1
    still.bus._read()
    assert still.server.reads[5:] == ["counting", "waiting"]


def test_it_looks_for_what_was_left_from_time_to_time(still: Running) -> None:
    """Four times a minute."""
    still.send(count=3)
    still.bus._read()
    still.bus._work()
    still.leave(1, tries=1)
    still.now += LOOK_SECONDS
    still.bus._read()
    assert still.server.claims == []
    still.server.knowing = False  # after entries were deleted
    still.now += 0.1
    still.bus._read()
    assert len(still.server.claims) == 1


def test_health_says_that_results_are_refused(still: Running) -> None:
    """With the words of the error."""
    still.server.refusing = True
    still.send()
    still.bus._read()
    still.bus._work()
    assert still.bus.health() == "down: gone"
