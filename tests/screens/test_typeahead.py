"""Keys that come faster than screens open: each arrives where it was meant, in order, or a word says why not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from textual import events

from screens.layers.typeahead import Passed
from screens.modals.ask import AskModal
from screens.modals.choose import ChooseModal
from screens.modals.review import ReviewModal
from screens.modals.tell import TellModal
from screens.phase import PhaseScreen
from screens.phases.state import Step
from screens.ports import PortsScreen
from screens.spec import SpecScreen
from screens.stack import StackScreen

Opened = Callable[..., AbstractAsyncContextManager[Any]]
Git = Callable[..., str]
NAMED = {" ": "space", "+": "plus", ".": "full_stop", "/": "slash"}
REASON = "it is met elsewhere."


async def at_once(person: Any, *keys: str) -> None:
    """Keys that are all there before the first of them is dealt with."""
    for key in keys:
        person.app.post_message(events.Key(NAMED.get(key, key), key if len(key) == 1 else None))
    await person.settle()


async def in_phase(person: Any) -> None:
    await person.press("enter", "ctrl+s")
    assert person.on(PhaseScreen)


async def test_a_reason_may_follow_at_once_and_is_not_agreed_to_unseen(opened: Opened, demo: Path, git: Git) -> None:
    async with opened() as person:
        await in_phase(person)
        person.screen.items.show_at("1.4")
        await person.settle()
        before = git("rev-parse", "HEAD")
        await at_once(person, "W", *REASON)
        assert person.on(AskModal)
        assert REASON in person.shown
        await at_once(person, "enter", "enter", "j", "enter")
        assert person.on(ReviewModal)
        assert any("before the diff was on the screen" in notice for notice in person.notices)
        assert git("rev-parse", "HEAD") == before
        await person.press("enter")
        assert REASON in git("show", "HEAD")


@pytest.mark.parametrize(("key", "says"), [("u", "Take back"), ("ctrl+r", "Bring back")])
async def test_enter_after_undo_and_redo_reaches_no_screen_below(
    opened: Opened, demo: Path, git: Git, key: str, says: str
) -> None:
    async with opened() as person:
        await in_phase(person)
        await person.press("d", "A", "C")
        if key == "ctrl+r":
            await person.press("u", "enter")
        before = git("rev-parse", "HEAD")
        await at_once(person, key, "enter", "enter")
        assert person.on(ReviewModal)
        assert says in person.shown
        assert any("before the diff was on the screen" in notice for notice in person.notices)
        assert git("rev-parse", "HEAD") == before
        phase = person.app.screen_stack[-2]
        assert phase.state.step in (Step.COMMITTED, Step.PLANNED)


async def test_a_service_is_opened_once_and_named_in_one_go(opened: Opened) -> None:
    async with opened() as person:
        await at_once(person, "+", *"mood", "enter", *"Scores.")
        assert person.on(SpecScreen)
        assert len(person.app.screen_stack) == 2
        form = person.screen.form()
        assert (form.name, form.purpose) == ("mood", "Scores.")


async def test_one_key_after_the_other_on_whichever_screen_it_meant(opened: Opened) -> None:
    async with opened() as person:
        await at_once(person, "a", "escape")
        assert person.on(StackScreen), "Escape gives up what is coming"
        assert person.app.settled
        await at_once(person, "h", "q", "p")
        assert [type(screen) for screen in person.app.screen_stack] == [StackScreen, PortsScreen]
        await at_once(person, "escape", "enter", "enter")
        assert [type(screen) for screen in person.app.screen_stack] == [StackScreen, SpecScreen], "opened once"
        await at_once(person, "escape", "q", "2")
        assert person.on(ChooseModal), "a question takes no answer from before it"
        assert any("before the question was on the screen" in notice for notice in person.notices)
        await person.press("2")
        assert person.app._exit


async def test_changes_are_not_written_by_keys_from_before_they_were_painted(opened: Opened, demo: Path) -> None:
    async with opened() as person:
        await in_phase(person)
        await at_once(person, "d", "A", "enter")
        assert person.screen.state.step.value == "planned"
        assert any("these are the changes" in notice for notice in person.notices)
        await person.press("A")
        assert person.screen.state.step is Step.JUDGED


async def test_a_failure_stays_until_it_was_to_be_seen(opened: Opened, demo: Path, git: Git) -> None:
    async with opened() as person:
        await in_phase(person)
        await person.press("d", "A", "C")
        (demo / "services/market/models.py").write_text("x = 1\n")
        await at_once(person, "u", "enter")
        assert person.on(TellModal)
        assert any("press it again" in notice for notice in person.notices)


@pytest.mark.parametrize(
    ("way", "key"),
    [
        (("plus", "x"), "f9"),
        (("plus", "x"), "ctrl+z"),
        (("plus", "x", "ctrl+z"), "ctrl+r"),
        (("plus", "enter", "enter", "enter", "f4"), "f8"),
        (("plus",), "escape"),
        (("enter", "ctrl+s", "W"), "escape"),
        (("enter", "ctrl+s", "question_mark"), "q"),
        (("h", "q", "p"), "escape"),
        (("slash", "m"), "escape"),
        (("q",), "1"),
    ],
)
async def test_a_key_that_takes_away_what_it_was_typed_into_keeps_no_other_waiting(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, way: tuple[str, ...], key: str
) -> None:
    monkeypatch.setattr("screens.layers.typeahead.PATIENCE", 3600.0)  # longer than anybody waits here
    async with opened() as person:
        await person.press(*way)
        await at_once(person, key, "f1")
        assert person.on(TellModal), "the next key is heard"


@pytest.mark.parametrize(("words", "opens"), [("regime", "regime"), ("no such", "")])
async def test_enter_finds_what_was_typed_right_before_it(opened: Opened, words: str, opens: str) -> None:
    async with opened() as person:
        await at_once(person, "/", *words, "enter", "enter")
        if opens:
            assert person.on(SpecScreen)
            assert person.screen.form().name == opens
        else:
            assert person.on(StackScreen), "no row is under the cursor"
            assert f"/ {words}" in person.shown


async def test_what_follows_a_key_that_ended_the_app_finds_no_screen_and_raises_nothing(opened: Opened) -> None:
    async with opened() as person:
        app = person.app
        await person.press("ctrl+q")
    assert not app.screen_stack
    app._behind, app._rounds = Passed(), 2
    await app.on_passed(app._behind)
    app._rounds = 0
    app._held.append(events.Key("h", "h"))
    await app.take_held()
    app._rounds, app._watched = 2, asyncio.current_task()
    app._taken_away(app._watched)
