"""
Signal Engine - Konfiguration
"""

import os
from dataclasses import dataclass
from typing import Optional


@dataclass
class SignalConfig:
    """Service-Konfiguration"""

    port: int = int(os.getenv("SIGNAL_PORT", "8001"))

    # Redis
    redis_host: str = os.getenv("REDIS_HOST", "redis")
    redis_port: int = int(os.getenv("REDIS_PORT", "6379"))
    redis_password: Optional[str] = os.getenv("REDIS_PASSWORD")

    threshold_pct: float = float(os.getenv("SIGNAL_THRESHOLD_PCT", "3.0"))

    input_topic: str = "market_data"
    output_topic: str = "signals"

    def validate(self) -> bool:
        if self.threshold_pct <= 0:
            raise ValueError("SIGNAL_THRESHOLD_PCT muss > 0 sein")
        return True


config = SignalConfig()
