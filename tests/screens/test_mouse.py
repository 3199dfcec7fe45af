"""The mouse works everywhere and is never needed: a click moves, a double click opens, the next step can be clicked."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from screens.phase import PhaseScreen
from screens.spec import SpecScreen
from screens.stack import StackScreen

Opened = Callable[..., AbstractAsyncContextManager[Any]]


async def test_a_click_moves_the_cursor_and_a_double_click_opens(opened: Opened) -> None:
    async with opened() as person:
        await person.pilot.click("#services", offset=(4, 1))
        await person.settle()
        assert person.on(StackScreen)
        assert person.screen.chosen == "allocation"
        await person.pilot.click("#services", offset=(4, 1), times=2)
        await person.settle()
        assert person.on(SpecScreen)


async def test_the_next_step_panes_and_phases_can_be_clicked(opened: Opened) -> None:
    async with opened() as person:
        await person.press("enter", "ctrl+s")
        assert person.on(PhaseScreen)
        await person.pilot.click("#items", offset=(4, 2))
        await person.settle()
        assert person.screen.items.current == "1.3"
        assert person.screen.state.step.value == "planned"
        await person.pilot.click("NextBar")
        await person.settle()
        assert person.screen.panes.current == "changes"
        strip = person.screen.strip.render().plain
        await person.pilot.click("#strip", offset=(strip.index("2") + 1, 0))
        await person.settle()
        assert person.screen.state.phase.number == 2


async def test_rows_are_added_and_answers_turned_by_clicks(opened: Opened) -> None:
    async with opened(size=(100, 40)) as person:
        await person.press("plus")
        await person.pilot.click("#add-inputs")
        await person.settle()
        assert len(person.screen.query_one("#rows-inputs").rows) == 1
        await person.pilot.click("#seed")
        await person.settle()
        assert person.screen.form().seed
