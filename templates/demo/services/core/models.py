"""Events of the core service and the channels they travel on."""

from __future__ import annotations

from pydantic import Field
from pydantic.dataclasses import dataclass

INPUT_CHANNELS = ("market_data",)
OUTPUT_CHANNELS = ("signals",)


@dataclass(frozen=True)
class MarketData:
    """A price and how far it moved since the last one, in per cent."""

    id: str
    time: str
    symbol: str
    price: float = Field(ge=0)
    change: float = 0.0


@dataclass(frozen=True)
class Signal:
    """What to do about it. `strength` is 0 to 1; `side` is buy, sell or hold."""

    id: str
    time: str
    symbol: str
    side: str
    strength: float
    price: float
