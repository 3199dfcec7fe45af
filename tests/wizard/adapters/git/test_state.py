"""Opening a repository, and every state in which the wizard does not write."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from wizard.adapters.git.repo import GitRepo
from wizard.errors import RefusedError, RepositoryError, UsageError

Git = Callable[..., str]


def _trouble(root: Path) -> RepositoryError:
    found = GitRepo(root).trouble()
    assert isinstance(found, RepositoryError)
    assert found.next_step
    return found


def test_opened_from_a_folder_below(grown: Path) -> None:
    repo = GitRepo(grown / "sub")
    assert repo.root == grown
    assert repo.branch() == "main"
    assert len(repo.head()) == 40
    assert repo.trouble() is None
    assert repo.author() == "Ada Example <ada@example.org>"


def test_not_a_repository(tmp_path: Path, isolated: None) -> None:
    with pytest.raises(RepositoryError, match="not in a git repository") as caught:
        GitRepo(tmp_path)
    assert "git init" in caught.value.next_step
    with pytest.raises(RepositoryError, match="not a folder"):
        GitRepo(tmp_path / "none")
    (tmp_path / "file").touch()
    with pytest.raises(RepositoryError):
        GitRepo(tmp_path / "file")


@pytest.mark.parametrize("harm", ["a file to nowhere", "an empty HEAD", "zeros after a power cut"])
def test_a_repository_that_is_damaged_is_not_called_absent(grown: Path, harm: str) -> None:
    """Nobody is told to make a new one where one is."""
    if harm == "a file to nowhere":
        (grown / ".git").rename(grown.parent / "elsewhere")
        (grown / ".git").write_text("gitdir: /nowhere/at/all\n")
    else:
        (grown / ".git/HEAD").write_bytes(b"" if "empty" in harm else bytes(41))
    with pytest.raises(RepositoryError, match="is no repository to git") as caught:
        GitRepo(grown)
    assert "git init" not in caught.value.next_step


def test_bare(tmp_path: Path, isolated: None) -> None:
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path / "b.git")], check=True)
    with pytest.raises(RepositoryError, match="bare") as caught:
        GitRepo(tmp_path / "b.git")
    assert "git clone" in caught.value.next_step


def test_inside_git_s_folder(grown: Path) -> None:
    with pytest.raises(RepositoryError, match="inside git's own folder"):
        GitRepo(grown / ".git")


def test_of_another_user(grown: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    for path in (grown, grown / ".git"):
        os.chown(path, 12345, 12345)
    with pytest.raises(RepositoryError, match="another user") as caught:
        GitRepo(grown)
    assert "safe.directory" in caught.value.next_step


def test_git_missing(grown: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(grown))
    with pytest.raises(RepositoryError, match="git was not found"):
        GitRepo(grown)


def test_unborn_branch_is_fine(root: Path) -> None:
    repo = GitRepo(root)
    assert (repo.head(), repo.branch(), repo.trouble(), repo.log()) == ("", "main", None, ())


def test_detached_head(grown: Path, git: Git) -> None:
    git("checkout", "-q", "--detach")
    assert GitRepo(grown).branch() == ""
    found = _trouble(grown)
    assert "detached" in found.message
    assert "git switch -c" in found.next_step


def _diverge(grown: Path, git: Git) -> None:
    git("switch", "-q", "-c", "side")
    (grown / "a.txt").write_text("side\n")
    git("commit", "-q", "-am", "side")
    git("switch", "-q", "main")
    (grown / "a.txt").write_text("main\n")
    git("commit", "-q", "-am", "main")


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("merge", "side"), "a merge"),
        (("rebase", "side"), "a rebase"),
        (("rebase", "--apply", "side"), "a rebase"),
        (("cherry-pick", "side"), "a cherry-pick"),
        (("revert", "HEAD~1"), "a revert"),
    ],
)
def test_an_operation_in_progress(grown: Path, git: Git, words: tuple[str, ...], what: str) -> None:
    _diverge(grown, git)
    done = subprocess.run(["git", *words], cwd=grown, capture_output=True, env={**os.environ, "GIT_EDITOR": ":"})
    assert done.returncode != 0
    found = _trouble(grown)
    assert found.message.startswith(what)
    assert "--abort" in found.next_step


def test_a_bisection(grown: Path, git: Git) -> None:
    git("bisect", "start")
    assert "bisection" in _trouble(grown).message


def test_index_lock_names_age_and_that_nobody_holds_it(grown: Path) -> None:
    lock = grown / ".git" / "index.lock"
    lock.touch()
    os.utime(lock, (1_000_000, 1_000_000))
    found = _trouble(grown)
    assert "locked" in found.message and "hours" in found.message
    assert found.where == str(lock)
    assert f"rm {lock}" in found.next_step


def test_index_lock_names_the_git_that_holds_it(grown: Path, git: Git, hook: Callable[[str, str], Path]) -> None:
    os.mkfifo(grown / "go")
    os.mkfifo(grown / "there")
    hook("pre-commit", "echo > there; cat go\n")
    (grown / "a.txt").write_text("changed\n")
    with subprocess.Popen(["git", "commit", "-q", "-am", "slow"], cwd=grown, stderr=subprocess.DEVNULL) as other:
        (grown / "there").read_text()
        found = _trouble(grown)
        (grown / "go").write_text("")
        other.wait()
    assert f"git commit (process {other.pid}) is at work" in found.message
    assert "wait" in found.next_step


def test_no_identity(grown: Path, git: Git) -> None:
    git("config", "--unset", "user.name")
    git("config", "--unset", "user.email")
    git("config", "user.useConfigOnly", "true")
    found = _trouble(grown)
    assert "does not know who you are" in found.message
    assert "git config user.name" in found.next_step
    with pytest.raises(RepositoryError, match="who you are"):
        GitRepo(grown).author()


def test_read_only_mount(tmp_path: Path, grown: Path) -> None:
    place = tmp_path / "ro"
    place.mkdir()
    if not shutil.which("mount") or subprocess.run(["mount", "--bind", grown, place], check=False).returncode:
        pytest.skip("a bind mount needs rights that this user lacks")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", place], check=True)
        assert "cannot be written" in _trouble(place).message
    finally:
        subprocess.run(["umount", place], check=True)


def test_environment_of_a_hook_does_not_lead_elsewhere(
    grown: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path / "other")], check=True)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other" / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path / "other"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "other" / "index"))
    repo = GitRepo(grown)
    assert repo.root == grown
    (grown / "new").write_text("x")
    repo.commit(["new"], "add new")
    assert repo.show("HEAD", "new") == "x"


def test_linked_work_tree_has_its_own_place(grown: Path, git: Git, tmp_path: Path) -> None:
    git("worktree", "add", "-q", "-b", "other", str(tmp_path / "tree"))
    repo, main = GitRepo(tmp_path / "tree"), GitRepo(grown)
    assert repo.root == tmp_path / "tree"
    assert (repo.branch(), repo.head()) == ("other", main.head())
    assert repo.git_path("journal.json") != main.git_path("journal.json")
    (repo.root / "new").write_text("x")
    made, _ = repo.commit(["new"], "add new")
    assert repo.head() == made != main.head()


def test_packed_refs(grown: Path, git: Git) -> None:
    git("pack-refs", "--all")
    assert GitRepo(grown).head() == git("rev-parse", "HEAD").strip()


def test_switch_new(grown: Path, git: Git) -> None:
    repo = GitRepo(grown)
    repo.switch_new("wizard/market")
    assert repo.branch() == "wizard/market"
    for bad in ("-x", "a b", "a..b", "", "@{-1}", "x.lock"):
        with pytest.raises(UsageError):
            repo.switch_new(bad)
    with pytest.raises(RefusedError, match="already exists"):
        repo.switch_new("main")


def test_nothing_slow_is_imported_with_it() -> None:
    script = "import sys, wizard.adapters.git.repo; print(sorted({'git', 'psutil', 'pydantic'} & {*sys.modules}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_stack_below_the_top(grown: Path, git: Git, hook: Callable[[str, str], Path]) -> None:
    """Paths are the stack's own; what lies beside the stack is nobody's business."""
    (grown / "shop").mkdir()
    (grown / "shop" / "a.txt").write_text("shop\n")
    git("add", "shop")
    git("commit", "-q", "-m", "shop")
    repo = GitRepo.open(grown / "shop")
    assert repo.root == grown / "shop"
    assert repo.git_path("x").parent.name == "shop%2F"
    start = repo.head()
    (grown / "a.txt").write_text("outside\n")
    assert repo.dirty(["a.txt"]) == ()
    (grown / "shop" / "a.txt").write_text("changed\n")
    (grown / "shop" / "new.txt").write_text("new\n")
    assert repo.dirty(["a.txt", "new.txt"]) == ("a.txt", "new.txt")
    hook("pre-commit", "exit 1\n")
    index = (grown / ".git/index").read_bytes()
    with pytest.raises(RefusedError):
        repo.commit(["a.txt", "new.txt"], "x")
    assert (grown / ".git/index").read_bytes() == index
    hook("pre-commit", "exit 0\n")
    trailers = "Stack-Wizard-Service: m\nStack-Wizard-Phase: 1/7 service\n"
    made, _ = repo.commit(["a.txt", "new.txt"], f"x\n\n{trailers}")
    assert git("show", "--format=", "--name-only", "HEAD").split() == ["shop/a.txt", "shop/new.txt"]
    assert repo.changes(made) == (("a.txt", 0o644, 0o644), ("new.txt", 0, 0o644))
    assert repo.committed(["a.txt", "new.txt"], start)
    assert repo.show(made, "a.txt") == "changed\n"
    assert [commit.commit for commit in repo.log("m")] == [made]
    git("commit", "-q", "-m", f"y\n\n{trailers}", "--", "a.txt")
    assert len(repo.log("m")) == 1
    assert len(GitRepo(grown).log("m")) == 2


def test_a_work_tree_elsewhere_is_said(grown: Path, git: Git, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    git("config", "core.worktree", str(tmp_path / "elsewhere"))
    with pytest.raises(RepositoryError, match="keeps its files elsewhere") as caught:
        GitRepo.open(grown)
    assert str(tmp_path / "elsewhere") in caught.value.next_step
