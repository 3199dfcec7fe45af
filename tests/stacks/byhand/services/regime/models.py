"""What goes through the regime service."""

from dataclasses import dataclass


@dataclass
class Regime:
    price_id: str
    market: str
    regime: str  # calm or wild
