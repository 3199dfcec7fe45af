"""What a person trusts is kept beside their own state, by place and content."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from wizard.adapters.trust import Trust
from wizard.errors import RefusedError

FIRST, SECOND = "a" * 64, "b" * 64


def trust(tmp_path: Path, stack: str = "stack") -> Trust:
    return Trust(tmp_path / stack, {"XDG_STATE_HOME": str(tmp_path / "state")})


def test_only_the_same_content_of_the_same_stack_is_trusted(tmp_path: Path) -> None:
    assert not trust(tmp_path).holds(FIRST)
    trust(tmp_path).give(FIRST)
    assert trust(tmp_path).holds(FIRST)
    assert not trust(tmp_path).holds(SECOND) and not trust(tmp_path, "other").holds(FIRST)
    assert not trust(tmp_path).holds("")


def test_going_back_to_a_trusted_content_asks_no_question(tmp_path: Path) -> None:
    trust(tmp_path).give(FIRST)
    trust(tmp_path).give(SECOND)
    assert trust(tmp_path).holds(FIRST) and trust(tmp_path).holds(SECOND)


def test_taking_back_forgets_everything_of_the_stack(tmp_path: Path) -> None:
    trust(tmp_path).give(FIRST)
    trust(tmp_path).give(SECOND)
    trust(tmp_path, "other").give(FIRST)
    assert (trust(tmp_path).take_back(), trust(tmp_path).take_back()) == (2, 0)
    assert not trust(tmp_path).holds(FIRST) and trust(tmp_path, "other").holds(FIRST)


def test_nobody_else_can_write_it(tmp_path: Path) -> None:
    trust(tmp_path).give(FIRST)
    (folder,) = (tmp_path / "state" / "stack-wizard" / "trusted").iterdir()
    assert not stat.S_IMODE(folder.stat().st_mode) & 0o077


def test_where_it_cannot_be_kept_it_is_not_given(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file", encoding="utf-8")
    with pytest.raises(RefusedError):
        trust(tmp_path).give(FIRST)
    assert not trust(tmp_path).holds(FIRST)
