"""A phase of the stack's own is a screen like the others, in both sizes; its command waits for trust."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.widgets import Static

from screens.modals.tell import TellModal
from screens.modals.trust import TrustModal
from tests.own_checklist import DASHBOARD, Answering, give
from wizard.pipeline.opening import checklist_in
from wizard.pipeline.own.trusting import trust, trusts

Opened = Callable[..., AbstractAsyncContextManager[Any]]
Git = Callable[..., str]


@pytest.fixture(autouse=True)
def own(monkeypatch: pytest.MonkeyPatch, demo: Path) -> None:
    """The stack has the checklist, and its services answer without a server."""
    give(demo)
    (demo / "services/market/dashboard.json").write_text(DASHBOARD, encoding="utf-8")
    found = {"/health": '{"status": "ok"}', "/metrics": "market_events_total 3\n"}
    monkeypatch.setattr("wizard.pipeline.proof._docker", lambda remote: Answering(found))


@pytest.mark.parametrize("size", [(80, 24), (130, 40)])
async def test_the_app_shows_the_phase(opened: Opened, demo: Path, size: tuple[int, int]) -> None:
    async with opened(size=size) as person:
        heading = str(person.screen.query_one("#columns", Static).content)
        assert heading == "service          1     2    3      4   5    6    7     8    done"
        await person.press("enter", "ctrl+s", "8")
        words = person.words
        assert "phase 8 of 8" in words and "[8 observability ○]" in words and "Draw a dashboard" in words
        assert [(found.item, found.status.value) for found in person.screen.state.findings] == [
            ("8.1", "met"),
            ("8.2", "unknown"),
            ("8.3", "unknown"),
        ]
        assert "Nobody watches what has no picture." in words
        await person.press("9")
        assert "the checklist has 8 phases" in person.words
    assert not (demo / "canary").exists()


@pytest.mark.parametrize("size", [(60, 15), (130, 40)])
async def test_its_commands_are_trusted_and_untrusted_after_they_were_shown(
    opened: Opened, demo: Path, size: tuple[int, int]
) -> None:
    async with opened(size=size) as person:
        stack = person.app.session().stack

        def trusted() -> bool:
            return trusts(stack, checklist_in(stack))

        await person.press("Y", "dollar_sign")
        assert not trusted()
        words = person.words.replace("│", " ")
        assert "8.2 runs" in words and "touch canary" in " ".join(words.split()) and "None of them runs yet" in words
        await person.press("U", "enter", "y")
        assert not trusted() and person.on(TrustModal)
        await person.press("Y")
        assert trusted() and "they run in live checks now" in person.notices
        await person.press("dollar_sign", "Y", "escape")
        assert trusted()
        await person.press("dollar_sign", "U")
        assert not trusted()
    assert not (demo / "canary").exists()


async def test_what_changed_since_it_was_shown_is_not_trusted(opened: Opened, demo: Path) -> None:
    async with opened() as person:
        await person.press("dollar_sign")
        path = demo / ".stack-wizard/checklist.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace("touch canary", "touch other"), encoding="utf-8")
        await person.press("Y")
        stack = person.app.session().stack
        assert not trusts(stack, checklist_in(stack))


async def test_trust_is_not_given_by_a_key_that_came_before_the_commands(opened: Opened, demo: Path) -> None:
    async with opened() as person:
        for pressed in (events.Key("dollar_sign", "$"), events.Key("Y", "Y")):
            person.app.post_message(pressed)
        await person.settle()
        assert person.on(TrustModal)
        assert any("before the commands were on the screen" in notice for notice in person.notices)
        stack = person.app.session().stack
        assert not trusts(stack, checklist_in(stack))


async def test_what_the_checklist_does_not_say_has_no_heading(opened: Opened) -> None:
    async with opened(size=(130, 60)) as person:
        await person.press("enter", "ctrl+s", "8", "r")
        assert "8.1 is met" in person.words and "By hand" not in person.words
        await person.press("escape", "question_mark", "G")
        assert person.on(TellModal) and "By hand" not in person.words and "Counts as broken" not in person.words


async def test_its_command_runs_once_it_is_trusted(opened: Opened, demo: Path, git: Git) -> None:
    async with opened(size=(130, 40)) as person:
        await person.press("enter", "ctrl+s", "8", "v")
        seen = {one.item: one for one in person.app.session().seen("market")}
        assert (seen["8.2"].ok, seen["8.2"].cause, seen["8.3"].ok) == (None, "not-trusted", True)
        assert not (demo / "canary").exists()
        stack = person.app.session().stack
        trust(stack, checklist_in(stack))
        await person.press("v")
        assert (demo / "canary").exists()
        await person.press("escape")
        assert {found.status.value for found in person.screen.state.findings} == {"met"}
        await person.press("d", "A")
        assert "8.1 met: Draw a dashboard" in person.screen.message.text
        await person.press("enter")
        assert "Stack-Wizard-Items: 8.1 met, 8.2 met, 8.3 met" in git("log", "-1", "--format=%B")
