"""What is booked when."""

from typing import Dict


def book(fields: Dict[str, str]) -> Dict[str, str]:
    side = "buy" if fields["regime"] == "calm" else "none"
    return {"price_id": fields["price_id"], "market": fields["market"], "side": side}
