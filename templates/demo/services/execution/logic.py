"""The paper exchange: every approved order is filled at once, for a fee."""

from __future__ import annotations

from .models import Order, OrderResult

BASIS_POINTS = 10_000


def handle(event: Order, fee_bps: int = 10) -> OrderResult:
    """Fill an approved order; reject the rest with the reason."""
    if not event.approved:
        return _result(event, status="rejected", message=event.reason or "refused by risk")
    if event.quantity <= 0:
        return _result(event, status="rejected", message="quantity must be above zero")
    return _result(event, status="filled", fee=event.quantity * fee_bps / BASIS_POINTS)


def _result(event: Order, *, status: str, fee: float = 0.0, message: str = "") -> OrderResult:
    return OrderResult(
        id=event.id,
        time=event.time,
        symbol=event.symbol,
        side=event.side,
        quantity=event.quantity,
        fee=fee,
        status=status,
        message=message,
    )
