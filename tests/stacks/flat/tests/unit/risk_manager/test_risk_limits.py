import sys
from pathlib import Path

import pytest

SERVICE = Path(__file__).parents[3] / "services" / "risk_manager"


@pytest.fixture
def order(monkeypatch):
    monkeypatch.syspath_prepend(str(SERVICE))
    monkeypatch.delitem(sys.modules, "models", raising=False)
    import models

    return models.Order


@pytest.mark.unit
def test_order_is_not_approved_by_default(order):
    assert order("BTCUSDT", "BUY", 1.0).approved is False


def test_without_marker(order):
    assert order("BTCUSDT", "BUY", 1.0).reason == ""
