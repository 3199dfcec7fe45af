"""From an empty folder to seven commits, by keys alone, small and comfortable."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.journeys.app_user import Answers, AppUser
from tests.journeys.conftest import OpenTerminal

pytestmark = [pytest.mark.journey, pytest.mark.embedded]


def git(stack: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", str(stack), *words], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
def test_keys_alone_lead_to_seven_commits(
    size: tuple[int, int], terminals: OpenTerminal, tmp_path: Path, own_port: int
) -> None:
    terminal = terminals(tmp_path / "home", size=size)
    user = AppUser(terminal)
    stack = tmp_path / "stack"
    user.open_demo(stack)
    before = git(stack, "rev-list", "--count", "HEAD")
    user.answer(
        Answers(
            "sentiment",
            "Scores how the market feels about a symbol.",
            own_port,
            inputs=(("market_data", "symbol str, price float"),),
            outputs=(("sentiment_scores", "symbol str, price float, score float"),),
            tables=(("sentiment_scores", "symbol text, score double precision?"),),
        )
    )
    user.settle()
    hashes = user.walk_phases()
    print(terminal.screen())
    assert git(stack, "status", "--porcelain") == ""
    assert int(git(stack, "rev-list", "--count", "HEAD")) - int(before) == 7
    print(hashes)
    user.quit()
    assert terminal.exit_status == 0
