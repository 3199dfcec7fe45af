from dataclasses import dataclass


@dataclass
class Order:
    symbol: str
    side: str
    quantity: float
    approved: bool = False
    reason: str = ""
