"""
Signal Router - Konfiguration
"""

import os
from dataclasses import dataclass


def _required_int(name: str) -> int:
    value = os.getenv(name)
    if value is None:
        raise ValueError(f"{name} muss gesetzt sein")
    return int(value)


def _required(name: str) -> str:
    value = os.getenv(name)
    if value is None:
        raise ValueError(f"{name} muss gesetzt sein")
    return value


@dataclass
class RouterConfig:
    port: int = int(os.getenv("ROUTER_PORT", "8004"))
    redis_host: str = os.getenv("REDIS_HOST", "redis")
    redis_port: int = int(os.getenv("REDIS_PORT", "6379"))
    redis_password: str | None = os.getenv("REDIS_PASSWORD")
    input_topic: str = os.getenv("ROUTER_INPUT_TOPIC", "signals")
    output_topic: str = os.getenv("ROUTER_OUTPUT_TOPIC", "routed_signals")
    max_per_minute: int = _required_int("ROUTER_MAX_PER_MINUTE")
    default_venue: str = _required("ROUTER_DEFAULT_VENUE")


config = RouterConfig()
