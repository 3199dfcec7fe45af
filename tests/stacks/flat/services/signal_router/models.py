"""
Signal Router - Datenmodelle
"""

from dataclasses import dataclass


@dataclass
class RoutedSignal:
    signal_id: str
    symbol: str
    venue: str
    side: str
