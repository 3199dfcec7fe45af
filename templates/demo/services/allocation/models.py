"""Events of the allocation service and the channels they travel on."""

from __future__ import annotations

from pydantic.dataclasses import dataclass

INPUT_CHANNELS = ("order_results",)
OUTPUT_CHANNELS = ("allocations",)


@dataclass(frozen=True)
class OrderResult:
    """The part of an order result that matters here."""

    id: str
    time: str
    symbol: str
    side: str
    quantity: float
    price: float
    status: str


@dataclass(frozen=True)
class Allocation:
    """How much of the capital a symbol should have after this trade, 0 to 1."""

    id: str
    time: str
    symbol: str
    weight: float
