"""The settings in the app: the theme from the first paint on and kept, other keys, and errors that close nothing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from screens.keymap import rebound
from screens.modals.tell import TellModal
from screens.stack import StackScreen

Opened = Callable[..., AbstractAsyncContextManager[Any]]


@pytest.fixture
def config(demo: Path, tmp_path: Path) -> Path:
    path = tmp_path / "home" / ".config" / "stack-wizard" / "config.yaml"
    path.parent.mkdir(parents=True)
    return path


async def test_theme_and_keys_hold_and_a_chosen_theme_is_kept(config: Path, opened: Opened) -> None:
    config.write_text("# mine\ntheme: nord  # dark\nkeys:\n  found: F\n")
    async with opened(size=(120, 60)) as person:
        assert person.app.theme == "nord"
        await person.press("f")
        assert person.on(StackScreen)
        await person.press("F")
        assert person.on(TellModal)
        await person.press("escape", "question_mark")
        assert "F Found: what was detected about this stack" in person.words
        person.app.theme = "dracula"
        await person.settle()
    assert config.read_text() == "# mine\ntheme: dracula # dark\nkeys:\n  found: F\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("theme: nrod\n", "theme: there is no 'nrod' (did you mean 'nord'?)"),
        ("\nkeys:\n  apply: a\n", "keys.apply: writes, so it needs a capital"),
        ("keys:\n  fund: F\n", "there is no such deed (did you mean 'found'?)"),
        ("log_window: x\n", "log_window: "),
    ],
)
async def test_what_is_wrong_is_said_and_the_app_is_open(text: str, said: str, config: Path, opened: Opened) -> None:
    config.write_text(text)
    async with opened(size=(140, 40)) as person:
        assert person.on(TellModal)
        assert said in person.words
        assert f"config.yaml:{len(text.splitlines())}" in person.words
        await person.press("escape")
        assert "market" in person.words


@pytest.mark.parametrize(
    ("keys", "made", "wrong"),
    [
        ({"found": "F"}, {"found": "F"}, []),
        ({"found": "ctrl+f, ?", "help": "f1"}, {"found": "ctrl+f,question_mark", "help": "f1"}, []),
        ({"found": "p"}, {"found": "p"}, ["found"]),
        ({"found": "p", "ports": "f"}, {"found": "p", "ports": "f"}, []),
        ({"apply": "enter"}, {}, ["apply"]),
        ({"apply": "X"}, {"apply": "X"}, []),
        ({"commit": "ctrl+g"}, {"commit": "ctrl+g"}, []),
        ({"found": " "}, {}, ["found"]),
    ],
)
def test_a_key_has_one_deed_with_other_keys_too(keys: dict[str, str], made: dict[str, str], wrong: list[str]) -> None:
    found, problems = rebound(keys)
    assert found == made
    assert [deed for deed, _ in problems] == wrong
