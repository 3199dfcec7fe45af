"""The service's events and the channels they travel on.

Every event is one JSON object with `id` (text), `time` (ISO 8601 with an offset) and the fields of
its class. Types are taken as they are written ("7" is no number), fields that are not known are
ignored: a publisher may add one before its readers know it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter
from pydantic.dataclasses import dataclass

OUTPUT_CHANNELS: tuple[str, ...] = ("market_data",)


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
    price: float
    change: float


OutputEvent: TypeAlias = MarketDataEvent
OUTPUT_TYPES: tuple[type, ...] = (MarketDataEvent,)
_CHANNELS: Mapping[type, str] = {
    MarketDataEvent: "market_data",
}
_WRITERS: Mapping[type, TypeAdapter[OutputEvent]] = {
    kind: TypeAdapter(kind) for kind in OUTPUT_TYPES
}


def channel_of(event: OutputEvent) -> str:
    """Return the output channel of an event."""
    return _CHANNELS[type(event)]


def dump(event: OutputEvent) -> bytes:
    """Return the JSON text of an event, as it is published."""
    return _WRITERS[type(event)].dump_json(event)
