"""Unit tests of the service's events and channels."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError

import pytest
from pydantic import TypeAdapter

from signals.models import (
    INPUT_CHANNELS,
    OUTPUT_CHANNELS,
    BadMessageError,
    OutputEvent,
    SignalAlarmsEvent,
    SignalScoresEvent,
    channel_of,
    dump,
    parse,
)

pytestmark = pytest.mark.unit
EVENTS: dict[str, dict[str, object]] = {
    "market_data": {
        "id": "a-1",
        "time": "2026-01-01T00:00:00+00:00",
        "symbol": "probe",
        "price": 1.5,
        "volume": 1.5,
    },
    "order_events": {
        "id": "a-1",
        "time": "2026-01-01T00:00:00+00:00",
        "symbol": "probe",
        "quantity": 7,
        "filled": True,
    },
}


def test_the_channels_are_those_of_the_spec() -> None:
    """A channel is renamed here and in the other services, or nowhere."""
    assert INPUT_CHANNELS == ("market_data", "order_events")
    assert OUTPUT_CHANNELS == ("signal_scores", "signal_alarms")


@pytest.mark.parametrize("channel", INPUT_CHANNELS)
def test_an_event_survives_reading_and_writing(channel: str) -> None:
    """What comes in can be sent on; what is not known is left out."""
    event = parse(channel, json.dumps({**EVENTS[channel], "of_a_newer_version": 1}))
    assert json.loads(TypeAdapter(type(event)).dump_json(event)) == EVENTS[channel]


@pytest.mark.parametrize("channel", INPUT_CHANNELS)
@pytest.mark.parametrize("key", ["id", "time"])
def test_an_event_without_id_or_time_is_refused(channel: str, key: str) -> None:
    """The two fields every event has."""
    event = {name: value for name, value in EVENTS[channel].items() if name != key}
    with pytest.raises(BadMessageError, match=f"^{key}: [^:;]+$"):
        parse(channel, json.dumps(event))


@pytest.mark.parametrize("channel", INPUT_CHANNELS)
@pytest.mark.parametrize("payload", [b"", b"no json", b"[1]", b"{}", b"null", b"\xff", b'{"id": 1'])
def test_a_bad_message_is_refused(channel: str, payload: bytes) -> None:
    """Whatever arrives, the answer is a BadMessageError."""
    with pytest.raises(BadMessageError):
        parse(channel, payload)


@pytest.mark.parametrize("channel", INPUT_CHANNELS)
def test_an_event_stays_as_it_is(channel: str) -> None:
    """Who hands it on cannot change it for others."""
    event = parse(channel, json.dumps(EVENTS[channel]))
    for name in EVENTS[channel]:
        with pytest.raises(FrozenInstanceError):
            setattr(event, name, "other")


@pytest.mark.parametrize("channel", INPUT_CHANNELS)
@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_refused(channel: str, word: str) -> None:
    """JSON has no such word, and PostgreSQL could not compare it."""
    for name, value in EVENTS[channel].items():
        if isinstance(value, float):
            text = json.dumps({**EVENTS[channel], name: float(word)})
            with pytest.raises(BadMessageError, match=name):
                parse(channel, text)


@pytest.mark.parametrize("channel", INPUT_CHANNELS)
@pytest.mark.parametrize("time", ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.5+02:00"])
def test_a_time_may_have_any_offset(channel: str, time: str) -> None:
    """It stays as it was written."""
    assert parse(channel, json.dumps({**EVENTS[channel], "time": time})).time == time


@pytest.mark.parametrize("channel", INPUT_CHANNELS)
@pytest.mark.parametrize(
    "time", ["", "yesterday", "2026-01-01T00:00:00", "2026-01-01T00:00:00ZZ", 1767225600]
)
def test_a_time_without_an_offset_is_refused(channel: str, time: object) -> None:
    """Nobody could say when that was."""
    with pytest.raises(BadMessageError, match="time"):
        parse(channel, json.dumps({**EVENTS[channel], "time": time}))


@pytest.mark.parametrize("channel", INPUT_CHANNELS)
def test_a_text_is_no_other_type_and_no_other_type_is_a_text(channel: str) -> None:
    """Types are taken as they are written."""
    for name, value in EVENTS[channel].items():
        wrong = 1 if isinstance(value, str) else str(value)
        with pytest.raises(BadMessageError, match=name):
            parse(channel, json.dumps({**EVENTS[channel], name: wrong}))


def test_an_unknown_channel_is_refused() -> None:
    """Only input channels can be read."""
    with pytest.raises(BadMessageError, match="nowhere"):
        parse("nowhere", "{}")


def test_everything_that_is_wrong_is_said() -> None:
    """In one line, without what the message was."""
    with pytest.raises(BadMessageError, match=r"^id: [^:;]+; time: [^:;]+"):
        parse(INPUT_CHANNELS[0], "{}")


def test_every_result_has_its_channel_and_is_written_as_json() -> None:
    """What is published can be read again."""
    event_1 = SignalScoresEvent(
        id="a-1", time="2026-01-01T00:00:00+00:00", symbol="probe", score=1.5
    )
    assert channel_of(event_1) == OUTPUT_CHANNELS[0]
    assert read(event_1) == event_1
    with pytest.raises(FrozenInstanceError):
        event_1.id = "other"  # type: ignore[misc]
    event_2 = SignalAlarmsEvent(id="a-1", time="2026-01-01T00:00:00+00:00", symbol="probe")
    assert channel_of(event_2) == OUTPUT_CHANNELS[1]
    assert read(event_2) == event_2
    with pytest.raises(FrozenInstanceError):
        event_2.id = "other"  # type: ignore[misc]


def read(event: OutputEvent) -> object:
    """Return the event as a reader finds it."""
    return TypeAdapter(type(event)).validate_json(dump(event))
