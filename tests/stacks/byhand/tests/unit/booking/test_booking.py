from booking.logic import book


def test_calm_is_bought():
    assert book({"price_id": "1", "market": "BTC-EUR", "regime": "calm"})["side"] == "buy"
