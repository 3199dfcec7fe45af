"""The main job without a screen: the demo from nothing to thirty items, with real servers."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wizard.checklist.load import load

pytestmark = [pytest.mark.journey, pytest.mark.embedded, pytest.mark.xdist_group("headless")]
Wizard = Callable[..., Any]


def git(stack: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", str(stack), *words], capture_output=True, text=True, check=True).stdout


def test_the_demo_ends_with_thirty_items_seven_commits_and_a_clean_tree(command: Wizard, tmp_path: Path) -> None:
    stack = tmp_path / "demo"
    said = command("demo", str(stack), "--runtime", "embedded", "--log-window", "1", timeout=840)
    assert said.code == 0, said.out[-3000:] + said.err
    _thirty_items_with_evidence(said.out)
    _observations_of_the_live_checks(said.out)
    trailers = git(stack, "log", "--reverse", "--format=%(trailers:key=Stack-Wizard-Phase,valueonly)").split("\n")
    phases = ["service", "container", "compose", "database", "testing", "docs", "deployment"]
    assert [line for line in trailers if line] == [f"{n}/7 {phase}" for n, phase in enumerate(phases, 1)]
    untracked = git(stack, "status", "--porcelain", "--ignored").splitlines()
    assert [line for line in untracked if not line.startswith("!! infrastructure/secrets/")] == []
    subjects = git(stack, "log", "--format=%s", "-7").splitlines()
    assert all(subject in said.out for subject in subjects)
    assert "not decided on this machine: 2.3" in said.out or " 30 met" in said.out
    _again_there_is_nothing_left(command, stack)


def _thirty_items_with_evidence(out: str) -> None:
    report = out[out.index("\nsentiment: ") :]
    blocks = re.split(r"\n(?=  \d\.\d  )", report)[1:]
    assert [block[2:5] for block in blocks] == [item.id for item in load().items]
    for block in blocks:
        place = re.search(r"^ {16}(\S+/\S+|\S+\.\w+)(:\d+)?$", block, re.MULTILINE)
        assert place or "[embedded]" in block, block
        assert " met " in block.split("\n")[0] or block.startswith("  2.3")


def _observations_of_the_live_checks(out: str) -> None:
    for item in ("4.3", "5.1", "5.2", "5.3", "7.1", "7.2", "7.3", "7.4", "7.5"):
        assert f"observed {item} passed: [embedded] " in out


def _again_there_is_nothing_left(command: Wizard, stack: Path) -> None:
    """A record of these very files is enough: nothing is run or written a second time."""
    head = git(stack, "rev-parse", "HEAD")
    said = command("status", stack=stack)
    assert said.code == 0
    assert re.search(r"^sentiment +yes +yes +yes +", said.out, re.MULTILINE)
    assert git(stack, "rev-parse", "HEAD") == head
