"""The versions the wizard pins: what the generated service was tested with (`tests/wizard/plan/test_judges.py`)."""

from __future__ import annotations

# import name -> requirement line; every one is on PyPI for Python 3.11
PINS: dict[str, str] = {
    "flask": "flask==3.1.3",
    "prometheus_client": "prometheus-client==0.26.0",
    "psycopg": "psycopg[binary]==3.3.9",
    "pydantic": "pydantic==2.14.4",
    "pydantic_settings": "pydantic-settings==2.16.3",
    "redis": "redis==8.1.0",
    "waitress": "waitress==3.0.2",
}


def requirements(tables: bool) -> tuple[str, ...]:
    """The requirement lines of a generated service, sorted. `tables`: it writes rows, so it needs psycopg."""
    return tuple(line for name, line in sorted(PINS.items()) if tables or name != "psycopg")
