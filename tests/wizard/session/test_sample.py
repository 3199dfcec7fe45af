"""The sample stack: complete, a repository, nothing secret in it, and never written over something else."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from wizard.errors import RefusedError
from wizard.session.sample import SECRETS, SECRETS_DIR, create_demo, is_demo

AUTHOR = ("Ada", "ada@example.org")


def git(root: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return create_demo(tmp_path_factory.mktemp("sample") / "new" / "stack", author=AUTHOR)


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which git knows no identity."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "EMAIL"):
        monkeypatch.delenv(name, raising=False)


def test_the_tree_is_clean_on_main_with_a_history_by_the_author(demo: Path) -> None:
    assert git(demo, "status", "--porcelain") == ""
    assert git(demo, "branch", "--show-current") == "main"
    assert git(demo, "log", "--format=%an <%ae>").splitlines() == ["Ada <ada@example.org>"] * 3


def test_the_half_finished_services_come_in_the_last_commit(demo: Path) -> None:
    last = {
        path.split("/")[1] for path in git(demo, "show", "--name-only", "--format=", "HEAD", "--", "services").split()
    }
    assert last == {"market", "allocation", "regime"}


def test_dot_files_have_their_names_and_caches_stay_behind(demo: Path) -> None:
    names = {path.name for path in demo.rglob("*") if ".git" not in path.parts}
    assert {".gitignore", ".dockerignore", ".env.example"} <= names
    assert not any(name.startswith("dot_") or name == "__pycache__" or name.endswith(".pyc") for name in names)


def test_secrets_are_random_ignored_and_in_a_closed_folder(demo: Path, tmp_path: Path) -> None:
    other = create_demo(tmp_path / "other", author=AUTHOR)
    for name in SECRETS:
        path = f"{SECRETS_DIR}/{name}.txt"
        assert len((demo / path).read_text()) == 48
        assert (demo / path).read_text() != (other / path).read_text()
        assert git(demo, "check-ignore", path) == path
        assert git(demo, "log", "--all", "--oneline", "--", path) == ""
    assert stat.S_IMODE((demo / SECRETS_DIR).stat().st_mode) == 0o700


def test_a_second_call_returns_the_stack_as_it_is(demo: Path) -> None:
    before = git(demo, "rev-parse", "HEAD")
    assert create_demo(demo) == demo
    assert git(demo, "rev-parse", "HEAD") == before


def test_an_empty_folder_is_used_and_keeps_its_place(tmp_path: Path) -> None:
    inode = tmp_path.stat().st_ino
    assert create_demo(tmp_path, author=AUTHOR) == tmp_path
    assert tmp_path.stat().st_ino == inode
    assert is_demo(tmp_path)
    assert not (tmp_path / ".demo-building").exists()


def test_a_folder_with_anything_in_it_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(RefusedError, match="not empty"):
        create_demo(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_somebodys_repository_is_no_demo(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert not is_demo(tmp_path)
    with pytest.raises(RefusedError):
        create_demo(tmp_path)


def test_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RefusedError, match="a file"):
        create_demo(tmp_path / "file")


def test_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RefusedError, match="cannot be written"):
        create_demo(tmp_path / "file" / "stack")


def test_a_build_that_was_killed_is_begun_again(tmp_path: Path) -> None:
    (tmp_path / ".demo-building" / "services").mkdir(parents=True)
    assert is_demo(create_demo(tmp_path, author=AUTHOR))
    assert not (tmp_path / ".demo-building").exists()


def test_an_interrupted_move_is_named(tmp_path: Path) -> None:
    (tmp_path / ".demo-building").mkdir()
    (tmp_path / "README.md").write_text("")
    with pytest.raises(RefusedError, match="interrupted"):
        create_demo(tmp_path)


@pytest.mark.usefixtures("nobody")
def test_without_an_identity_one_is_made_for_this_repository_only(tmp_path: Path) -> None:
    root = create_demo(tmp_path / "stack")
    assert git(root, "config", "--local", "user.email") == "demo@stack-wizard.invalid"
    assert git(root, "log", "-1", "--format=%an") == "Stack Wizard Demo"


def test_the_users_own_identity_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nobody: None) -> None:
    config = tmp_path / "gitconfig"
    config.write_text(
        "[user]\nname = Grace\nemail = grace@example.org\n[commit]\ngpgSign = true\n[core]\nhooksPath = /bin\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    root = create_demo(tmp_path / "stack")
    assert git(root, "log", "-1", "--format=%an <%ae>") == "Grace <grace@example.org>"
    assert "user.name" not in git(root, "config", "--local", "--list")


def test_a_repository_named_by_the_environment_is_not_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(tmp_path, "init", "-q", "outer")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "outer" / ".git"))
    root = create_demo(tmp_path / "stack", author=AUTHOR)
    monkeypatch.delenv("GIT_DIR")
    assert len(git(root, "log", "--oneline").splitlines()) == 3
    assert git(tmp_path / "outer", "count-objects").startswith("0 objects")


def test_its_own_unit_tests_pass(demo: Path) -> None:
    command = [sys.executable, "-B", "-m", "pytest", "-q", "-m", "unit", "-p", "no:cacheprovider", "-p", "no:asyncio"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    done = subprocess.run(command, cwd=demo, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
    assert git(demo, "status", "--porcelain") == ""
