"""Unit-Tests der Datenmodelle; geladen über den Pfad, weil alle Dienste ein models.py haben."""

import importlib.util
from pathlib import Path

import pytest

PATH = Path(__file__).parents[3] / "services" / "signal_engine" / "models.py"


def load():
    spec = importlib.util.spec_from_file_location("signal_engine_models", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.unit
def test_from_dict():
    data = load().MarketData.from_dict({"symbol": "BTCUSDT", "price": "1.5"})
    assert data.price == 1.5
    assert data.pct_change == 0


@pytest.mark.unit
class TestSignal:
    def test_to_dict(self):
        signal = load().Signal("sig-1", "BTCUSDT", "BUY", 1.0, 0)
        assert signal.to_dict()["side"] == "BUY"
