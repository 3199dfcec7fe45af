"""What is struck: writing, undoing, resuming, waiving and taking back, beside and across the engineer's own work."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.phases import COMPOSE
from wizard.adapters.files.files import DiskFiles
from wizard.adapters.git.repo import GitRepo
from wizard.apply.commit import commit
from wizard.apply.undo import undo
from wizard.apply.write import applied, write
from wizard.pipeline.conductor import locked
from wizard.pipeline.opening import open_stack
from wizard.pipeline.upkeep import take_waiver_back, waive
from wizard.pipeline.work import recover
from wizard.values.edit import ChangeSet, FileEdit

MESSAGE = "feat(market): x\n\nStack-Wizard-Service: market\nStack-Wizard-Phase: 3/7 compose\n"
START = {
    "a.txt": "one\ntwo\nthree\n",
    "sub/b.txt": "b\n",
    "staged.txt": "x\n",
    "unstaged.txt": "x\n",
    "compose.yaml": 'services:\n  market:\n    build: services/market\n    ports: ["127.0.0.1:8005:8005"]\n',
    "services/market/service.py": "print(1)\n",
    "services/market/Dockerfile": "FROM python:3.12-slim\nCOPY . .\nCMD python service.py\n",
}


@dataclass(frozen=True)
class Scenario:
    """`prepare` brings the repository into a state, `act` is struck. `ends`: which states may be found afterwards."""

    name: str
    prepare: Callable[[Path], object]
    act: Callable[[Path], object]
    ends: tuple[str, ...] = ("before", "after")
    least: int = 8
    """Steps there are at least: fewer mean that the injector looks at the wrong thing."""


def git(root: Path, *words: str) -> str:
    """Runs git and returns its output; raises when it fails."""
    return subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=True).stdout


MEMORY = Path("/dev/shm")


def fast_folder() -> str | None:
    """Returns a file system in memory where there is one (a thousand repositories take half the time), else None."""
    return str(MEMORY) if os.access(MEMORY, os.W_OK) else None


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """This machine's git configuration and home have no say."""
    patch = pytest.MonkeyPatch()
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        patch.delenv(name)
    patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    patch.setenv("HOME", str(home))
    patch.setenv("XDG_STATE_HOME", str(home / "state"))
    patch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    try:
        yield
    finally:
        patch.undo()


def busy(root: Path) -> Path:
    """Makes a small stack in which the engineer has staged, unstaged and untracked work."""
    for name, text in START.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    git(root, "init", "-q", "--template=", "-b", "main")
    with (root / ".git/config").open("a") as config:
        config.write("[user]\nname = Ada Example\nemail = ada@example.org\n[core]\nfsync = none\n")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "start")
    (root / "staged.txt").write_text("staged\n")
    git(root, "add", "staged.txt")
    (root / "staged.txt").write_text("staged\nand edited since\n")
    (root / "unstaged.txt").write_text("unstaged\n")
    (root / "untracked.txt").write_bytes(b"untracked\xff\r\n")
    return root


def plan() -> ChangeSet:
    """A new file, one with rights, an edit, a removal."""
    edits = (
        FileEdit("services/market/new/service.py", None, "print(1)\n", ""),
        FileEdit("services/market/run.sh", None, "true\n", "", mode=0o755),
        FileEdit("a.txt", START["a.txt"], "one\r\n2\udc80\n", ""),
        FileEdit("sub/b.txt", "b\n", None, ""),
    )
    return ChangeSet("market", COMPOSE, edits)


def _apply(root: Path) -> None:
    files, repo = DiskFiles(root), GitRepo(root)
    with applied(plan(), files, repo) as written:
        commit(written, MESSAGE, files, repo)


def _write_only(root: Path) -> None:
    write(plan(), DiskFiles(root), GitRepo(root))
    git(root, "add", "-N", "services/market/new/service.py")


def _undo(root: Path) -> None:
    undo("market", None, DiskFiles(root), GitRepo(root))


def _resume(root: Path) -> None:
    recover(open_stack(root))


def _waive(root: Path) -> None:
    stack = open_stack(root)
    with locked(stack, "market"):
        waive(stack, "market", "3.5", "not needed here")


def _take_back(root: Path) -> None:
    stack = open_stack(root)
    with locked(stack, "market"):
        take_waiver_back(stack, "market", "3.5")


def _nothing(root: Path) -> None:
    return None


def _same_file_staged_and_edited(root: Path) -> None:
    (root / "a.txt").write_text("mine\n")
    git(root, "add", "a.txt")
    (root / "a.txt").write_text("mine\nand more\n")


def _same_file_untracked(root: Path) -> None:
    (root / "services/market/run.sh").write_text("mine\n")


def _written_then_edited(root: Path) -> None:
    _write_only(root)
    (root / "a.txt").write_text("mine, saved after the kill\n")


def _applied_then_edited(root: Path) -> None:
    _apply(root)
    (root / "a.txt").write_text("mine\n")


SCENARIOS = (
    Scenario("apply", _nothing, _apply),
    Scenario("undo", _apply, _undo),
    Scenario("resume", _write_only, _resume, ends=("after",)),
    Scenario("waive", _nothing, _waive),
    Scenario("take back", _waive, _take_back),
    Scenario("undo a waiver", _waive, _undo),
    Scenario("apply over staged and edited work", _same_file_staged_and_edited, _apply, ends=("before",), least=1),
    Scenario("apply over an untracked file", _same_file_untracked, _apply, ends=("before",), least=1),
    Scenario("undo over edited work", _applied_then_edited, _undo, ends=("before",), least=1),
    Scenario("resume over edited work", _written_then_edited, _resume, ends=("after",)),
)
