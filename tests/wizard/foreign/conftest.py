"""The three fixture stacks as repositories of their own, and stacks written for one test."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

FIXTURES = Path(__file__).parents[2] / "stacks"
Repository = Callable[..., Path]


def _git(folder: Path, *words: str) -> None:
    subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True)


def _commit_all(folder: Path) -> None:
    _git(folder, "init", "-q", "-b", "main")
    _git(folder, "config", "user.name", "Ada Example")
    _git(folder, "config", "user.email", "ada@example.org")
    _git(folder, "add", "--all")
    _git(folder, "commit", "-q", "-m", "start")


@pytest.fixture
def fixture_stack(tmp_path: Path, apart: None) -> Callable[[str], Path]:
    """A copy of one of `tests/stacks` as a repository with one commit."""

    def make(name: str) -> Path:
        target = tmp_path / name
        shutil.copytree(FIXTURES / name, target, ignore=shutil.ignore_patterns("__pycache__"))
        _commit_all(target)
        return target

    return make


@pytest.fixture
def repository(tmp_path: Path, apart: None) -> Repository:
    """A stack of these files (path -> text, indented or not, or bytes) as a repository with one commit."""

    def make(files: dict[str, str | bytes]) -> Path:
        target = tmp_path / "written"
        for path, content in files.items():
            file = target / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else dedent(content).encode())
        _commit_all(target)
        return target

    return make
