"""A terminal closed, an app killed while a phase is written: never half a phase, and the next start goes on."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.app_user import APP, LIVE, AppUser
from tests.journeys.conftest import GitOf
from tests.journeys.terminal import Terminal

pytestmark = [pytest.mark.journey, pytest.mark.embedded]


def test_closed_while_the_checks_run_everything_is_as_before(halfway: Path, checking: AppUser, git_of: GitOf) -> None:
    terminal = checking.terminal
    head = git_of(halfway, "rev-parse", "HEAD")
    assert git_of(halfway, "status", "--porcelain") != ""
    process = terminal.pid
    terminal.close()
    terminal.wait_process_end(process)
    assert git_of(halfway, "status", "--porcelain") == ""
    assert git_of(halfway, "rev-parse", "HEAD") == head
    assert no_one_left(halfway)
    checking.open(halfway)
    checking.open_phase("sentiment", 5)
    checking.walk_phase(5)
    assert git_of(halfway, "status", "--porcelain") == ""


def test_killed_while_the_checks_run_the_next_start_puts_the_files_back(
    halfway: Path, checking: AppUser, git_of: GitOf
) -> None:
    terminal = checking.terminal
    terminal.signal(signal.SIGKILL)
    terminal.wait_process_end(terminal.pid)
    assert git_of(halfway, "status", "--porcelain") != ""
    checking.terminal.start(APP, cwd=halfway)
    assert "put back" in terminal.wait(r"put back")
    assert git_of(halfway, "status", "--porcelain") == ""


def test_stopped_by_key_everything_is_as_before(halfway: Path, checking: AppUser, git_of: GitOf) -> None:
    checking.terminal.press("C-x")
    checking.terminal.wait(r"see the \d+ files? this phase|Nothing is committed yet", LIVE)
    assert git_of(halfway, "status", "--porcelain") == ""


@pytest.fixture
def gate(halfway: Path, tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """A pre-commit hook that says when it is reached, and waits there."""
    reached, go_on = tmp_path / "reached", tmp_path / "go-on"
    os.mkfifo(go_on)
    hook = halfway / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {reached}\ncat {go_on}\n")
    hook.chmod(0o755)
    yield reached, go_on
    hook.unlink(missing_ok=True)


def test_closed_while_git_commits_it_is_committed_or_as_before(
    halfway: Path, terminal: Terminal, gate: tuple[Path, Path], git_of: GitOf
) -> None:
    """The hook ends after the terminal is gone; whether git outlives that, the phase is whole or not there."""
    user = AppUser(terminal)
    user.open(halfway)
    user.open_phase("sentiment", 6)
    user.apply_phase(6)
    head = git_of(halfway, "rev-parse", "HEAD")
    terminal.press("Enter")
    terminal.wait_for(gate[0].exists, "the hook")
    process = terminal.pid
    terminal.close()
    gate[1].write_text("")
    terminal.wait_process_end(process)
    assert git_of(halfway, "status", "--porcelain") == ""
    if git_of(halfway, "rev-parse", "HEAD") != head:
        assert git_of(halfway, "rev-parse", "HEAD~1") == head
        assert "Stack-Wizard-Phase: 6/7 docs" in git_of(halfway, "log", "-1", "--format=%B")
    assert not (halfway / ".git" / "index.lock").exists()


def no_one_left(stack: Path) -> bool:
    """No process of the live checks goes on in the stack's name."""
    said = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return str(stack) not in said
