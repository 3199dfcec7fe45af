"""Events of the execution service and the channels they travel on."""

from __future__ import annotations

from pydantic.dataclasses import dataclass

INPUT_CHANNELS = ("orders",)
OUTPUT_CHANNELS = ("order_results",)


@dataclass(frozen=True)
class Order:
    """An order as risk sends it, approved or not."""

    id: str
    time: str
    symbol: str
    side: str
    quantity: float
    approved: bool
    reason: str = ""


@dataclass(frozen=True)
class OrderResult:
    """What became of it. `status` is filled or rejected; `fee` is in units of the traded quantity."""

    id: str
    time: str
    symbol: str
    side: str
    quantity: float
    fee: float
    status: str
    message: str = ""
