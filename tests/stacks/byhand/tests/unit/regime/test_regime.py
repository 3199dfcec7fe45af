import pytest

from regime.logic import classify

pytestmark = pytest.mark.unit


def event(**changes):
    return {"id": "1", "market": "BTC-EUR", "price": "110", "before": "100", **changes}


def test_a_jump_is_wild():
    assert classify(event())["regime"] == "wild"


def test_other_markets_are_dropped():
    assert classify(event(market="DOGE-EUR")) is None


def test_the_stack_is_tested_with_its_own_pytest():
    assert pytest.__version__.startswith("7.")
