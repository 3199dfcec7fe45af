"""A phase that was added as data is a screen like the others."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

Opened = Callable[..., AbstractAsyncContextManager[Any]]
Git = Callable[..., str]


@pytest.mark.usefixtures("observability")
async def test_the_app_goes_through_it(opened: Opened, git: Git) -> None:
    async with opened(size=(130, 40)) as person:
        await person.press("enter", "ctrl+s", *["greater_than_sign"] * 7)
        assert "phase 8 of 8" in person.words and "8 observability" in person.words
        assert [(found.item, found.status.value) for found in person.screen.state.findings] == [("8.1", "unmet")]
        await person.press("d", "A")
        assert person.screen.state.step.value == "judged"
        assert "8.1 met" in person.screen.message.text
        await person.press("enter")
        assert "Stack-Wizard-Phase: 8/8 observability" in git("log", "-1", "--format=%B")
        assert "services/market/dashboard.json" in git("ls-files", "services/market")
