"""The logic of the service. This file is yours.

Replace the body of the function: the rest of the service asks it for an event every second,
publishes what it returns, and keeps that until it could be delivered.
"""

from __future__ import annotations

from .models import OutputEvent


def handle() -> OutputEvent | None:
    """Return the next event to publish, or None when there is nothing to say.

    As generated it says nothing: only you know what this service has to tell.
    """
    return None
