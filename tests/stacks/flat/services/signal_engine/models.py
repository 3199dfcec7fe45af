"""
Signal Engine - Datenmodelle
"""

from dataclasses import asdict, dataclass
from typing import Optional


@dataclass
class MarketData:
    symbol: str
    price: float
    pct_change: float
    volume: Optional[float] = None

    @classmethod
    def from_dict(cls, data: dict) -> "MarketData":
        return cls(
            symbol=data["symbol"],
            price=float(data["price"]),
            pct_change=float(data.get("pct_change", 0)),
            volume=data.get("volume"),
        )


@dataclass
class Signal:
    signal_id: str
    symbol: str
    side: str
    price: float
    timestamp: int

    def to_dict(self) -> dict:
        return asdict(self)
