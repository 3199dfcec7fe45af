"""Time: what it is, and waiting for something without sleeping longer than needed."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

POLL_SECONDS = 0.02


class Clock(Protocol):
    """Time as the live checks need it."""

    def now(self) -> datetime:
        """Returns the time of day, UTC, aware."""

    def monotonic(self) -> float:
        """Returns seconds since some moment; never goes back."""

    def wait(self, seconds: float, until: Callable[[], bool]) -> bool:
        """Asks `until` again and again for at most `seconds`: True as soon as it says so, else False."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """See `Clock.now`."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """See `Clock.monotonic`."""
        return time.monotonic()

    def wait(self, seconds: float, until: Callable[[], bool]) -> bool:
        """See `Clock.wait`; the question is asked at least once, and once more when the time is up."""
        end = time.monotonic() + seconds
        while not until():
            left = end - time.monotonic()
            if left <= 0:
                return until()
            time.sleep(min(POLL_SECONDS, left))
        return True
