"""One phase: what is shown, written, checked, committed, taken back; nothing is lost and nothing is half done."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from screens.modals.choose import ChooseModal
from screens.modals.review import ReviewModal
from screens.modals.tell import TellModal
from screens.phase import PhaseScreen
from screens.phases.state import Step
from screens.spec import SpecScreen
from screens.stack import StackScreen
from tests.phases import CONTAINER

Opened = Callable[..., AbstractAsyncContextManager[Any]]
Git = Callable[..., str]
Photograph = Callable[[Path], dict[str, bytes]]


async def to_market(person: Any) -> None:
    """The half-finished market, its answers taken as they were read."""
    await person.press("enter", "ctrl+s")
    assert person.on(PhaseScreen)


async def test_items_show_status_evidence_why_and_an_example_of_the_stack(opened: Opened) -> None:
    async with opened(size=(100, 50)) as person:
        await to_market(person)
        assert [f.item for f in person.screen.state.findings] == ["1.1", "1.2", "1.3", "1.4", "1.5"]
        await person.press("j", "j", "j")
        text = person.screen.query_one("#item").text
        assert "there is no models.py" in text
        assert "Events come from other people's code" in text
        assert "services/core/models.py:" in text


async def test_enter_alone_leads_from_the_changes_to_the_commit_and_on(opened: Opened, git: Git) -> None:
    async with opened() as person:
        await to_market(person)
        await person.press("enter")
        assert person.screen.panes.current == "changes"
        assert any("models.py" in line.text and line.kind == "heading" for line in person.screen.diff.lines.lines)
        await person.press("enter")
        assert person.screen.state.step.value == "judged"
        assert git("log", "--format=%s", "-1").strip() == "Begin market, allocation and regime"
        await person.press("enter")
        assert person.screen.state.step.value == "committed"
        assert git("log", "--format=%s", "-1").strip() == "feat(market): add service (phase 1 of 7)"
        assert git("status", "--short") == ""
        await person.press("enter")
        assert person.screen.state.phase == CONTAINER


async def test_the_message_can_be_edited_before_the_commit(opened: Opened, git: Git) -> None:
    async with opened() as person:
        await to_market(person)
        await person.press("d", "A", "m", "ctrl+home", "X", "ctrl+s")
        assert git("log", "--format=%s", "-1").strip() == "Xfeat(market): add service (phase 1 of 7)"
        assert "Stack-Wizard-Phase: 1/7 service" in git("log", "--format=%b", "-1")


async def test_taking_back_leaves_the_repository_as_before(opened: Opened, demo: Path, photograph: Photograph) -> None:
    async with opened() as person:
        await to_market(person)
        before = photograph(demo)
        await person.press("d", "A")
        assert photograph(demo) != before
        await person.press("T")
        assert photograph(demo) == before
        assert person.screen.state.step.value == "planned"


async def test_leaving_a_written_phase_asks_and_stays_by_default(
    opened: Opened, demo: Path, photograph: Photograph
) -> None:
    async with opened() as person:
        await to_market(person)
        before = photograph(demo)
        await person.press("d", "A", "escape")
        assert person.on(ChooseModal)
        await person.press("enter")
        assert person.screen.state.step.value == "judged"
        await person.press("escape", "3")
        assert person.on(StackScreen)
        assert photograph(demo) == before


async def test_quitting_with_a_written_phase_asks_and_puts_it_back(
    opened: Opened, demo: Path, photograph: Photograph
) -> None:
    async with opened() as person:
        await to_market(person)
        before = photograph(demo)
        await person.press("d", "A", "ctrl+q")
        assert person.on(ChooseModal)
        await person.pilot.press("2")
    assert photograph(demo) == before


async def test_quitting_with_nothing_under_way_asks_nothing(opened: Opened) -> None:
    async with opened() as person:
        await person.pilot.press("ctrl+q")
        await person.pilot.pause()
        assert person.app._exit


async def test_a_hook_that_refuses_is_shown_and_nothing_is_half_done(
    opened: Opened, demo: Path, photograph: Photograph
) -> None:
    hook = demo / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'no [red]commits[/] on Fridays' >&2\nexit 1\n")
    hook.chmod(0o755)
    async with opened() as person:
        await to_market(person)
        before = photograph(demo)
        await person.press("d", "A", "C")
        assert person.on(TellModal)
        assert "no [red]commits[/] on Fridays" in person.shown
        assert photograph(demo) == before
        await person.press("escape")
        assert person.screen.state.step.value == "planned"


async def test_an_index_lock_is_named_and_nothing_is_written(
    opened: Opened, demo: Path, photograph: Photograph
) -> None:
    async with opened() as person:
        await to_market(person)
        (demo / ".git" / "index.lock").touch()
        before = photograph(demo)
        await person.press("d", "A")
        assert person.on(TellModal)
        assert "index.lock" in person.shown
        assert photograph(demo) == before


async def test_a_waiver_needs_a_reason_and_becomes_a_commit(opened: Opened, git: Git) -> None:
    async with opened() as person:
        await to_market(person)
        await person.press("d", "A", "C", "enter", "j", "j")
        assert person.screen.items.current == "2.3"
        await person.press("W", "enter")
        assert "needs a reason" in person.words
        await person.type("no network here")
        await person.press("enter")
        assert person.on(ReviewModal)
        assert "no network here" in person.shown
        await person.press("enter")
        assert "waive item 2.3" in git("log", "--format=%s", "-1")
        assert person.screen.state.finding("2.3").status.value == "waived"


async def test_a_key_that_cannot_be_used_now_says_why(opened: Opened) -> None:
    async with opened() as person:
        await to_market(person)
        await person.press("C")
        assert any("apply (A) comes first" in notice for notice in person.notices)


async def test_going_back_to_the_answers_and_on_keeps_both(opened: Opened) -> None:
    async with opened() as person:
        await to_market(person)
        await person.press("a")
        assert person.on(SpecScreen)
        await person.press("end")
        await person.type(" at last")
        await person.press("ctrl+s")
        assert person.on(PhaseScreen)
        assert person.screen.state.spec.purpose.endswith(" at last")
        assert len([s for s in person.app.screen_stack if isinstance(s, PhaseScreen)]) == 1


async def test_cancelling_the_checks_puts_the_files_back(
    opened: Opened, demo: Path, photograph: Photograph, monkeypatch: pytest.MonkeyPatch
) -> None:
    from wizard.pipeline.guided_session import GuidedSession
    from wizard.values.observation import Progress

    before: dict[str, bytes] = {}
    frame = threading.Event()

    def endless(self: GuidedSession, cancelled: Callable[[], bool]) -> Any:
        def proof(*_: object) -> Any:
            assert photograph(demo) != before
            while not cancelled():
                frame.wait(0.02)
                yield Progress("5.1", "step", "still testing")

        return proof

    monkeypatch.setattr(GuidedSession, "_prove", endless)
    async with opened() as person:
        await to_market(person)
        await person.press("5")
        before = photograph(demo)
        await person.pilot.press("d", "A")
        while person.screen.state.step is not Step.CHECKING or not person.screen.state.steps:
            await person.pilot.pause(0.01)
        await person.pilot.press("escape")
        assert any("ctrl+x" in notice for notice in person.notices)
        assert person.screen.why_not("commit")
        await person.press("ctrl+x")
        assert photograph(demo) == before
        assert person.screen.state.step.value == "planned"


async def test_the_wide_layout_shows_item_and_changes_side_by_side(opened: Opened) -> None:
    async with opened(size=(120, 40)) as person:
        await to_market(person)
        assert "Docker, compose and the people on call" in person.words
        assert "new services/market/models.py" in "\n".join(line.text for line in person.screen.diff.lines.lines)
        assert person.screen.panes.current == "changes"
        await person.press("enter")
        assert person.screen.state.step.value == "judged"


async def test_other_changes_of_the_engineer_stay_as_they_were(opened: Opened, demo: Path, git: Git) -> None:
    (demo / "README.md").write_text("mine\n")
    (demo / "notes.txt").write_text("staged\n")
    subprocess.run(["git", "-C", demo, "add", "notes.txt"], check=True)
    before = git("status", "--porcelain")
    async with opened() as person:
        await to_market(person)
        await person.press("d", "A", "C")
    assert git("status", "--porcelain") == before


async def test_what_came_otherwise_than_meant_is_said(opened: Opened, demo: Path) -> None:
    hook = demo / ".git/hooks/commit-msg"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'ABC-1 [work]' > \"$1\"\n")
    hook.chmod(0o755)
    async with opened(size=(120, 40)) as person:
        await person.press("enter", "ctrl+s", "A", "C")
        assert any("trailers" in notice and "lost" in notice for notice in person.notices)


@pytest.mark.parametrize("hidden", ["by another part", "by a small terminal"])
async def test_changes_that_are_hidden_again_are_not_written(opened: Opened, hidden: str) -> None:
    async with opened() as person:
        await person.press("enter", "ctrl+s", "d")
        if hidden == "by another part":
            person.screen.maximize(person.screen.items)
        else:
            await person.pilot.resize_terminal(30, 8)
        await person.settle()
        for key in ("A", "enter", "A"):
            await person.press(key)
            assert person.screen.state.step is Step.PLANNED
        assert not {"Maximize", "Minimize"} & {each.title for each in person.app.get_system_commands(person.screen)}
