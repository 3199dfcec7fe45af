"""Sizes, colours, themes: 80x24 is usable, below 60x15 a message stands instead of a broken screen, and back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from screens.phase import PhaseScreen
from screens.spec import SpecScreen

Opened = Callable[..., AbstractAsyncContextManager[Any]]


@pytest.mark.parametrize("size", [(59, 24), (80, 14), (20, 5)])
async def test_below_60x15_a_message_and_back(opened: Opened, size: tuple[int, int]) -> None:
    async with opened() as person:
        await person.press("j")
        await person.pilot.resize_terminal(*size)
        await person.settle()
        assert f"{size[0]}x{size[1]}" in person.words
        assert "market" not in person.shown
        await person.pilot.resize_terminal(80, 24)
        await person.settle()
        assert "allocation" in person.shown
        assert person.screen.chosen == "allocation"


async def test_resizing_while_answers_are_typed_loses_nothing(opened: Opened) -> None:
    async with opened() as person:
        await person.press("plus")
        await person.type("trades")
        await person.pilot.resize_terminal(40, 10)
        await person.settle()
        await person.pilot.resize_terminal(120, 40)
        await person.settle()
        assert person.on(SpecScreen)
        assert person.screen.form().name == "trades"
        assert person.focus == "field-name"


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (120, 40), (200, 60)])
async def test_every_step_is_on_the_screen_at_every_size(opened: Opened, size: tuple[int, int]) -> None:
    async with opened(size=size) as person:
        assert "market" in person.shown
        await person.press("enter", "ctrl+s")
        assert person.on(PhaseScreen)
        for item in ("1.1", "1.2", "1.3", "1.4", "1.5"):
            assert item in person.shown
        assert "Enter" in person.shown
        assert "Apply" in person.shown


async def test_statuses_read_without_colour(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with opened() as person:
        await person.press("enter", "ctrl+s")
        assert "✓ met" in person.shown
        assert "○ unmet" in person.shown
        assert "[1 service" in person.shown
        await person.press("2")
        assert "✗ broken" in person.shown


async def test_themes_of_textual_can_be_changed(opened: Opened) -> None:
    async with opened() as person:
        for theme in ("textual-light", "nord", "ansi-dark"):
            person.app.theme = theme
            await person.settle()
            assert "market" in person.shown


async def test_ctrl_c_only_hints(opened: Opened) -> None:
    async with opened() as person:
        await person.press("ctrl+c")
        assert not person.app._exit
        assert person.notices
