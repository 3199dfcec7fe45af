"""Unit tests of the service's logic: change them together with it."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from quotes.logic import handle
from quotes.models import QuotesInEvent

pytestmark = pytest.mark.unit


def test_quotes_in_event_is_handled() -> None:
    """The result belongs to the event it comes from."""
    event = QuotesInEvent(id="a-1", time="2026-01-01T00:00:00+00:00", symbol="probe", value=1.5)
    result = handle(event)
    assert result is not None
    assert result.id == event.id
    assert result.time == event.time


def test_as_generated_it_makes_nothing_up() -> None:
    """A field that the event has not is zero: replace this test together with the logic."""
    event = QuotesInEvent(id="a-1", time="2026-01-01T00:00:00+00:00", symbol="probe", value=1.5)
    result = handle(event)
    assert result is not None
    given = asdict(event).keys()
    made_up = {k: v for k, v in asdict(result).items() if v and k not in given}
    assert made_up == {}


def test_the_same_event_gives_the_same_result() -> None:
    """The handler is pure."""
    event = QuotesInEvent(id="a-1", time="2026-01-01T00:00:00+00:00", symbol="probe", value=1.5)
    first = handle(event)
    assert handle(event) == first
