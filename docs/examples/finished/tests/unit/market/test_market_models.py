"""Unit tests of the service's events and channels."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest
from pydantic import TypeAdapter, ValidationError

from market.models import OUTPUT_CHANNELS, MarketDataEvent, OutputEvent, channel_of, dump

pytestmark = pytest.mark.unit


def test_the_channels_are_those_of_the_spec() -> None:
    """A channel is renamed here and in the other services, or nowhere."""
    assert OUTPUT_CHANNELS == ("market_data",)


def test_every_result_has_its_channel_and_is_written_as_json() -> None:
    """What is published can be read again."""
    event_1 = MarketDataEvent(
        id="a-1", time="2026-01-01T00:00:00+00:00", symbol="probe", price=1.5, change=1.5
    )
    assert channel_of(event_1) == OUTPUT_CHANNELS[0]
    assert read(event_1) == event_1
    with pytest.raises(FrozenInstanceError):
        event_1.id = "other"  # type: ignore[misc]


def test_the_time_of_a_result_has_an_offset() -> None:
    """Nobody could say without it when that was."""
    event = MarketDataEvent(
        id="a-1", time="2026-01-01T00:00:00+00:00", symbol="probe", price=1.5, change=1.5
    )
    assert replace(event, time="2026-01-01T00:00:00Z").time == "2026-01-01T00:00:00Z"
    for time in ("yesterday", "2026-01-01T00:00:00", "2026-01-01T00:00:00ZZ"):
        with pytest.raises(ValidationError, match="time"):
            replace(event, time=time)


def read(event: OutputEvent) -> object:
    """Return the event as a reader finds it."""
    return TypeAdapter(type(event)).validate_json(dump(event))
