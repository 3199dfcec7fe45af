"""Ports, history, summary, help, tour."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from screens.history import HistoryScreen
from screens.modals.review import ReviewModal
from screens.modals.tell import TellModal
from screens.modals.tour import PAGES, TourModal
from screens.phase import PhaseScreen
from screens.stack import StackScreen
from screens.summary import SummaryScreen

Opened = Callable[..., AbstractAsyncContextManager[Any]]
Git = Callable[..., str]


async def test_the_port_table_names_owner_state_and_line(opened: Opened) -> None:
    async with opened(size=(120, 30)) as person:
        await person.press("p")
        assert "FUTURE_SERVICES.md:61" in person.shown
        assert "published" in person.shown
        assert "infrastructure/compose/dev.yml:" in person.shown
        await person.press("enter")
        assert any("picked in a service's answers" in notice for notice in person.notices)


async def test_history_shows_the_commits_and_takes_one_back_after_its_diff_was_shown(opened: Opened, git: Git) -> None:
    async with opened() as person:
        await person.press("h")
        assert "The wizard has made no commit here yet." in person.shown
        await person.press("escape", "enter", "ctrl+s", "d", "A", "C", "escape", "h")
        assert person.on(HistoryScreen)
        assert "feat(market): add service (phase 1 of 7)" in person.shown
        await person.press("u")
        assert person.on(ReviewModal)
        assert "Take back feat(market): add service (phase 1 of 7)?" in person.words
        assert "remove " in person.shown or "edit " in person.shown
        await person.press("escape")
        assert git("log", "--format=%s", "-1").startswith("feat(market)")
        await person.press("u", "enter")
        assert git("log", "--format=%s", "-1").startswith("revert")
        assert git("status", "--short") == ""
        assert "taken back" in person.shown
        await person.press("G")
        assert "taken back already" in person.screen.why_not("undo")
        tree = git("rev-parse", "HEAD~1^{tree}")
        await person.press("ctrl+r", "enter")
        assert git("rev-parse", "HEAD^{tree}") == tree
        assert git("log", "--format=%s", "-1").startswith("feat(market)")


async def test_undo_that_later_work_stands_on_is_refused_with_the_reason(opened: Opened, git: Git) -> None:
    async with opened() as person:
        await person.press("enter", "ctrl+s", "d", "A", "C", "enter", "d", "A", "C", "escape", "h", "G")
        head = git("rev-parse", "HEAD")
        await person.press("u")
        assert person.on(TellModal)
        assert "cannot be taken back" in person.words
        assert git("rev-parse", "HEAD") == head


async def test_the_summary_lists_what_is_left_and_goes_on(opened: Opened) -> None:
    async with opened(size=(120, 50)) as person:
        await person.press("enter", "ctrl+s", "d", "A", "C", "escape", "s")
        assert person.on(SummaryScreen)
        assert "What is left" in person.shown
        assert "Pin base image with SHA256" in person.shown
        await person.press("enter")
        assert person.on(PhaseScreen)


async def test_help_has_the_items_text_and_every_key(opened: Opened) -> None:
    async with opened(size=(100, 60)) as person:
        await person.press("enter", "ctrl+s", "question_mark")
        assert person.on(TellModal)
        text = str(person.screen._text)
        for part in ("Phase 1 of 7", "Counts as broken", "By hand", "put the files back as they were", "✗ broken"):
            assert part in text
        await person.press("escape")
        assert person.on(PhaseScreen)


async def test_the_tour_is_shown_once_and_never_again(opened: Opened, demo: Path) -> None:
    async with opened(demo, tour=True) as person:
        assert person.on(TourModal)
        for number in range(len(PAGES)):
            assert person.screen.page == number
            await person.press("enter")
        assert person.on(StackScreen)
    async with opened(demo, tour=True) as person:
        assert person.on(StackScreen)


async def test_the_tour_can_be_skipped(opened: Opened, demo: Path) -> None:
    async with opened(demo, tour=True) as person:
        await person.press("escape")
        assert person.on(StackScreen)
    async with opened(demo, tour=True) as person:
        assert person.on(StackScreen)
