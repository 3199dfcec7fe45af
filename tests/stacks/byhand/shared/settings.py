"""How every service of the desk reads its settings."""

import os
from typing import Optional


def setting(name: str, default: Optional[str] = None) -> str:
    value = os.environ.get(name, default)
    if value is None:
        raise RuntimeError(f"{name} is not set")
    return value


def number(name: str, default: int) -> int:
    return int(setting(name, str(default)))
