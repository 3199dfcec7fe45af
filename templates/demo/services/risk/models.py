"""Events of the risk service and the channels they travel on."""

from __future__ import annotations

from pydantic.dataclasses import dataclass

INPUT_CHANNELS = ("signals",)
OUTPUT_CHANNELS = ("orders",)


@dataclass(frozen=True)
class Signal:
    """A wish to trade, as core sends it."""

    id: str
    time: str
    symbol: str
    side: str
    strength: float
    price: float


@dataclass(frozen=True)
class Order:
    """The decision. Refused orders travel on as well, with the reason: execution reports them."""

    id: str
    time: str
    symbol: str
    side: str
    quantity: float
    approved: bool
    reason: str = ""
