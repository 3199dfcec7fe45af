"""A repository in which nothing may be written: said with the way out, and nothing is written."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Wizard = Callable[..., Any]
Git = Callable[..., str]
Photograph = Callable[[Path], dict[str, bytes]]
RUN = ("run", "sentiment", "--yes", "--no-live")


def _merge_in_progress(git: Git, stack: Path) -> None:
    readme = stack / "README.md"
    git("switch", "-q", "-c", "other")
    readme.write_text("other\n")
    git("commit", "-qam", "other")
    git("switch", "-q", "main")
    readme.write_text("mine\n")
    git("commit", "-qam", "mine")


def detached(git: Git, stack: Path) -> None:
    git("switch", "-q", "--detach", "HEAD")


def merging(git: Git, stack: Path) -> None:
    _merge_in_progress(git, stack)
    subprocess.run(["git", "-C", str(stack), "merge", "-q", "other"], capture_output=True, check=False)


def rebasing(git: Git, stack: Path) -> None:
    _merge_in_progress(git, stack)
    subprocess.run(["git", "-C", str(stack), "rebase", "-q", "other"], capture_output=True, check=False)


def cherry_picking(git: Git, stack: Path) -> None:
    _merge_in_progress(git, stack)
    subprocess.run(["git", "-C", str(stack), "cherry-pick", "other"], capture_output=True, check=False)


def locked(git: Git, stack: Path) -> None:
    (stack / ".git" / "index.lock").touch()


def nameless(git: Git, stack: Path) -> None:
    git("config", "--unset", "user.name")
    git("config", "--unset", "user.email")
    git("config", "user.useConfigOnly", "true")


@pytest.mark.parametrize(
    ("spoil", "says", "way_out"),
    [
        (detached, "detached", "git switch -c"),
        (merging, "a merge", "git merge --abort"),
        (rebasing, "a rebase", "git rebase --abort"),
        (cherry_picking, "cherry-pick", "git cherry-pick --abort"),
        (locked, "index.lock", "index.lock"),
        (nameless, "who you are", "git config user.name"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
@pytest.mark.parametrize("words", [RUN, ("waive", "market", "2.3", "--reason", "later")], ids=["run", "waive"])
def test_it_is_refused_with_the_way_out(
    spoil: Callable[[Git, Path], None],
    says: str,
    way_out: str,
    words: tuple[str, ...],
    demo: Path,
    git: Git,
    wizard: Wizard,
    photograph: Photograph,
) -> None:
    spoil(git, demo)
    before = photograph(demo)
    said = wizard(*words)
    assert said.code == 1
    assert says in said.err
    assert "next: " in said.err
    assert way_out in said.err
    assert photograph(demo) == before


def test_a_folder_without_a_repository(
    demo: Path, tmp_path: Path, wizard: Wizard, photograph: Photograph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    shutil.rmtree(demo / ".git")
    before = photograph(demo)
    said = wizard(*RUN)
    assert (said.code, photograph(demo)) == (1, before)
    assert "not in a git repository" in said.err
    assert "git init" in said.err
    assert wizard("check", "market").code == 1  # looking needs no repository
    assert "Dockerfile:10" in wizard("check", "market").out


def test_a_bare_repository(demo: Path, tmp_path: Path, git: Git, wizard: Wizard) -> None:
    bare = tmp_path / "bare.git"
    git("clone", "-q", "--bare", str(demo), str(bare))
    before = sorted(path.name for path in bare.rglob("*"))
    said = wizard(*RUN, stack=bare)
    assert said.code == 1
    assert "bare" in said.err
    assert sorted(path.name for path in bare.rglob("*")) == before


def test_a_branch_is_the_way_out_of_a_detached_head(demo: Path, git: Git, wizard: Wizard) -> None:
    git("switch", "-q", "--detach", "HEAD")
    said = wizard(*RUN, "--phase", "service", "--branch", "add/sentiment")
    assert "commit " in said.out
    assert git("branch", "--show-current").strip() == "add/sentiment"
    assert git("log", "--format=%s", "-1").startswith("feat(sentiment)")


@pytest.fixture
def obedient() -> tuple[str, ...]:
    """What to put before a command so that file modes hold for it, for root too."""
    if os.geteuid() != 0:
        return ()
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("root writes everywhere, and setpriv is not installed")
    return (setpriv, "--bounding-set=-dac_override,-dac_read_search")


@pytest.mark.parametrize(
    ("folder", "phase"), [(".", "1"), ("services", "1"), (".git", "1"), ("infrastructure/compose", "3")]
)
def test_a_tree_that_cannot_be_written(
    folder: str, phase: str, obedient: tuple[str, ...], demo: Path, command: Wizard, photograph: Photograph
) -> None:
    (demo / folder).chmod(0o555)
    before = photograph(demo)
    said = command(*RUN, "--phase", phase, stack=demo, before=obedient)
    assert said.code == 1, said.err
    assert "cannot be written" in said.err or "not accessible with your rights" in said.err
    assert "next: " in said.err
    assert photograph(demo) == before


def test_a_hook_that_refuses(demo: Path, git: Git, wizard: Wizard, photograph: Photograph) -> None:
    hook = demo / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'line 3: no tabs, please' >&2\nexit 1\n")
    hook.chmod(0o755)
    before = photograph(demo)
    said = wizard(*RUN)
    assert said.code == 1
    assert "no tabs, please" in said.err
    assert "next: " in said.err
    assert photograph(demo) == before
    assert git("status", "--porcelain") == ""
