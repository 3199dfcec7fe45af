import json

import pytest

broker = pytest.importorskip("collector.broker")
pytestmark = pytest.mark.unit


def test_rounds():
    assert json.loads(broker.normalise('{"station": "hq", "celsius": "21.349"}'))["celsius"] == 21.3
