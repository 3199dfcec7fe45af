"""The person's editor: its words, the line, and what is said where it cannot be opened."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from screens.terminal.editor import command

Opened = Callable[..., AbstractAsyncContextManager[Any]]
FILE = Path("/stack/logic.py")


@pytest.mark.parametrize(
    ("editor", "words"),
    [
        ("vim", ["vim", "+7", "/stack/logic.py"]),
        ("/usr/bin/nano -w", ["/usr/bin/nano", "-w", "+7", "/stack/logic.py"]),
        ("hx", ["hx", "/stack/logic.py:7"]),
        ("code -r", ["code", "-r", "--wait", "--goto", "/stack/logic.py:7"]),
        ("unknown 'with space'", ["unknown", "with space", "/stack/logic.py"]),
    ],
)
def test_the_line_is_given_in_the_editors_own_way(editor: str, words: list[str]) -> None:
    assert command({"EDITOR": editor}, FILE, 7) == words


def test_visual_comes_before_editor() -> None:
    assert command({"EDITOR": "vi", "VISUAL": "emacs"}, FILE, 0)[0] == "emacs"


@pytest.mark.parametrize("editor", ["no-such-editor-here", "'unclosed", "true"])
async def test_where_it_cannot_be_opened_the_file_is_named(
    opened: Opened, editor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened() as person:
        await person.press("enter", "ctrl+s")
        monkeypatch.setenv("EDITOR", editor)
        assert os.environ["EDITOR"] == editor
        await person.press("e")
        said = " ".join(person.notices)
        assert "services/market/service.py" in said or "cannot be understood" in said
