"""The logic of the service. This file is yours.

Replace the body of the function: the rest of the service reads the events, calls it, and
publishes what it returns. Keep it pure (no input or output, no clock): then it is tested
without servers.
"""

from __future__ import annotations

from .models import InputEvent, OutputEvent, QuotesEvent


def handle(event: InputEvent) -> OutputEvent | None:
    """Turn an input event into the event to publish, or None when there is nothing to say.

    As generated it passes on the fields that both events have and leaves the others at zero.
    """
    return QuotesEvent(id=event.id, time=event.time, symbol=event.symbol, price=0.0)
