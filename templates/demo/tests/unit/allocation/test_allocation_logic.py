from __future__ import annotations

import pytest
from allocation.logic import handle
from allocation.models import OrderResult


def result(side: str = "buy", status: str = "filled") -> OrderResult:
    return OrderResult("e1", "t", "BTCUSDT", side, 1.0, 60_000.0, status)


@pytest.mark.unit
def test_a_filled_buy_is_a_step_up() -> None:
    assert handle(result(), {"BTCUSDT": 0.1}).weight == 0.15


@pytest.mark.unit
def test_never_below_nothing() -> None:
    assert handle(result(side="sell"), {}).weight == 0.0


@pytest.mark.unit
def test_a_rejected_order_moves_nothing() -> None:
    assert handle(result(status="rejected"), {}) is None
