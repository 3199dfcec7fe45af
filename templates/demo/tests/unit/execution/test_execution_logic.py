from __future__ import annotations

import pytest
from execution.logic import handle
from execution.models import Order


def order(*, quantity: float = 2.0, approved: bool = True, reason: str = "") -> Order:
    return Order("e1", "t", "ETHUSDT", "buy", quantity, approved=approved, reason=reason)


@pytest.mark.unit
def test_fills_for_a_fee() -> None:
    result = handle(order(), fee_bps=25)
    assert (result.status, result.fee) == ("filled", 0.005)


@pytest.mark.unit
def test_rejects_what_risk_refused_and_says_why() -> None:
    result = handle(order(approved=False, reason="no price"))
    assert (result.status, result.message, result.fee) == ("rejected", "no price", 0.0)


@pytest.mark.unit
def test_rejects_nothing() -> None:
    assert handle(order(quantity=0)).status == "rejected"
