"""Unit tests of what becomes of results, with stand-ins for the servers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from signals import delivery as delivery_module
from signals import link as link_module
from signals.delivery import DEAD_LETTERS, MOST_DEAD_LETTERS, MOST_ENTRIES, Outbox
from signals.models import FIELD, OutputEvent, SignalScoresEvent, channel_of, dump
from signals.store import StoreDownError
from signals.telemetry import Metrics

pytestmark = pytest.mark.unit
RESULT = SignalScoresEvent(id="a-1", time="2026-01-01T00:00:00+00:00", symbol="probe", score=1.5)


class FakeRedis:
    """A client, and a pipeline that keeps commands until they are executed; breaks when told to."""

    def __init__(self) -> None:
        self.commands: list[tuple[object, ...]] = []
        self.sent: list[tuple[object, ...]] = []
        self.refusing = self.piping = False
        self.clients = self.pipelines = 0

    def client(self) -> FakeRedis:
        """Return the client that sends each command at once: this one."""
        if self.refusing:
            raise RedisConnectionError("no route")
        self.clients += 1
        return self

    def pipeline(self, *, transaction: bool) -> FakeRedis:
        """Return itself: one round trip, and no transaction."""
        assert not transaction
        self.pipelines += 1
        return self

    def __enter__(self) -> FakeRedis:
        self.piping = True
        return self

    def __exit__(self, *_: object) -> None:
        self.piping = False
        self.commands.clear()

    def keep(self, *command: object) -> None:
        """Keep a command, or send it when there is no pipeline."""
        self.commands.append(command)
        if not self.piping:
            with self:
                self.execute()

    def xadd(
        self,
        stream: str,
        fields: dict[object, object],
        *,
        maxlen: int,
        approximate: bool = True,
    ) -> None:
        """Keep the command."""
        assert approximate
        self.keep(stream, fields, maxlen)

    def execute(self) -> None:
        """Send everything, or nothing."""
        if self.refusing:
            raise RedisConnectionError("no route")
        self.sent += self.commands


class FakeRows:
    """A store that is down when told to, and refuses what it is told to."""

    def __init__(self) -> None:
        self.down = False
        self.checks = 0
        self.refused: dict[str, str] = {}
        self.batches: list[list[str]] = []

    def save(self, events: Sequence[OutputEvent]) -> dict[str, str]:
        """Keep the events' ids."""
        if self.down:
            raise StoreDownError("read only")
        self.batches.append([event.id for event in events])
        return self.refused

    def check(self) -> None:
        """Count how often it is looked at."""
        self.checks += 1


