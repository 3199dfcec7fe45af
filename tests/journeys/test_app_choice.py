"""A day with sixty services, in keys: find one, read its diff, leave an edit out, commit, undo, redo."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.journeys.app_user import LIVE, AppUser
from tests.journeys.conftest import GitOf
from tests.journeys.terminal import Terminal

pytestmark = pytest.mark.journey
MODELS = "services/market/models.py"
SERVICES = 60


@pytest.fixture
def sixty(demo: Path, git_of: GitOf) -> Path:
    """The sample stack among copies of one of its services."""
    folder = demo / "services"
    there = sum(1 for path in folder.iterdir() if (path / "service.py").exists())
    for number in range(SERVICES - there):
        copy = shutil.copytree(folder / "regime", folder / f"part{number:02}")
        for path in copy.rglob("*"):
            if path.is_file():
                path.write_text(path.read_text().replace("regime", f"part{number:02}"))
    git_of(demo, "add", "--all")
    git_of(demo, "commit", "--quiet", "--message", "Grow")
    return demo


def test_one_of_sixty_is_found_and_one_edit_left_out(sixty: Path, terminal: Terminal, git_of: GitOf) -> None:
    user = AppUser(terminal)
    user.open(sixty)
    terminal.press("/")
    terminal.type("market")
    terminal.wait(rf"1 of {SERVICES}")
    terminal.press("Enter")
    terminal.wait(r"^ market  \d+ of \d+ done")
    terminal.press("Enter")
    terminal.wait(r"market › answers")
    user.settle()
    terminal.press("d")
    terminal.wait(r"Nothing is committed yet")
    terminal.press("/")
    terminal.type(f"new {MODELS}")
    terminal.wait(r"1 of 1")
    terminal.press("Enter")
    terminal.wait(rf"▸\[x\] new {MODELS}")
    terminal.press("Space")
    terminal.wait(r"Leave an edit out")
    terminal.type("our models come from a library")
    terminal.press("Enter")
    terminal.wait(rf"\[ \] left out {MODELS}")
    terminal.wait(r"write \d+ files?\.")
    terminal.press("A")
    terminal.wait(r"commit \d+ files?; ", LIVE)
    terminal.press("C")
    user.see_commit()
    made = git_of(sixty, "rev-parse", "HEAD^{tree}")
    assert MODELS not in git_of(sixty, "show", "--name-only", "--format=")
    assert "our models come from a library" in git_of(sixty, "show", "HEAD:.stack-wizard/services/market.yaml")
    terminal.press("u")
    terminal.wait(r"Take back feat\(market\)")
    terminal.wait(r"Enter commits")
    terminal.press("Enter")
    terminal.wait_for(lambda: "take back" in git_of(sixty, "log", "-1", "--format=%s"), "the revert")
    assert git_of(sixty, "rev-parse", "HEAD^{tree}") == git_of(sixty, "rev-parse", "HEAD~2^{tree}")
    terminal.wait(f"committed {git_of(sixty, 'rev-parse', 'HEAD')[:10]}: ")
    terminal.press("C-r")
    terminal.wait(r"Bring back feat\(market\)")
    terminal.wait(r"Enter commits")
    terminal.press("Enter")
    terminal.wait_for(lambda: git_of(sixty, "rev-parse", "HEAD^{tree}") == made, "the phase again")
    terminal.wait(f"committed {git_of(sixty, 'rev-parse', 'HEAD')[:10]}: ")
    user.quit()
    assert git_of(sixty, "status", "--porcelain") == ""
