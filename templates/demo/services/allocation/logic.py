"""How a trade moves the weights. Weights are handed in and out; nothing is kept here."""

from __future__ import annotations

from collections.abc import Mapping

from .models import Allocation, OrderResult

STEP = 0.05


def handle(event: OrderResult, weights: Mapping[str, float]) -> Allocation | None:
    """One step up for a filled buy, one down for a filled sell, within 0 and 1; nothing for a rejected or a free order."""
    if event.status != "filled" or event.price <= 0:
        return None
    step = STEP if event.side == "buy" else -STEP
    weight = min(1.0, max(0.0, weights.get(event.symbol, 0.0) + step))
    return Allocation(id=event.id, time=event.time, symbol=event.symbol, weight=round(weight, 4))