class Sending:
    """An outbox between stand-ins, and its time."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.redis = FakeRedis()
        self.metrics = Metrics()
        self.rows = FakeRows()
        self.outbox = Outbox(cast("Redis", self.redis), self.metrics, self.rows)

    def monotonic(self) -> float:
        """Return the time of the test."""
        return self.now

    def value(self, name: str, **labels: str) -> float:
        """Return the value of a metric, 0 when it was never set."""
        return self.metrics.registry.get_sample_value(name, labels) or 0.0


@pytest.fixture
def sending(monkeypatch: pytest.MonkeyPatch) -> Sending:
    """An empty outbox."""
    made = Sending()
    monkeypatch.setattr(delivery_module, "time", made)
    return made


def test_an_empty_outbox_has_nothing_to_do(sending: Sending) -> None:
    """And nothing to wait for."""
    sending.outbox.deliver()
    assert len(sending.outbox) == 0
    assert sending.outbox.wait() == 0.0
    assert sending.redis.sent == []
    assert sending.rows.batches == []
    assert sending.rows.checks == 1


def test_a_result_is_sent_once(sending: Sending) -> None:
    """Stored, then published, and counted."""
    sending.outbox.add(RESULT)
    assert len(sending.outbox) == 1
    sending.outbox.deliver()
    sending.outbox.deliver()
    assert len(sending.outbox) == 0
    entry = (channel_of(RESULT), {FIELD: dump(RESULT)}, MOST_ENTRIES)
    assert sending.redis.sent == [entry]
    assert sending.value("messages_published_total", channel=channel_of(RESULT)) == 1
    assert sending.rows.batches == [[RESULT.id]]
    assert sending.value("events_stored_total") == 1


def test_several_go_together(sending: Sending) -> None:
    """In their order, and each is counted."""
    for _ in range(3):
        sending.outbox.add(RESULT)
    sending.outbox.deliver()
    assert len(sending.outbox) == 0
    assert [sent[0] for sent in sending.redis.sent] == [channel_of(RESULT)] * 3
    assert sending.value("messages_published_total", channel=channel_of(RESULT)) == 3


def test_a_single_one_goes_over_a_connection_of_its_own(sending: Sending) -> None:
    """Made once; only several need a round trip that they share."""
    for count in (1, 1, 3):
        for _ in range(count):
            sending.outbox.add(RESULT)
        sending.outbox.deliver()
    assert len(sending.redis.sent) == 5
    assert (sending.redis.clients, sending.redis.pipelines) == (1, 1)


def test_what_redis_does_not_take_stays(sending: Sending, caplog: pytest.LogCaptureFixture) -> None:
    """It is tried again when the pause is over, and not before; a row is not stored again."""
    sending.redis.refusing = True
    sending.outbox.add(RESULT)
    sending.outbox.deliver()
    assert sending.outbox.trouble == "no route"
    assert caplog.messages[-1].startswith("redis is away (no route)")
    assert 0 < sending.outbox.wait() <= 2 * link_module.FIRST_PAUSE
    sending.redis.refusing = False
    sending.outbox.deliver()
    assert len(sending.outbox) == 1
    sending.now += sending.outbox.wait()
    sending.outbox.deliver()
    assert len(sending.outbox) == 0
    assert sending.outbox.trouble == ""
    assert len(sending.redis.sent) == 1
    assert sending.value("messages_published_total", channel=channel_of(RESULT)) == 1
    assert sending.rows.batches == [[RESULT.id]]
    assert sending.value("events_stored_total") == 1


def test_pauses_begin_again_after_an_answer(sending: Sending) -> None:
    """Each outage has its own."""
    sending.redis.refusing = True
    sending.outbox.add(RESULT)
    for _ in range(6):
        sending.outbox.deliver()
        sending.now += link_module.LONGEST_PAUSE
    sending.redis.refusing = False
    sending.outbox.deliver()
    sending.redis.refusing = True
    sending.outbox.add(RESULT)
    sending.outbox.deliver()
    assert sending.outbox.wait() <= 2 * link_module.FIRST_PAUSE


def test_a_store_that_is_down_loses_nothing(
    sending: Sending, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is published before it is stored; Redis is not to blame."""
    sending.rows.down = True
    sending.outbox.add(RESULT)
    sending.outbox.deliver()
    assert caplog.messages[-1].startswith("postgres is away (read only)")
    assert sending.redis.sent == []
    assert sending.outbox.trouble == ""
    assert 0 < sending.outbox.wait() <= 2 * link_module.FIRST_PAUSE
    sending.rows.down = False
    sending.now += sending.outbox.wait()
    sending.outbox.deliver()
    assert sending.rows.batches == [[RESULT.id]]
    assert len(sending.outbox) == 0


def test_a_row_that_is_refused_becomes_a_letter(
    sending: Sending, caplog: pytest.LogCaptureFixture
) -> None:
    """With its payload and the reason; it is not published, and the log names the event."""
    sending.rows.refused = {RESULT.id: "value too long"}
    sending.outbox.add(RESULT)
    sending.outbox.deliver()
    letter: dict[str, object] = {"event": dump(RESULT), "reason": "value too long"}
    assert sending.redis.sent == [(DEAD_LETTERS, letter, MOST_DEAD_LETTERS)]
    assert len(sending.outbox) == 0
    assert sending.value("messages_failed_total", channel="none", reason="store") == 1
    assert sending.value("events_stored_total") == 0
    assert [getattr(record, "event", "") for record in caplog.records] == [RESULT.id]
    assert caplog.records[0].getMessage() == "not stored: value too long"


def test_a_letter_is_kept_until_redis_takes_it(sending: Sending) -> None:
    """And goes once."""
    sending.rows.refused = {RESULT.id: "value too long"}
    sending.redis.refusing = True
    sending.outbox.add(RESULT)
    sending.outbox.deliver()
    assert len(sending.outbox) == 1
    sending.redis.refusing = False
    sending.now += sending.outbox.wait()
    sending.outbox.deliver()
    sending.outbox.deliver()
    assert len(sending.redis.sent) == 1
    assert sending.value("messages_failed_total", channel="none", reason="store") == 1
