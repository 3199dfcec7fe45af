"""What the engineer has staged or edited elsewhere is there afterwards, byte for byte, still staged or unstaged."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.phases import COMPOSE
from wizard.adapters.files.files import DiskFiles
from wizard.adapters.git.repo import GitRepo
from wizard.apply.commit import commit
from wizard.apply.write import applied
from wizard.errors import RefusedError
from wizard.values.edit import ChangeSet, FileEdit

NAMES = ("a.txt", "b c.txt", "d/é.txt", "d/run.sh", "gone.txt", "new.txt", "d/new too.txt", "e/f/g.bin")
TRACKED = NAMES[:5]
STATES = (
    "clean",
    "staged",
    "unstaged",
    "both",
    "untracked",
    "intended",
    "removed",
    "removed_unstaged",
    "mode",
    "renamed",
    "type",
    "staged_then_removed",
    "assumed",
    "skipped",
)
TEXTS = st.sampled_from([b"x\n", b"", b"\xff\x00\xfe", b"one\r\ntwo", "é😀\n".encode(), b"\xef\xbb\xbfbom\n" * 50])


def _git(root: Path, *words: str) -> bytes:
    return subprocess.run(["git", *words], cwd=root, capture_output=True, check=True).stdout


@contextmanager
def _alone() -> Iterator[None]:
    """No configuration of this machine."""
    patch = pytest.MonkeyPatch()
    patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    try:
        yield
    finally:
        patch.undo()


def _start(root: Path) -> None:
    _git(root, "init", "-q", "-b", "main")
    _git(root, "config", "user.name", "Ada")
    _git(root, "config", "user.email", "ada@example.org")
    for name in (*TRACKED, "wizard.yml"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"{name}\n" * 5)
    _git(root, "add", "-A")
    _git(root, "commit", "-q", "-m", "start")


def _bring(root: Path, name: str, state: str, first: bytes, second: bytes) -> None:
    """Bring one path into a state; a state that does not fit (a new file removed) does what comes nearest."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if state == "clean":
        return
    if state in ("removed", "removed_unstaged", "mode", "renamed", "type", "assumed", "skipped") and not path.exists():
        state = "staged"
    if state in ("staged", "both", "unstaged", "untracked", "intended", "staged_then_removed"):
        path.write_bytes(first)
    if state in ("staged", "both", "staged_then_removed"):
        _git(root, "add", "--", name)
    match state:
        case "both":
            path.write_bytes(second)
        case "intended" if name not in TRACKED:
            _git(root, "add", "-N", "--", name)
        case "removed":
            _git(root, "rm", "-q", "--cached", "--", name)
        case "removed_unstaged" | "staged_then_removed":
            path.unlink()
        case "mode":
            path.chmod(0o755)
            _git(root, "add", "--", name)
            path.write_bytes(second)
        case "renamed":
            _git(root, "mv", "--", name, f"{name}.moved")
        case "type":
            path.unlink()
            path.symlink_to("nowhere")
        case "assumed" | "skipped":
            flag = "--assume-unchanged" if state == "assumed" else "--skip-worktree"
            _git(root, "update-index", flag, "--", name)
            path.write_bytes(second)
        case _:
            pass


def _picture(root: Path, mine: tuple[str, ...]) -> dict[str, object]:
    """Everything of the engineer's: the index with its flags, the staged and unstaged differences, every byte."""
    others = ["--", ".", *(f":(exclude,literal){path}" for path in mine)]
    return {
        "index": _git(root, "ls-files", "-s", "-v", "-z", *others),
        "staged": _git(root, "diff", "--cached", "--binary", "--no-renames", *others),
        "unstaged": _git(root, "diff", "--binary", "--no-renames", *others),
        "status": _git(root, "status", "--porcelain=v2", "-z", "-uall", "--no-renames", *others),
        "files": dict(_files(root, mine)),
    }


