"""The rule that makes a signal out of a price. Pure: no clock, no Redis."""

from __future__ import annotations

from .models import MarketData, Signal


def handle(event: MarketData, threshold: float = 0.5) -> Signal:
    """Follow a move of at least `threshold` per cent; full strength at four times that."""
    side, strength = "hold", 0.0
    if abs(event.change) >= threshold:
        side = "buy" if event.change > 0 else "sell"
        strength = min(1.0, abs(event.change) / (4 * threshold))
    return Signal(
        id=event.id,
        time=event.time,
        symbol=event.symbol,
        side=side,
        strength=round(strength, 3),
        price=event.price,
    )
