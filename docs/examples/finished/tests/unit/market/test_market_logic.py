"""Unit tests of the service's logic: change them together with it."""

from __future__ import annotations

import pytest

from market.logic import handle

pytestmark = pytest.mark.unit


def test_it_says_nothing_until_it_is_written() -> None:
    """Nothing made up goes onto a live channel."""
    assert handle() is None
