"""What was taken and left of a plan is there the next time, until the phase is committed."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.adapters.git.repo import GitRepo
from wizard.session.choices import Choices
from wizard.values.choice import EVERYTHING, Choice, Left

SOME = Choice(("safe",), (), (Left("services/a/models.py", "ours come from a library"),), ("README.md",))


@pytest.fixture
def choices(grown: Path) -> Choices:
    return Choices(GitRepo(grown))


def test_each_phase_has_its_own(choices: Choices) -> None:
    choices.keep("price_feed", "service", SOME)
    choices.keep("price_feed", "docs", Choice(("1.3",)))
    assert choices.load("price_feed") == {"service": SOME, "docs": Choice(("1.3",))}
    assert choices.services() == ("price_feed",)
    assert choices.load("other") == {}


def test_the_whole_plan_needs_no_keeping(choices: Choices) -> None:
    choices.keep("a", "service", SOME)
    choices.keep("a", "service", EVERYTHING)
    assert choices.services() == ()
    choices.keep("b", "docs", EVERYTHING)
    assert choices.services() == ()


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"schema": 2, "phases": {}}', '{"schema": 1, "phases": {"docs": 3}}']
)
def test_what_is_not_understood_is_no_choice(choices: Choices, text: str) -> None:
    choices.keep("a", "docs", SOME)
    file = next(choices._folder.glob("*.json"))
    file.write_text(text)
    assert choices.load("a") == {}
    choices.keep("a", "docs", SOME)
    assert choices.load("a") == {"docs": SOME}
