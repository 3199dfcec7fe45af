"""The first screen: every service, the half-finished ones on top, why each stands where it stands."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from hashlib import sha256
from pathlib import Path
from typing import Any

from screens.modals.tell import TellModal
from screens.phase import PhaseScreen
from screens.spec import SpecScreen
from screens.stack import StackScreen

Opened = Callable[..., AbstractAsyncContextManager[Any]]


async def test_half_finished_services_come_first_and_say_why(opened: Opened) -> None:
    async with opened() as person:
        services = [option.id for option in person.screen.services.options]
        assert services[:3] == ["market", "allocation", "regime"]
        assert set(services[3:]) == {"core", "ws", "risk", "execution"}
        assert "services/market/Dockerfile:10" in person.shown
        assert "1 contradiction" in person.shown


async def test_j_and_k_move_and_show_the_service_under_the_cursor(opened: Opened) -> None:
    async with opened() as person:
        await person.press("j")
        assert person.screen.chosen == "allocation"
        assert "commented out" in person.shown
        await person.press("G")
        last = person.screen.services.options[-1].id
        assert person.screen.chosen == last
        await person.press("g", "j", "k")
        assert person.screen.chosen == "market"


async def test_escape_never_quits(opened: Opened) -> None:
    async with opened() as person:
        await person.press("escape")
        assert person.on(StackScreen)
        assert any("ctrl+q" in notice for notice in person.notices)


async def test_enter_on_a_service_without_manifest_shows_what_was_inferred(opened: Opened) -> None:
    async with opened(size=(80, 50)) as person:
        await person.press("enter")
        assert person.on(SpecScreen)
        assert "services/market/service.py:17 (8005)" in person.words


async def test_what_was_detected_is_told_with_its_reason(opened: Opened) -> None:
    async with opened() as person:
        await person.press("f")
        assert person.on(TellModal)
        assert "services_dir" in person.shown
        await person.press("escape")
        assert person.on(StackScreen)


async def test_re_reading_sees_what_changed_on_the_disk(opened: Opened, demo: Path) -> None:
    async with opened() as person:
        (demo / "services" / "newcomer").mkdir()
        (demo / "services" / "newcomer" / "service.py").write_text("import flask\napp = flask.Flask('newcomer')\n")
        await person.press("R")
        assert "newcomer" in [option.id for option in person.screen.services.options]


async def test_a_stack_without_services_says_how_to_begin(opened: Opened, tmp_path: Path, apart: None) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    subprocess.run(["git", "init", "-q", str(empty)], check=True)
    async with opened(empty) as person:
        assert "Press +" in person.shown
        await person.press("enter")
        assert any("no service yet" in notice for notice in person.notices)


async def test_a_folder_outside_git_can_be_looked_at_and_says_why_nothing_is_written(
    opened: Opened, tmp_path: Path, apart: None
) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    async with opened(plain) as person:
        assert "Nothing can be written now" in person.shown
        assert "git init" in person.shown


async def test_what_a_killed_run_left_is_put_right_and_said(opened: Opened, demo: Path) -> None:
    left_behind = demo / "services" / "market" / "left.py"
    left_behind.write_text("x = 1\n")
    head = subprocess.run(["git", "-C", demo, "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout
    entry = {"path": "services/market/left.py", "before": None, "after": sha256(b"x = 1\n").hexdigest(), "mode": 420}
    journal = {"service": "market", "phase": "service", "head": head.strip(), "entries": [entry], "folders": []}
    place = demo / ".git" / "stack-wizard"
    place.mkdir(exist_ok=True)
    (place / "journal.json").write_text(json.dumps({**journal, "schema": 1}))
    async with opened() as person:
        assert "was put back: services/market/left.py" in person.words
        assert not left_behind.exists()


async def test_a_service_that_the_wizard_knows_opens_at_the_next_phase(opened: Opened) -> None:
    async with opened() as person:
        await person.press("enter", "ctrl+s")
        assert person.on(PhaseScreen)
        await person.press("d", "A", "C", "escape")
        assert person.on(StackScreen)
        await person.press("enter")
        assert person.on(PhaseScreen)
        assert person.screen.state.phase.name == "container"
