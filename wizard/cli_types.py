"""What the doors agree on: how the headless one is handed the interactive one, and how both end when told to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from wizard.values.lean import dataclass


@dataclass(frozen=True, slots=True)
class Opening:
    """How the interactive session is opened. `plain`: numbered questions; `remote`: live checks may use an engine on
    another machine."""

    tour: bool = False
    plain: bool = False
    remote: bool = False


OpenApp = Callable[[Path, Opening], int]
"""`open_app(stack, opening)` runs the interactive session and returns its exit code."""


class Ended(KeyboardInterrupt):
    """SIGTERM, or SIGHUP from a terminal that was closed: ends the work in order, like Ctrl-C."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
