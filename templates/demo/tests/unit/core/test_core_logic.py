from __future__ import annotations

import pytest
from core.logic import handle
from core.models import MarketData


def price(change: float) -> MarketData:
    return MarketData(id="e1", time="2025-12-01T10:00:00+00:00", symbol="BTCUSDT", price=100.0, change=change)


@pytest.mark.unit
@pytest.mark.parametrize(
    ("change", "side", "strength"),
    [(0.0, "hold", 0.0), (0.49, "hold", 0.0), (0.5, "buy", 0.25), (-1.0, "sell", 0.5), (9.0, "buy", 1.0)],
)
def test_follows_moves_above_the_threshold(change: float, side: str, strength: float) -> None:
    signal = handle(price(change), threshold=0.5)
    assert (signal.side, signal.strength) == (side, strength)


@pytest.mark.unit
def test_keeps_the_id_of_the_event() -> None:
    assert handle(price(1.0)).id == "e1"
