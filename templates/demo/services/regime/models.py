from dataclasses import dataclass

INPUT_CHANNELS = ("market_data",)
OUTPUT_CHANNELS = ("regime",)


@dataclass
class Regime:
    id: str
    time: str
    symbol: str
    name: str
    volatility: float
