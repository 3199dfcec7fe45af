"""The logic of the service. This file is yours.

Replace the body of the function: the rest of the service reads the events, calls it, and
stores and publishes what it returns. Keep it pure (no input or output, no clock): then it is tested
without servers.

The service's own variables are fields of `config.Settings`. Hand over what it needs where this
function is named: `partial(logic.handle, threshold=settings.threshold)`.
"""

from __future__ import annotations

from .models import InputEvent, OutputEvent, SignalScoresEvent


def handle(event: InputEvent) -> OutputEvent | None:
    """Turn an input event into the event to publish, or None when there is nothing to say.

    As generated it passes on the fields that both events have and leaves the others at zero.
    """
    return SignalScoresEvent(id=event.id, time=event.time, symbol=event.symbol, score=0.0)