def _files(root: Path, mine: tuple[str, ...]) -> Iterator[tuple[str, tuple[int, bytes | Path]]]:
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if ".git" in path.parts or name in mine:
            continue
        if path.is_symlink():
            yield name, (0, path.readlink())
        elif path.is_file():
            yield name, (path.stat().st_mode, path.read_bytes())


def _plan(root: Path) -> ChangeSet:
    yml = (root / "wizard.yml").read_text()
    edits = (
        FileEdit("wizard.yml", yml, yml + "more\n", ""),
        FileEdit("services/market/service.py", None, "print()\n", ""),
        FileEdit("d/wizard too.txt", None, "x\n", ""),
    )
    return ChangeSet("market", COMPOSE, edits)


STATE = st.tuples(st.sampled_from(STATES), TEXTS, TEXTS)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(states=st.tuples(*[STATE] * len(NAMES)), ending=st.sampled_from(["commit", "hook refuses", "interrupt"]))
def test_the_engineer_s_changes_survive(
    tmp_path_factory: pytest.TempPathFactory, states: tuple[tuple[str, bytes, bytes], ...], ending: str
) -> None:
    root = tmp_path_factory.mktemp("stack")
    with _alone():
        _start(root)
        for name, (state, first, second) in zip(NAMES, states, strict=True):
            _bring(root, name, state, first, second)
        plan = _plan(root)
        before, index = _picture(root, plan.paths), (root / ".git/index").read_bytes()
        if ending == "hook refuses":
            hook = root / ".git/hooks/pre-commit"
            hook.write_text("#!/bin/sh\necho reformatted >> wizard.yml\nexit 1\n")
            hook.chmod(0o755)
        files, repo = DiskFiles(root), GitRepo(root)
        if ending == "commit":
            with applied(plan, files, repo) as written:
                commit(written, "feat(market): x\n", files, repo)
            names = _git(root, "show", "--format=", "--name-only", "-z", "HEAD").decode().split("\0")[:-1]
            assert sorted(names) == sorted(plan.paths)
            assert repo.dirty(plan.paths) == ()
        else:
            with pytest.raises((RefusedError, KeyboardInterrupt)), applied(plan, files, repo) as written:
                if ending == "interrupt":
                    raise KeyboardInterrupt
                commit(written, "feat(market): x\n", files, repo)
            assert (root / ".git/index").read_bytes() == index
            assert repo.dirty(plan.paths) == ()
        assert _picture(root, plan.paths) == before


FRAMEWORK = """\
repos:
  - repo: local
    hooks:
      - id: judge
        name: judge
        language: system
        entry: sh -c 'printf "%s " "$@"; exit {code}' --
        verbose: true
"""


@pytest.mark.parametrize("code", [0, 1])
def test_the_pre_commit_framework_sees_the_wizard_s_files_only(
    tmp_path: Path, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It puts unstaged changes aside while its hooks run, and has opinions on intended entries: a hard customer."""
    root = tmp_path / "stack"
    root.mkdir()
    with _alone():
        monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "cache"))
        _start(root)
        (root / ".pre-commit-config.yaml").write_text(FRAMEWORK.format(code=code))
        _git(root, "add", ".pre-commit-config.yaml")
        _git(root, "commit", "-q", "-m", "framework")
        subprocess.run([sys.executable, "-m", "pre_commit", "install"], cwd=root, check=True, capture_output=True)
        _bring(root, "a.txt", "both", b"staged\n", b"unstaged\n")
        _bring(root, "d/run.sh", "unstaged", b"unstaged\n", b"")
        _bring(root, "new.txt", "intended", b"intended\n", b"")
        plan = _plan(root)
        before = _picture(root, plan.paths)
        files, repo = DiskFiles(root), GitRepo(root)
        if code:
            with pytest.raises(RefusedError, match="judge") as caught, applied(plan, files, repo) as written:
                commit(written, "feat(market): x\n", files, repo)
            said = caught.value.message
        else:
            with applied(plan, files, repo) as written:
                said = commit(written, "feat(market): x\n", files, repo).hook_output
        assert "services/market/service.py" in said
        assert "a.txt" not in said
        assert _picture(root, plan.paths) == before
