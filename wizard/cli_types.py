"""How the headless door is handed the interactive one, which it may not import."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

OpenApp = Callable[[Path, bool, bool], int]
"""`open_app(stack, tour, plain)` runs the interactive session and returns its exit code."""
