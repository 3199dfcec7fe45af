"""Whatever failed, was refused or was left out is never told as done: each way to fail, at each command that writes."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wizard.errors import RuntimeUnavailableError

Wizard = Callable[..., Any]
Git = Callable[..., str]
Talk = Callable[..., tuple[int, str]]
Way = Callable[[Path, Git, pytest.MonkeyPatch], None]
SUCCESS = re.compile(
    r"^\s*commit [0-9a-f]{10}|^(?:undone|waived|waiver taken back): |\bCommitted as|\bCommit [0-9a-f]{10}", re.M
)


def _hook(script: str, name: str = "pre-commit") -> Way:
    def put(stack: Path, git: Git, patch: pytest.MonkeyPatch) -> None:
        path = stack / ".git/hooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    return put


def _full(stack: Path, git: Git, patch: pytest.MonkeyPatch) -> None:
    real = os.statvfs

    def full(path: Any) -> os.statvfs_result:
        found = list(real(path))
        found[3] = found[4] = 0
        return os.statvfs_result(found)

    patch.setattr(os, "statvfs", full)


def _merging(stack: Path, git: Git, patch: pytest.MonkeyPatch) -> None:
    (stack / ".git/MERGE_HEAD").write_text(git("rev-parse", "HEAD"))


def _detached(stack: Path, git: Git, patch: pytest.MonkeyPatch) -> None:
    git("checkout", "-q", "--detach")


def _locked(stack: Path, git: Git, patch: pytest.MonkeyPatch) -> None:
    (stack / ".git/index.lock").write_text("")


def _unsigned(stack: Path, git: Git, patch: pytest.MonkeyPatch) -> None:
    git("config", "commit.gpgSign", "true")
    git("config", "gpg.program", "false")


def _nobody(stack: Path, git: Git, patch: pytest.MonkeyPatch) -> None:
    for key in ("user.name", "user.email"):
        git("config", "--unset-all", key)
    git("config", "user.useConfigOnly", "true")


WAYS: dict[str, Way] = {
    "hook refuses": _hook("echo no; exit 1"),
    "message refused": _hook("exit 1", "commit-msg"),
    "git killed": _hook("kill -9 $PPID"),
    "signing fails": _unsigned,
    "disk full": _full,
    "merge in progress": _merging,
    "detached": _detached,
    "index locked": _locked,
    "nobody commits": _nobody,
}
WRITING = {
    "run": ("run", "market", "--yes", "--no-live", "--phase", "docs"),
    "undo": ("undo", "market"),
    "waive": ("waive", "market", "3.5", "--reason", "x"),
    "take back": ("waive", "market", "2.1", "--take-back"),
}


@pytest.mark.parametrize("command", WRITING)
@pytest.mark.parametrize("way", WAYS)
def test_a_command_that_failed_says_so(
    wizard: Wizard, demo: Path, git: Git, monkeypatch: pytest.MonkeyPatch, way: str, command: str
) -> None:
    if command in ("undo", "take back"):
        assert wizard("waive", "market", "2.1", "--reason", "x").code == 0
    head = git("rev-parse", "HEAD")
    WAYS[way](demo, git, monkeypatch)
    said = wizard(*WRITING[command])
    assert said.code == 1, said
    assert "next: " in said.err
    assert not SUCCESS.search(said.out + said.err), said.out
    assert git("rev-parse", "HEAD") == head


def test_the_control_tells_success(wizard: Wizard) -> None:
    assert SUCCESS.search(wizard(*WRITING["run"]).out)
    assert SUCCESS.search(wizard(*WRITING["waive"]).out)
    assert SUCCESS.search(wizard(*WRITING["undo"]).out)


@pytest.mark.parametrize(
    "words", [("verify", "market"), ("verify", "market", "--format", "json"), ("check", "market", "--live")]
)
def test_checks_that_could_not_run_have_not_passed(
    wizard: Wizard, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    def none(*_: object, **__: object) -> Any:
        raise RuntimeUnavailableError("no engine answers", next_step="start one")

    # The one name that the commands call; imported before anything is replaced, or it would keep what replaces it.
    monkeypatch.setattr("wizard.commands.shared.observing.choose_runtime", none)
    said = wizard(*words)
    assert said.code != 0
    assert "passed" not in said.out
    assert "no engine answers" in said.out + said.err


def test_phases_without_their_live_checks_are_left_not_done(wizard: Wizard) -> None:
    said = wizard("run", "market", "--yes", "--no-live")
    assert said.code == 1
    assert "stack-wizard: left:" in said.err
    assert "phase 7 deployment: nothing to write without the live checks" in said.out
    assert "passed" not in said.out


def test_a_dry_run_says_nothing_of_having_written(wizard: Wizard, git: Git) -> None:
    said = wizard("run", "market", "--yes", "--dry-run")
    assert not SUCCESS.search(said.out)
    assert git("status", "--porcelain") == ""


def test_written_without_a_commit_is_no_commit(wizard: Wizard, git: Git) -> None:
    head = git("rev-parse", "HEAD")
    said = wizard("run", "market", "--yes", "--no-live", "--no-commit", "--phase", "docs")
    assert "not committed" in said.out
    assert not re.search(r"^\s*commit [0-9a-f]{10}", said.out.split("commits of market")[0], re.M)
    assert git("rev-parse", "HEAD") == head
