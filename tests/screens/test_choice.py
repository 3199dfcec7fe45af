"""Edits are taken and left in the diff itself, with a reason; undone and done again; the manifest keeps it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from screens.modals.ask import AskModal
from screens.phases.state import Step

Opened = Callable[..., AbstractAsyncContextManager[Any]]
Git = Callable[..., str]
MODELS = "services/market/models.py"


async def to_edit(person: Any, path: str) -> None:
    """The diff of the half-finished market's first phase, the cursor on one file."""
    await person.press("enter", "ctrl+s", "d")
    assert person.screen.diff.go_to(f"edit:{path}")
    await person.settle()


def heads(person: Any) -> list[str]:
    return [line.text for line in person.screen.diff.lines.lines if line.kind in ("heading", "offer")]


async def leave_out(person: Any, reason: str) -> None:
    await person.press("space")
    assert person.on(AskModal)
    await person.type(reason)
    await person.press("enter")


async def test_an_edit_that_is_left_is_not_written_and_the_manifest_says_why(
    opened: Opened, demo: Path, git: Git
) -> None:
    async with opened() as person:
        await to_edit(person, MODELS)
        await leave_out(person, "ours come from a library")
        assert f"[ ] left out {MODELS} (1.4): ours come from a library" in heads(person)
        assert MODELS not in person.screen.state.planned.changeset.paths
        await person.press("A", "C")
        assert person.screen.state.step is Step.COMMITTED
    assert not (demo / MODELS).exists()
    assert "ours come from a library" in (demo / ".stack-wizard/services/market.yaml").read_text()
    assert MODELS not in git("show", "--name-only", "--format=")


async def test_leaving_needs_a_reason_and_giving_up_leaves_the_plan(opened: Opened) -> None:
    async with opened() as person:
        await to_edit(person, MODELS)
        await person.press("space", "enter")
        assert "needs a reason" in person.words
        await person.press("escape")
        assert MODELS in person.screen.state.planned.changeset.paths


async def test_what_was_left_is_taken_again_by_the_same_key(opened: Opened) -> None:
    async with opened() as person:
        await to_edit(person, MODELS)
        await leave_out(person, "not now")
        assert person.screen.diff.go_to(f"left:{MODELS}")
        await person.press("space")
        assert MODELS in person.screen.state.planned.changeset.paths
        assert not any("left out" in head for head in heads(person))


async def test_what_an_earlier_session_left_can_be_taken(opened: Opened, demo: Path) -> None:
    async with opened() as person:
        await to_edit(person, MODELS)
        await leave_out(person, "not now")
        await person.press("A", "C")
    async with opened() as person:
        await person.press("enter")
        await person.press("1", "d")
        assert person.screen.diff.go_to(f"left:{MODELS}")
        await person.press("space", "A", "C")
    assert (demo / MODELS).exists()
    assert "not now" not in (demo / ".stack-wizard/services/market.yaml").read_text()


async def test_a_choice_is_undone_and_done_again(opened: Opened) -> None:
    async with opened() as person:
        await to_edit(person, MODELS)
        await leave_out(person, "not now")
        await person.press("u")
        assert MODELS in person.screen.state.planned.changeset.paths
        await person.press("ctrl+r")
        assert MODELS not in person.screen.state.planned.changeset.paths
        await person.press(">", "<")
        assert MODELS not in person.screen.state.planned.changeset.paths
        await person.press("escape", "enter", "ctrl+s", "1")
        assert MODELS not in person.screen.state.planned.changeset.paths


async def test_the_file_of_the_answers_cannot_be_left(opened: Opened) -> None:
    async with opened() as person:
        await to_edit(person, ".stack-wizard/services/market.yaml")
        await person.press("space")
        assert any("keeps the answers" in notice for notice in person.notices)


async def test_a_recipe_for_hand_written_code_is_taken_and_given_up(opened: Opened, demo: Path) -> None:
    service = demo / "services/market/service.py"
    said = service.read_text(encoding="utf-8")
    service.write_text(said.replace("port=8005)", "port=8005, ssl_context=CONTEXT)"), encoding="utf-8")
    async with opened() as person:
        await person.press("enter", "ctrl+s", "d")
        recipe = person.screen.state.offers[0].recipe
        path = person.screen.state.offers[0].path
        assert "safe" in next(head for head in heads(person) if head.startswith("[ ] offered"))
        before = person.screen.state.planned.changeset
        assert person.screen.diff.go_to(f"offer:{recipe}")
        await person.press("space")
        assert person.screen.state.planned.changeset != before
        assert path in person.screen.state.planned.changeset.paths
        assert person.screen.diff.go_to(f"taken:{recipe}")
        await person.press("space")
        assert person.screen.state.planned.changeset == before


async def test_a_plan_that_was_made_before_the_choice_is_never_written(opened: Opened) -> None:
    async with opened() as person:
        await to_edit(person, MODELS)
        old = person.screen.state.planned
        await leave_out(person, "not now")
        assert not person.screen.state.planned_for(old, type(person.screen.state.choice)())


async def test_what_was_left_is_left_after_quitting_until_the_phase_is_committed(
    opened: Opened, demo: Path, git: Git
) -> None:
    async with opened() as person:
        await to_edit(person, MODELS)
        await leave_out(person, "ours come from a library")
    async with opened() as person:
        await person.press("enter", "ctrl+s", "d")
        assert f"[ ] left out {MODELS} (1.4): ours come from a library" in heads(person)
        await person.press("A", "C")
        assert person.screen.state.step is Step.COMMITTED
        assert person.app.session().look().chosen == {}
    assert not (demo / MODELS).exists()
