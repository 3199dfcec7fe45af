"""Unit tests of the service's events and channels."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest
from pydantic import TypeAdapter

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


def read(event: OutputEvent) -> object:
    """Return the event as a reader finds it."""
    return TypeAdapter(type(event)).validate_json(dump(event))
