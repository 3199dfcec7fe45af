"""What the dashboard sees. This service listens to everybody and says nothing."""

from __future__ import annotations

from dataclasses import field

from pydantic.dataclasses import dataclass

INPUT_CHANNELS = ("signals", "orders", "order_results")
OUTPUT_CHANNELS: tuple[str, ...] = ()


@dataclass(frozen=True)
class Event:
    """The part that all events share; the rest is in `detail`."""

    id: str
    time: str
    symbol: str = ""


@dataclass(frozen=True)
class FeedItem:
    """One line of the feed."""

    channel: str
    id: str
    time: str
    symbol: str
    detail: dict[str, str] = field(default_factory=dict)
