"""From an empty folder to seven commits by keys alone, at both sizes; what comes out is what `run --answers` makes."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.journeys.app_user import APP, AppUser, demo_answers
from tests.journeys.conftest import ANSWERS, GitOf, OpenTerminal, person_env

pytestmark = [pytest.mark.journey, pytest.mark.embedded]
PHASES = ("service", "container", "compose", "database", "testing", "docs", "deployment")
SUMMARY = (
    r"sentiment  29 of 30 ",
    r"2 container   ✓✓○✓   3/4   [0-9a-f]{8} feat\(sentiment\): add container image",
    r"4 database    ✓✓✓    3/3 ",
    r"7 deployment  ✓✓✓✓✓  5/5   [0-9a-f]{8} docs\(sentiment\): record deployment",
    r"○ 2.3 Pin base image with SHA256",  # a digest needs a registry or an engine: it is never invented
    r"Push them for review:   git push",
)


def give(stack: Path, home: Path, port: int) -> int:
    """The same answers from a file, carried out by `run`; its exit code."""
    words = ["run", "sentiment", "--answers", str(ANSWERS), "--port", str(port), "--yes", "--log-window", "1"]
    run = subprocess.run([*APP, "-C", str(stack), *words], env=person_env(home), capture_output=True, check=False)
    return run.returncode


def walk(user: AppUser, stack: Path, port: int, git: GitOf) -> list[str]:
    """From nothing to the summary; checks what every such walk must leave behind."""
    user.open_demo(stack)
    before = git(stack, "rev-parse", "HEAD")
    user.answer(demo_answers(port))
    user.settle()
    said = user.walk_phases()
    hashes = git(stack, "log", "--reverse", "--format=%H", f"{before}..HEAD").split()
    assert [whole.startswith(short) for whole, short in zip(hashes, said, strict=True)] == [True] * 7
    trailers = git(stack, "log", "--reverse", "--format=%(trailers:key=Stack-Wizard-Phase,valueonly)", f"{before}..")
    assert trailers.split("\n\n") == [f"{number}/7 {name}" for number, name in enumerate(PHASES, 1)]
    assert git(stack, "log", "--format=%an <%ae>", f"{before}..").split("\n") == ["Ada Example <ada@example.org>"] * 7
    assert git(stack, "status", "--porcelain") == ""
    screen = user.terminal.screen()
    for line in SUMMARY:
        assert re.search(line, screen), screen
    return hashes


def test_small_and_the_same_as_given_answers(
    terminals: OpenTerminal, prepared_demo: Path, tmp_path: Path, own_port: int, git_of: GitOf
) -> None:
    stack, other = tmp_path / "stack", shutil.copytree(prepared_demo, tmp_path / "given", symlinks=True)
    user = AppUser(terminals(tmp_path / "home", size=(80, 24)))
    walk(user, stack, own_port, git_of)
    user.quit()
    assert give(other, tmp_path / "other-home", own_port) == 1  # 2.3 is left
    assert git_of(stack, "rev-parse", "HEAD^{tree}") == git_of(other, "rev-parse", "HEAD^{tree}")
    assert git_of(stack, "log", "--format=%B", "-7") == git_of(other, "log", "--format=%B", "-7")


def test_comfortable(terminals: OpenTerminal, tmp_path: Path, own_port: int, git_of: GitOf) -> None:
    user = AppUser(terminals(tmp_path / "home", size=(120, 40)))
    walk(user, tmp_path / "stack", own_port, git_of)
    user.terminal.press("o")
    rows = user.see_stack()
    assert re.search(r"^ sentiment +✓✓✓✓✓ ✓✓○✓ ✓✓✓✓✓ ✓✓✓ ✓✓✓✓ ✓✓✓✓ ✓✓✓✓✓ 29/30", rows, re.MULTILINE), rows
    user.quit()
