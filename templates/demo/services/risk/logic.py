"""Limits. Pure: what was decided is written down by the caller."""

from __future__ import annotations

from .models import Order, Signal

WEAKEST = 0.2


def handle(event: Signal, max_quantity: float = 10.0) -> Order:
    """Refuse holds, weak signals and prices that cannot be; size the rest by strength."""
    reason = _refusal(event)
    quantity = 0.0 if reason else round(max_quantity * min(event.strength, 1.0), 4)
    return Order(
        id=event.id,
        time=event.time,
        symbol=event.symbol,
        side=event.side,
        quantity=quantity,
        approved=not reason,
        reason=reason,
    )


def _refusal(event: Signal) -> str:
    if event.side not in ("buy", "sell"):
        return f"nothing to do for {event.side}"
    if event.price <= 0:
        return "no price"
    if event.strength < WEAKEST:
        return f"strength {event.strength} is below {WEAKEST}"
    return ""
