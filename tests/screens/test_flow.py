"""The message flow on the screen: an event is followed from service to service by keys alone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from screens.flow import FlowScreen
from screens.stack import StackScreen

Opened = Callable[..., AbstractAsyncContextManager[Any]]


async def test_an_event_is_followed_to_who_reads_it_and_back(opened: Opened) -> None:
    async with opened(size=(120, 40)) as person:
        await person.press("t")
        assert person.on(FlowScreen)
        assert "missing-field" in person.shown
        await person.press("slash", *"signals".replace(" ", "space"), "enter", "enter")
        assert "channel signals" in person.shown
        assert "written by core" in person.shown
        await person.press("j", "enter")
        assert "service risk" in person.shown
        assert "reads  channel signals ← core" in person.shown
        assert "writes channel orders → execution, ws" in person.shown
        await person.press("escape")
        assert "channel signals" in person.shown
        await person.press("escape", "escape")
        assert person.on(StackScreen)


async def test_what_does_not_fit_stands_first_with_both_lines(opened: Opened) -> None:
    async with opened(size=(120, 40)) as person:
        await person.press("t")
        assert "services/allocation/models.py:20" in person.shown
        assert "services/execution/models.py:25" in person.shown
        assert person.screen.place_to_copy() == "services/allocation/models.py:20"
        await person.press("enter")
        assert "channel order_results" in person.shown


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (200, 60)])
async def test_every_row_fits_its_line(opened: Opened, size: tuple[int, int]) -> None:
    async with opened(size=size) as person:
        await person.press("t")
        table = person.screen.table
        assert table.virtual_size.height == table.option_count
