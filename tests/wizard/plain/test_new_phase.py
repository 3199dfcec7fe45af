"""A phase that was added as data is asked about like the others."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Talk = Callable[..., tuple[int, str]]
Git = Callable[..., str]


@pytest.mark.usefixtures("observability")
def test_the_plain_door_goes_through_it(talk: Talk, git: Git) -> None:
    _, said = talk("core", "phases", *["skip"] * 4, "apply", "yes", "commit", "quit")
    assert "Phase 8 of 8, observability: 0 of 1 items are done." in said, said[-3000:]
    assert "A dashboard is what the people on call look at first." in said
    assert "observed 8.1 passed" in said
    assert "Stack-Wizard-Phase: 8/8 observability" in git("log", "-1", "--format=%B")
