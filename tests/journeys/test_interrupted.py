"""Runs that are killed, stopped or hung up: the next one goes on at the right phase, and ends in the same tree."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("headless")]
Wizard = Callable[..., Any]
Photograph = Callable[[Path], dict[str, bytes]]
NAMES = ("service", "container", "compose", "database", "testing", "docs")
# The wizard is the parent of the git that runs the hook.
KILL = "kill -9 \"$(ps -o ppid= -p $PPID | tr -d ' ')\"\n"
ONCE_A_PHASE = (
    'subject="$(git diff --cached --name-only | sort | cksum | tr " " -)"\n'
    'mark="$(git rev-parse --git-path "killed-$subject")"\n'
    '[ -e "$mark" ] && exit 0\n'
    'touch "$mark"\n'
)


def git(stack: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", str(stack), *words], capture_output=True, text=True, check=True).stdout


def tree(stack: Path) -> str:
    return git(stack, "rev-parse", "HEAD^{tree}")


def hook(stack: Path, name: str, script: str) -> None:
    path = stack / ".git" / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("#!/bin/sh\n" + script)
    path.chmod(0o755)


@pytest.fixture
def whole(demo: Path, copied: Callable[[Path, str], Path], answers: Path, free_port: int, command: Wizard) -> Path:
    """A stack in which the service was added without an interruption."""
    stack = copied(demo, "whole")
    command(*words(answers, free_port), stack=stack)
    return stack


def words(answers: Path, port: int) -> tuple[str, ...]:
    return ("run", "sentiment", "--answers", str(answers), "--port", str(port), "--no-live", "--yes")


@pytest.mark.parametrize(
    ("when", "script"),
    [
        ("post-commit", KILL),
        ("pre-commit", ONCE_A_PHASE + KILL + "exit 1\n"),
        ("pre-commit", ONCE_A_PHASE + KILL + "exit 0\n"),
    ],
    ids=["after the commit", "before the commit", "while git commits"],
)
def test_killed_in_every_phase_it_ends_in_the_same_tree(
    when: str, script: str, demo: Path, whole: Path, answers: Path, free_port: int, command: Wizard
) -> None:
    hook(demo, when, script)
    codes: list[int] = []
    for _ in range(2 * len(NAMES) + 2):
        said = command(*words(answers, free_port), stack=demo)
        codes.append(said.code)
        if said.code != -signal.SIGKILL:
            break
        done = len(git(demo, "log", "--format=%(trailers:key=Stack-Wizard-Phase,valueonly)").split())
        assert done <= 2 * len(NAMES)
    assert codes == [-signal.SIGKILL] * len(NAMES) + [1]  # 1: the live items are left
    assert tree(demo) == tree(whole)
    assert git(demo, "log", "--format=%s%n%b", "-6") == git(whole, "log", "--format=%s%n%b", "-6")
    assert git(demo, "rev-list", "--count", "HEAD") == git(whole, "rev-list", "--count", "HEAD")
    assert git(demo, "status", "--porcelain") == ""


def test_the_next_run_says_what_it_put_back_and_goes_on_there(
    demo: Path, answers: Path, free_port: int, command: Wizard
) -> None:
    hook(
        demo,
        "pre-commit",
        "[ -d services/sentiment/README.md ] || [ ! -e tests/unit/sentiment ] && exit 0\n" + KILL + "exit 1\n",
    )
    assert command(*words(answers, free_port), stack=demo).code == -signal.SIGKILL
    (demo / ".git" / "hooks" / "pre-commit").unlink()
    assert "tests/unit/sentiment" in git(demo, "status", "--porcelain", "--untracked-files=all")
    looked = command("check", "sentiment", stack=demo)
    assert "tests/unit/sentiment" in looked.out  # a mere look changes nothing
    said = command(*words(answers, free_port), stack=demo)
    assert "an interrupted run of phase testing of sentiment was put back" in said.err
    assert re.search(r"phase 4 database: nothing to write.*\n.*?phase 5 testing: \d+ files", said.out, re.DOTALL)


@pytest.mark.embedded
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_stopped_during_a_live_check(
    number: signal.Signals, demo: Path, answers: Path, free_port: int, command: Wizard, photograph: Photograph
) -> None:
    live = ("run", "sentiment", "--answers", str(answers), "--port", str(free_port), "--yes", "--runtime", "embedded")
    command(*live, "--phase", "..compose", stack=demo)
    before = photograph(demo)
    code, err = _stop_when(demo, (*live, "--phase", "database"), "twice to a scratch database", number)
    if number is signal.SIGKILL:
        assert code == -number
        assert photograph(demo) != before
    else:
        assert code == 128 + number
        assert "the repository is as it was before the phase" in err
        assert photograph(demo) == before
    said = command(*live, "--phase", "database", stack=demo)
    assert said.code == 0, said.out + said.err
    assert "observed 4.3 passed" in said.out
    assert git(demo, "log", "-1", "--format=%s").startswith("feat(sentiment): add database tables")
    assert git(demo, "status", "--porcelain") == ""
    assert not _left_running(demo)


def _stop_when(stack: Path, words: tuple[str, ...], seen: str, number: signal.Signals) -> tuple[int, str]:
    """Start the wizard and send it a signal as soon as it says `seen`."""
    process = subprocess.Popen(
        [sys.executable, "-m", "screens", "-C", str(stack), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if seen in line:
            process.send_signal(number)
            break
    _, err = process.communicate(timeout=300)
    return process.returncode, err


def _left_running(stack: Path) -> list[str]:
    """Processes that still know the stack's folder."""
    import psutil

    found = []
    for process in psutil.process_iter(["cmdline", "cwd"]):
        said = " ".join(process.info["cmdline"] or ())
        if str(stack) in said or str(process.info["cwd"] or "").startswith(str(stack)):
            found.append(said)
    return found
