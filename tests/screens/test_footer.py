"""The keys at the bottom: always those of now, and drawn again only when they are others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from screens.widgets.footer import KeyFooter

Opened = Callable[..., AbstractAsyncContextManager[Any]]
BUDGET = 60.0


def shown(person: Any) -> list[str]:
    return [key.description for key in person.screen.query("FooterKey") if not key.disabled]


async def until(person: Any, condition: Callable[[], object]) -> None:
    """The keys are drawn with the screen's next refresh."""
    async with asyncio.timeout(BUDGET):
        while not condition():
            await person.pilot.pause(0.02)


async def test_they_are_drawn_again_when_they_change_and_only_then(opened: Opened) -> None:
    async with opened(size=(120, 40)) as person:
        footer = person.screen.query_one(KeyFooter)
        await until(person, lambda: "Find" in shown(person) and footer._keys == footer._wanted())
        first, drawn = shown(person), list(person.screen.query("FooterKey"))
        await person.press("down", "up", "tab", "shift+tab")
        assert list(person.screen.query("FooterKey")) == drawn
        await person.press("slash")
        await until(person, lambda: shown(person) and "Find" not in shown(person))
        await person.press("escape")
        await until(person, lambda: shown(person) == first)


async def test_they_follow_what_can_be_done_now(opened: Opened) -> None:
    async with opened(size=(120, 40)) as person:
        await person.press("enter", "ctrl+s")
        await until(person, lambda: {"Apply", "Commit"} & set(shown(person)) == {"Apply"})
        await person.press("d", "A")
        await until(person, lambda: {"Apply", "Commit", "Take back"} & set(shown(person)) == {"Commit", "Take back"})


SIZES = [(60, 15), (72, 20), (80, 24), (120, 40)]


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_no_key_is_cut_and_help_is_always_there(opened: Opened, size: tuple[int, int]) -> None:
    async with opened(size=size) as person:
        for keys in ((), ("enter",), ("ctrl+s",), ("d",), ("escape", "escape", "h")):
            await person.press(*keys)
            footer = person.screen.query_one(KeyFooter)
            await until(person, lambda: footer._keys == footer._wanted())  # noqa: B023  (of this screen)
            await person.settle()
            line = person.shown.splitlines()[-1]
            assert "F1 Help" in line and ": Every action" in line
            assert all(f"{key.key_display} {key.description}" in line for key in person.screen.query("FooterKey"))
            assert len(line) <= size[0]


async def test_more_keys_are_shown_when_the_window_grows(opened: Opened) -> None:
    async with opened(size=(60, 20)) as person:
        footer = person.screen.query_one(KeyFooter)
        await until(person, lambda: footer._keys == footer._wanted())
        few = shown(person)
        await person.pilot.resize_terminal(120, 40)
        await person.settle()
        await until(person, lambda: len(shown(person)) > len(few) and footer._keys == footer._wanted())
