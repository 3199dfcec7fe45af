"""Unit tests of the service's logic: change them together with it."""

from __future__ import annotations

import pytest

from clock.logic import handle

pytestmark = pytest.mark.unit


def test_a_question_is_answered() -> None:
    """As generated the question comes back."""
    assert handle({"name": "probe", "number": 7}) == {"name": "probe", "number": 7}


def test_the_question_itself_stays_as_it_is() -> None:
    """The handler is pure."""
    question: dict[str, object] = {"name": "probe"}
    handle(question)["more"] = 1
    assert question == {"name": "probe"}
