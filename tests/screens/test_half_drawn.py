"""Textual draws the line of keys while a screen is composed or taken down: what it asks then must not end the app."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from textual.css.query import NoMatches

Opened = Callable[..., AbstractAsyncContextManager[Any]]

WAYS = {
    "stack": (),
    "answers": ("enter",),
    "phase": ("enter", "ctrl+s"),
    "ports": ("p",),
    "flow": ("m",),
    "history": ("h",),
    "summary": ("s",),
}


def nothing(screen: object, selector: object, *_: object) -> None:
    """Finds no widget, as Textual does then."""
    raise NoMatches(f"No nodes match {selector!r} on {screen!r}")


@pytest.mark.parametrize("way", WAYS)
async def test_a_screen_without_its_widgets_has_no_key_to_show_and_raises_nothing(opened: Opened, way: str) -> None:
    async with opened() as person:
        await person.press(*WAYS[way])
        screen = person.screen
        actions = {binding.action.split("(")[0] for binding in screen.BINDINGS} | {"next_field"}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(type(screen), "query_one", nothing)
            could = {action for action in actions if screen.check_action(action, ())}
        assert could <= {action for action in actions if screen.check_action(action, ())}
