"""The keys at the bottom: always those of now, and drawn again only when they are others."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from screens.widgets.footer import KeyFooter

Opened = Callable[..., AbstractAsyncContextManager[Any]]


def shown(person: Any) -> set[str]:
    return {key.description for key in person.screen.query("FooterKey") if not key.disabled}


async def test_they_are_drawn_again_when_they_change_and_only_then(opened: Opened) -> None:
    async with opened(size=(120, 40)) as person:
        footer: Any = person.screen.query_one(KeyFooter)
        keys = list(footer.query("FooterKey"))
        assert "Find" in [key.description for key in keys]
        await person.press("down", "up", "tab", "shift+tab")
        assert list(footer.query("FooterKey")) == keys
        await person.press("slash")
        typing = [key.description for key in footer.query("FooterKey")]
        assert typing and "Find" not in typing
        await person.press("escape")
        assert [key.description for key in footer.query("FooterKey")] == [key.description for key in keys]


async def test_they_follow_what_can_be_done_now(opened: Opened) -> None:
    async with opened(size=(120, 40)) as person:
        await person.press("enter", "ctrl+s")
        assert {"Apply", "Commit"} & shown(person) == {"Apply"}
        await person.press("d", "A")
        assert {"Apply", "Commit", "Take back"} & shown(person) == {"Commit", "Take back"}
