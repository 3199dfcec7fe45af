"""The service's events and the channels they travel on.

Every event is one JSON object with `id` (text), `time` (ISO 8601 with an offset) and the fields of
its class. Types are taken as they are written ("7" is no number), fields that are not known are
ignored: a publisher may add one before its readers know it.
In a stream, the object is the field `event` of an entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

FIELD = b"event"
INPUT_CHANNELS: tuple[str, ...] = ("market_data", "order_events")
OUTPUT_CHANNELS: tuple[str, ...] = ("signal_scores", "signal_alarms")


class BadMessageError(ValueError):
    """A message is not the JSON object its channel asks for; the text says why, not what it was."""


def _iso_time(value: str) -> str:
    moment = datetime.fromisoformat(value.replace("Z", "+00:00"))  # Python 3.10 knows no Z
    if moment.tzinfo is None:
        raise ValueError("a time without an offset from UTC")
    return value


EventId = Annotated[str, Field(min_length=1)]
IsoTime = Annotated[str, AfterValidator(_iso_time)]
_CONFIG = ConfigDict(strict=True, allow_inf_nan=False, extra="ignore")


@dataclass(frozen=True, config=_CONFIG)
class MarketDataEvent:
    """An event of the channel market_data."""

    id: EventId
    time: IsoTime
    symbol: str
    """the ticker."""
    price: float
    volume: float


@dataclass(frozen=True, config=_CONFIG)
class OrderEventsEvent:
    """An event of the channel order_events."""

    id: EventId
    time: IsoTime
    symbol: str
    quantity: int
    filled: bool


@dataclass(frozen=True, config=_CONFIG)
class SignalScoresEvent:
    """An event of the channel signal_scores."""

    id: EventId
    time: IsoTime
    symbol: str
    score: float
    """-1 sell to 1 buy."""


@dataclass(frozen=True, config=_CONFIG)
class SignalAlarmsEvent:
    """An event of the channel signal_alarms."""

    id: EventId
    time: IsoTime
    symbol: str


InputEvent: TypeAlias = MarketDataEvent | OrderEventsEvent
OutputEvent: TypeAlias = SignalScoresEvent | SignalAlarmsEvent
OUTPUT_TYPES: tuple[type, ...] = (SignalScoresEvent, SignalAlarmsEvent)
_READERS: Mapping[str, TypeAdapter[InputEvent]] = {
    "market_data": TypeAdapter(MarketDataEvent),
    "order_events": TypeAdapter(OrderEventsEvent),
}
_CHANNELS: Mapping[type, str] = {
    SignalScoresEvent: "signal_scores",
    SignalAlarmsEvent: "signal_alarms",
}
_WRITERS: Mapping[type, TypeAdapter[OutputEvent]] = {
    kind: TypeAdapter(kind) for kind in OUTPUT_TYPES
}


def parse(channel: str, payload: str | bytes) -> InputEvent:
    """Read a message of an input channel. Raises `BadMessageError`."""
    reader = _READERS.get(channel)
    if reader is None:
        raise BadMessageError(f"no event is known for channel {channel}")
    try:
        return reader.validate_json(payload)
    except ValidationError as error:
        wrong = (": ".join([*map(str, e["loc"]), e["msg"]]) for e in error.errors())
        raise BadMessageError("; ".join(wrong)) from None


def channel_of(event: OutputEvent) -> str:
    """Return the output channel of an event."""
    return _CHANNELS[type(event)]


def dump(event: OutputEvent) -> bytes:
    """Return the JSON text of an event, as it is published."""
    return _WRITERS[type(event)].dump_json(event)
