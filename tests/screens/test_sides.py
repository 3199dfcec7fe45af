"""Acting from a finding: the fix of an item, and which side of a contradiction is right."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from screens.modals.tell import TellModal
from screens.phase import PhaseScreen
from screens.sides import SidesScreen
from screens.stack import StackScreen

Opened = Callable[..., AbstractAsyncContextManager[Any]]
Photograph = Callable[[Path], dict[str, bytes]]


async def test_one_key_shows_the_sides_and_what_follows_from_each(
    opened: Opened, demo: Path, photograph: Photograph
) -> None:
    async with opened(size=(120, 40)) as person:
        before = photograph(demo)
        await person.press("c")
        assert person.on(SidesScreen)
        values = [person.screen.side.value]
        assert "What follows" in person.shown
        await person.press("j")
        values.append(person.screen.side.value)
        assert set(values) == {"8005", "8006"}
        count = len(person.screen._known[person.screen.rows.current].edits)
        assert f"What follows {count} edits" in person.shown
        assert person.screen.diff.files.option_count == count, "a file that two phases change stands there twice"
        assert any(line.text.startswith("phase ") for line in person.screen.diff.lines.lines)
        assert photograph(demo) == before


async def test_the_side_that_is_taken_is_the_answer_and_its_first_edit_is_shown(opened: Opened) -> None:
    async with opened(size=(120, 40)) as person:
        await person.press("c", "j")
        value = person.screen.side.value
        known = person.screen._known[person.screen.rows.current]
        await person.press("enter")
        assert person.on(PhaseScreen)
        assert str(person.screen.state.spec.port) == value
        assert person.screen.state.phase == known.edits[0][0]
        await person.press("escape")
        assert "market" in person.app.view.drafts or person.on(StackScreen)


async def test_where_nothing_contradicts_it_is_said(opened: Opened) -> None:
    async with opened() as person:
        person.screen.services.show_at("core")
        await person.press("c")
        assert any("contradict each other in nothing" in notice for notice in person.notices)


async def test_the_fix_of_an_item_is_its_edit(opened: Opened) -> None:
    async with opened() as person:
        await person.press("enter", "ctrl+s", "j", "j", "j", "r")
        assert person.screen.items.current == "1.4"
        assert person.screen.diff.key == "edit:services/market/models.py"
        assert person.screen.diff_is_shown


async def test_an_item_without_an_edit_says_how_it_is_done_by_hand(opened: Opened) -> None:
    async with opened() as person:
        await person.press("enter", "ctrl+s", "4", "r")
        assert person.on(TellModal)
        assert "By hand" in person.words
