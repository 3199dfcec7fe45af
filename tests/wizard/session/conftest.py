"""Real repositories in temporary folders, apart from this machine's git configuration."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Git = Callable[..., str]


@pytest.fixture
def isolated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def root(tmp_path: Path, isolated: None) -> Path:
    """A repository with an identity and no commit."""
    top = tmp_path / "stack"
    subprocess.run(["git", "init", "-q", "-b", "main", str(top)], check=True)
    subprocess.run(["git", "config", "user.name", "Ada Example"], cwd=top, check=True)
    subprocess.run(["git", "config", "user.email", "ada@example.org"], cwd=top, check=True)
    return top


@pytest.fixture
def git(root: Path) -> Git:
    """Runs git in `root` and returns its output; fails the test when git fails."""

    def call(*words: str, given: str | None = None, cwd: Path | None = None) -> str:
        done = subprocess.run(["git", *words], cwd=cwd or root, input=given, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return call


@pytest.fixture
def grown(root: Path, git: Git) -> Path:
    """`root` with one commit: a.txt, sub/b.txt."""
    (root / "sub").mkdir()
    (root / "a.txt").write_text("one\ntwo\nthree\n")
    (root / "sub" / "b.txt").write_text("b\n")
    git("add", "-A")
    git("commit", "-q", "-m", "start")
    return root


@pytest.fixture
def hook(root: Path) -> Callable[[str, str], Path]:
    """Installs a hook script."""

    def install(name: str, script: str) -> Path:
        path = root / ".git" / "hooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("#!/bin/sh\n" + script)
        path.chmod(0o755)
        return path

    return install
