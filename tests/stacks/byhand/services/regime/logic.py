"""What a price says about the market."""

from dataclasses import asdict
from typing import Optional

from regime.models import Regime

MARKETS = ("BTC-EUR", "ETH-EUR")


def classify(fields: dict) -> Optional[dict]:
    """Only known markets count; everything else is dropped."""
    if fields.get("market") not in MARKETS:
        return None
    move = abs(float(fields["price"]) - float(fields["before"]))
    regime = "wild" if move > 0.05 * float(fields["before"]) else "calm"
    return asdict(Regime(price_id=fields["id"], market=fields["market"], regime=regime))
