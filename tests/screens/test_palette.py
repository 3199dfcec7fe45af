"""Every keyboard action of every screen is in the command palette, and works from there or says why not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from screens.deploy import DeployScreen
from screens.history import HistoryScreen
from screens.palette import HIDDEN, ActionsProvider, entries
from screens.phase import PhaseScreen
from screens.ports import PortsScreen
from screens.spec import SpecScreen
from screens.stack import StackScreen
from screens.summary import SummaryScreen
from wizard.pipeline.guided_session import GuidedSession

Opened = Callable[..., AbstractAsyncContextManager[Any]]
WAYS: dict[type[Any], tuple[str, ...]] = {
    StackScreen: (),
    SpecScreen: ("plus",),
    PortsScreen: ("p",),
    HistoryScreen: ("h",),
    SummaryScreen: ("s",),
    PhaseScreen: ("enter", "ctrl+s"),
    DeployScreen: ("enter", "ctrl+s", "v"),
}
MOVES = {"app.focus_next", "app.focus_previous", "screen.minimize", "next_field"}


def nothing(*_: object) -> Iterator[Any]:
    """A live run without a check."""
    yield from ()


@pytest.mark.parametrize("kind", WAYS, ids=lambda kind: kind.__name__)
async def test_every_keyboard_action_is_in_the_palette(
    opened: Opened, kind: type[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(GuidedSession, "verify", nothing)
    monkeypatch.setattr(GuidedSession, "runtime", lambda _: "embedded")
    async with opened() as person:
        await person.press(*WAYS[kind])
        assert person.on(kind)
        bound = {
            binding.action
            for owner in (person.screen, person.app)
            for bindings in owner._bindings.key_to_bindings.values()
            for binding in bindings
        }
        provider = ActionsProvider(person.screen)
        offered = [hit.text async for hit in provider.discover()]
        listed = {entry.action for entry in entries(person.screen)}
        assert bound - MOVES - HIDDEN == listed
        assert len(set(offered[: len(listed)])) == len(listed)
        assert set(offered[len(listed) :]) <= {"Tour", "Theme", "Screenshot", None}
        assert all(entry.name for entry in entries(person.screen))


async def test_what_only_this_screen_has_comes_first(opened: Opened) -> None:
    async with opened(size=(100, 40)) as person:
        assert [entry.action for entry in entries(person.screen)][:3] == ["open", "new", "answers"]
        await person.press("question_mark")
        keys = person.words.partition("Keys")[2]
        assert keys.index("New service") < keys.index("to the screen before")
        await person.press("escape", "colon")
        assert "Open (Enter)" in person.shown and "New service (+)" in person.shown


async def test_the_palette_finds_an_action_and_does_it(opened: Opened) -> None:
    async with opened() as person:
        await person.press("ctrl+p")
        await person.type("who holds which port")
        await person.press("enter")
        assert person.on(PortsScreen)


async def test_what_cannot_be_done_now_says_why_from_the_palette(opened: Opened) -> None:
    async with opened() as person:
        await person.press("enter", "ctrl+s", "ctrl+p")
        await person.type("commit what was written")
        await person.press("enter")
        assert person.on(PhaseScreen)
        assert any("apply (A) comes first" in notice for notice in person.notices)
