from __future__ import annotations

import pytest
from risk.logic import handle
from risk.models import Signal

pytestmark = pytest.mark.unit


def wish(side: str = "buy", strength: float = 0.5, price: float = 100.0) -> Signal:
    return Signal(id="e1", time="t", symbol="BTCUSDT", side=side, strength=strength, price=price)


def test_sizes_by_strength() -> None:
    order = handle(wish(strength=0.25), max_quantity=8)
    assert (order.approved, order.quantity, order.reason) == (True, 2.0, "")


@pytest.mark.parametrize(
    ("signal", "reason"),
    [(wish(side="hold"), "hold"), (wish(price=0), "no price"), (wish(strength=0.1), "below 0.2")],
)
def test_refuses_with_a_reason(signal: Signal, reason: str) -> None:
    order = handle(signal)
    assert not order.approved
    assert order.quantity == 0
    assert reason in order.reason


def test_never_above_the_limit() -> None:
    assert handle(wish(strength=7.0), max_quantity=8).quantity == 8
