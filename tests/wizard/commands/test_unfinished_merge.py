"""Conflict markers are named as such wherever they stand, and a file that has them is never edited."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wizard.adapters.files.files import DiskFiles
from wizard.adapters.git.repo import GitRepo
from wizard.apply.write import write
from wizard.errors import RefusedError
from wizard.pipeline.opening import open_stack
from wizard.pipeline.upkeep import detect_afresh, write_profile
from wizard.values.edit import ChangeSet, FileEdit
from wizard.values.phase import Phase

Wizard = Callable[..., Any]
Git = Callable[..., str]
MANIFEST = ".stack-wizard/services/market.yaml"
PROFILE = ".stack-wizard/stack.yaml"
KINDS = (
    "infrastructure/compose/dev.yml",
    "infrastructure/compose/base.yml",
    "infrastructure/database/schema.sql",
    "services/market/Dockerfile",
    "services/market/service.py",
    "services/market/requirements.txt",
    "services/market/README.md",
    "DOCKER_STACK_RUNBOOK.md",
    "FUTURE_SERVICES.md",
    "pytest.ini",
    ".env",
    PROFILE,
    MANIFEST,
)


def _with_conflict(text: str) -> tuple[str, int]:
    """Two sides in the middle of a text, and the line of the first marker."""
    lines = text.split("\n")
    at = len(lines) // 2
    sides = ["<<<<<<< HEAD", lines[at], "=======", f"{lines[at]} # theirs", ">>>>>>> theirs"]
    return "\n".join([*lines[:at], *sides, *lines[at + 1 :]]), at + 1


def test_it_is_said_of_every_kind_of_file_and_nothing_is_planned_on_it(demo: Path, wizard: Wizard, git: Git) -> None:
    assert wizard("run", "market", "--yes", "--no-live", "--phase", "docs", "-q").code == 0
    assert wizard("init", "-q").code == 0
    (demo / ".env").write_text("A=1\nB=2\nC=3\n")
    git("add", "-A", "-f")
    git("commit", "-q", "-m", "all kinds")
    for path in KINDS:
        before = (demo / path).read_text()
        conflict, line = _with_conflict(before)
        (demo / path).write_text(conflict)
        doors = (("check", "market"), ("run", "market", "--yes", "--no-live", "--phase", "1..6"))
        for words in doors if path != KINDS[0] else (*doors, ("ports",), ("status",), (*doors[1], "--dry-run")):
            said = wizard(*words)
            assert said.code == 1, (path, words)
            assert f"{path}:{line}: " in said.out + said.err, (path, words, said)
            assert "unfinished merge: conflict markers" in said.out + said.err, (path, words)
            assert "not valid" not in said.out + said.err, (path, words)
        assert (demo / path).read_text() == conflict
        assert git("status", "--porcelain") == f" M {path}\n"
        (demo / path).write_text(before)
    assert "unfinished" not in wizard("check", "market").out


def test_neither_side_is_evidence_and_both_are_no_contradiction(demo: Path, wizard: Wizard) -> None:
    """Ports of both sides would contradict each other, and the Dockerfile would be complete by either."""
    path = demo / "services/regime/Dockerfile"
    path.write_text(path.read_text() + "<<<<<<< HEAD\nEXPOSE 8001\n=======\nEXPOSE 8002\n>>>>>>> theirs\n")
    said = wizard("check", "regime", "--phase", "container", "-v")
    assert "unfinished merge: conflict markers at services/regime/Dockerfile:" in said.out
    assert "contradict" not in said.out.lower()
    assert "8001" not in said.out and "8002" not in said.out


def test_the_last_gate_before_a_write_knows_it_too(demo: Path, git: Git) -> None:
    """Whoever planned: undo, a waiver, the matrix, the profile, code that is to come."""
    path = demo / "DOCKER_STACK_RUNBOOK.md"
    conflict, line = _with_conflict(path.read_text())
    path.write_text(conflict)
    git("commit", "-q", "-am", "both sides")
    edits = (FileEdit(path.name, conflict, conflict + "more\n", ""),)
    with pytest.raises(RefusedError, match="unfinished merge") as caught:
        write(ChangeSet("market", Phase(6, "docs"), edits), DiskFiles(demo), GitRepo(demo))
    assert caught.value.where == f"{path.name}:{line}"
    stack = open_stack(demo)
    found = detect_afresh(stack).profile
    (demo / PROFILE).parent.mkdir(exist_ok=True)
    (demo / PROFILE).write_text("<<<<<<< HEAD\nschema: 1\n=======\nschema: 2\n>>>>>>> theirs\n")
    with pytest.raises(RefusedError, match="unfinished merge"):
        write_profile(stack, found)
    assert path.read_text() == conflict


@pytest.mark.parametrize("how", ["merge", "stash"])
def test_a_conflict_that_git_made_is_met_in_every_state(demo: Path, wizard: Wizard, git: Git, how: str) -> None:
    """A merge keeps everybody from writing; a stash that does not fit leaves no other trace than the markers."""
    path = demo / "infrastructure/compose/dev.yml"
    text = path.read_text()
    path.write_text(text.replace("services:\n", "services:\n  # mine\n", 1))
    git("stash", "-q") if how == "stash" else git("switch", "-q", "-c", "mine")
    if how == "merge":
        git("commit", "-q", "-am", "mine")
        git("switch", "-q", "main")
    path.write_text(text.replace("services:\n", "services:\n  # theirs\n", 1))
    git("commit", "-q", "-am", "theirs")
    words = ("stash", "pop") if how == "stash" else ("merge", "mine")
    assert subprocess.run(["git", *words], cwd=demo, capture_output=True, check=False).returncode == 1
    held = path.read_text()
    assert "<<<<<<<" in held
    said = wizard("run", "market", "--yes", "--no-live", "--phase", "3")
    assert said.code == 1
    assert ("a merge is in progress" if how == "merge" else "unfinished merge") in said.err
    assert "dev.yml:" in (said := wizard("check", "market")).out and "unfinished merge" in said.out
    assert path.read_text() == held
