import os
import sys


def env_str(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, default)
    if value is None:
        sys.exit(f"{name} is required")
    return value


def env_int(name: str, default: int | None = None) -> int:
    return int(env_str(name, None if default is None else str(default)))
