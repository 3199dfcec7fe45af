"""The same answers, typed line by line and given in a file, end in the same tree, the live record included."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.journey, pytest.mark.embedded, pytest.mark.xdist_group("headless")]
Wizard = Callable[..., Any]
OUTPUT = "symbol str, price float (the price the score was made at), score float (-1 fear to 1 greed)"
APPLY, WRITE = ("apply", "yes", "commit"), ("write", "yes", "commit")
PHASES = (*APPLY, *APPLY, *APPLY, *WRITE, *WRITE, *APPLY)


def typed(port: int) -> str:
    purpose = "Scores how the market feels about a symbol from its latest prices."
    inputs = ("-", "market_data", "symbol str, price float, volume float", "")
    outputs = ("-", "sentiment_scores", OUTPUT, "")
    tables = ("sentiment_scores", "symbol text, price double precision, score double precision?", "", "yes", "")
    answers = ("new", "sentiment", "", purpose, str(port), *inputs, *outputs, *tables, "", "", "", "", "")
    return "\n".join((*answers, *PHASES, "check", *APPLY, ""))


def git(stack: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", str(stack), *words], capture_output=True, text=True, check=True).stdout


def test_plain_and_run_end_in_the_same_tree(
    demo: Path, copied: Callable[[Path, str], Path], answers: Path, free_port: int, command: Wizard
) -> None:
    other = copied(demo, "other")
    run = ("run", "sentiment", "--answers", str(answers), "--port", str(free_port))
    command(*run, "--no-live", "--phase", "..docs", stack=other)
    deployed = command(*run, "--phase", "deployment", "--runtime", "embedded", "--log-window", "1", stack=other)
    assert deployed.code == 0, deployed.out[-3000:] + deployed.err
    said = command("--plain", stack=demo, given=typed(free_port))
    assert said.code == 0, said.out[-3000:] + said.err
    assert "observed 7.4 passed" in said.out
    assert "Commits: 7" in said.out
    assert git(demo, "rev-parse", "HEAD^{tree}") == git(other, "rev-parse", "HEAD^{tree}")
    assert git(demo, "log", "--format=%B", "-7") == git(other, "log", "--format=%B", "-7")
    assert git(demo, "status", "--porcelain") == git(other, "status", "--porcelain") == ""
