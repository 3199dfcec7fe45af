"""All of a plan is written, or nothing; the guard says no before the first byte."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.phases import COMPOSE
from wizard.adapters.files.files import DiskFiles
from wizard.adapters.git.repo import GitRepo
from wizard.apply import journal
from wizard.apply.commit import commit
from wizard.apply.recover import recover
from wizard.apply.write import applied, roll_back, write
from wizard.errors import RefusedError, RepositoryError, UsageError, WizardError
from wizard.values.edit import ChangeSet, FileEdit

Git = Callable[..., str]
Hook = Callable[[str, str], Path]


def _snapshot(root: Path) -> dict[str, tuple[int, bytes]]:
    """Every file and folder of the work tree with mode and content."""
    return {
        str(path.relative_to(root)): (path.lstat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in sorted(root.rglob("*"))
        if ".git" not in path.relative_to(root).parts
    }


def _change(*edits: FileEdit) -> ChangeSet:
    return ChangeSet("market", COMPOSE, edits)


def _plan() -> ChangeSet:
    return _change(
        FileEdit("new/deep/one.txt", None, "1\n", "new"),
        FileEdit("new/two.sh", None, "2\n", "new", mode=0o755),
        FileEdit("a.txt", "one\ntwo\nthree\n", "one\r\n2\udc80\n", "change"),
        FileEdit("sub/b.txt", "b\n", None, "remove"),
    )


def test_write_and_commit(grown: Path, git: Git) -> None:
    files, repo = DiskFiles(grown), GitRepo(grown)
    written = write(_plan(), files, repo)
    assert journal.place(repo).exists()
    receipt = commit(written, "feat(market): x\n\nbody\n", files, repo)
    assert receipt.commit == repo.head()
    assert receipt.subject == "feat(market): x"
    assert receipt.paths == ("new/deep/one.txt", "new/two.sh", "a.txt", "sub/b.txt")
    assert (grown / "a.txt").read_bytes() == b"one\r\n2\x80\n"
    assert (grown / "new/two.sh").stat().st_mode & 0o777 == 0o755
    assert git("ls-tree", "-r", "--name-only", "HEAD").split() == ["a.txt", "new/deep/one.txt", "new/two.sh"]
    assert git("status", "--porcelain") == ""
    assert not journal.place(repo).exists()


def test_without_commit_the_files_stay_and_no_journal(grown: Path, git: Git) -> None:
    files, repo = DiskFiles(grown), GitRepo(grown)
    write(_plan(), files, repo, commit=False)
    assert not journal.place(repo).exists()
    assert git("status", "--porcelain", "-uall") == " M a.txt\n D sub/b.txt\n?? new/deep/one.txt\n?? new/two.sh\n"


def test_roll_back_restores_content_modes_and_folders(grown: Path) -> None:
    (grown / "a.txt").chmod(0o640)
    before = _snapshot(grown)
    files, repo = DiskFiles(grown), GitRepo(grown)
    written = write(_plan(), files, repo)
    assert _snapshot(grown) != before
    assert roll_back(written, files, repo) == ()
    assert _snapshot(grown) == before
    assert roll_back(written, files, repo) == ()
    assert _snapshot(grown) == before


def test_roll_back_keeps_what_was_edited_since(grown: Path) -> None:
    files, repo = DiskFiles(grown), GitRepo(grown)
    written = write(_plan(), files, repo)
    (grown / "new/two.sh").write_text("mine\n")
    assert roll_back(written, files, repo) == ("new/two.sh",)
    assert (grown / "new/two.sh").read_text() == "mine\n"
    assert not (grown / "new/deep").exists()


def test_a_plan_of_nothing_makes_no_commit(grown: Path) -> None:
    files, repo = DiskFiles(grown), GitRepo(grown)
    head = repo.head()
    same = _change(FileEdit("a.txt", "one\ntwo\nthree\n", "one\ntwo\nthree\n", "same"))
    assert commit(write(same, files, repo), "x", files, repo).commit == ""
    assert commit(write(_change(), files, repo), "x", files, repo).paths == ()
    assert repo.head() == head
    assert not journal.place(repo).exists()


def test_interrupt_between_write_and_commit_rolls_back(grown: Path, git: Git) -> None:
    before, index = _snapshot(grown), (grown / ".git/index").read_bytes()
    with pytest.raises(KeyboardInterrupt), applied(_plan(), DiskFiles(grown), GitRepo(grown)):
        raise KeyboardInterrupt
    assert _snapshot(grown) == before
    assert (grown / ".git/index").read_bytes() == index
    assert not journal.place(GitRepo(grown)).exists()


def test_interrupt_during_the_hooks_rolls_back(grown: Path, hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    hook("pre-commit", "kill -INT $WIZARD; tail -f /dev/null\n")
    monkeypatch.setenv("WIZARD", str(os.getpid()))
    before, index = _snapshot(grown), (grown / ".git/index").read_bytes()
    files, repo = DiskFiles(grown), GitRepo(grown)
    with pytest.raises(KeyboardInterrupt), applied(_plan(), files, repo) as written:
        commit(written, "x", files, repo)
    assert _snapshot(grown) == before
    assert (grown / ".git/index").read_bytes() == index
    assert not (grown / ".git/index.lock").exists()


def test_interrupt_after_the_commit_keeps_it(grown: Path, hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    hook("post-commit", "kill -INT $WIZARD; tail -f /dev/null\n")
    monkeypatch.setenv("WIZARD", str(os.getpid()))
    files, repo = DiskFiles(grown), GitRepo(grown)
    head = repo.head()
    with pytest.raises(KeyboardInterrupt), applied(_plan(), files, repo) as written:
        commit(written, "x", files, repo)
    assert repo.head() != head
    assert repo.dirty(written.paths) == ()
    assert not journal.place(repo).exists()


@pytest.mark.parametrize("script", ["exit 1", "echo formatted > a.txt; echo more > new/two.sh; echo 'fixed'; exit 1"])
def test_a_refusing_or_reformatting_hook_leaves_everything_as_before(grown: Path, hook: Hook, script: str) -> None:
    hook("pre-commit", script + "\n")
    before, index = _snapshot(grown), (grown / ".git/index").read_bytes()
    files, repo = DiskFiles(grown), GitRepo(grown)
    with pytest.raises(RefusedError, match="refused"):
        commit(write(_plan(), files, repo), "x", files, repo)
    assert _snapshot(grown) == before
    assert (grown / ".git/index").read_bytes() == index
    assert not journal.place(repo).exists()


def test_an_edit_after_the_write_is_not_committed_and_not_lost(grown: Path) -> None:
    files, repo = DiskFiles(grown), GitRepo(grown)
    head = repo.head()
    with pytest.raises(RefusedError, match=r"two\.sh was edited after"), applied(_plan(), files, repo) as written:
        (grown / "new/two.sh").write_text("mine\n")
        commit(written, "x", files, repo)
    assert repo.head() == head
    assert (grown / "new/two.sh").read_text() == "mine\n"
    assert (grown / "a.txt").read_text() == "one\ntwo\nthree\n"


def _refused(grown: Path, plan: ChangeSet, words: str, kind: type[WizardError] = RefusedError) -> WizardError:
    before = _snapshot(grown)
    with pytest.raises(kind, match=words) as caught:
        write(plan, DiskFiles(grown), GitRepo(grown))
    assert _snapshot(grown) == before
    assert not journal.place(GitRepo(grown)).exists()
    assert caught.value.next_step
    return caught.value


def test_changed_gone_and_existing_files_are_refused(grown: Path) -> None:
    _refused(grown, _change(FileEdit("a.txt", "other", "x", "")), "changed since")
    _refused(grown, _change(FileEdit("none.txt", "other", "x", "")), "is gone")
    _refused(grown, _change(FileEdit("a.txt", None, "x", "")), "exists already")


@pytest.mark.parametrize("path", ["../x", "/x", "a//b", "./x", "sub/../x", "", "sub/", "x\0y"])
def test_paths_outside_are_refused(grown: Path, path: str) -> None:
    _refused(grown, _change(FileEdit(path, None, "x", "")), "not a path inside")


def test_git_s_own_files_are_refused(grown: Path) -> None:
    _refused(grown, _change(FileEdit(".git/hooks/pre-commit", None, "x", "")), "belongs to git")


def test_links_are_refused(grown: Path, git: Git, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (grown / "away").symlink_to(tmp_path / "outside")
    (grown / "near").symlink_to("a.txt")
    git("add", "-A")
    git("commit", "-q", "-m", "links")
    _refused(grown, _change(FileEdit("away/x", None, "x", "")), "symbolic link")
    _refused(grown, _change(FileEdit("near", "one\ntwo\nthree\n", "x", "")), "symbolic link to a.txt")
    assert list((tmp_path / "outside").iterdir()) == []


@pytest.mark.parametrize("state", ["staged", "unstaged", "untracked", "ignored", "deleted", "intended"])
def test_dirty_paths_are_refused(grown: Path, git: Git, state: str) -> None:
    text: str | None = "mine\n"
    path = "a.txt" if state in ("staged", "unstaged", "deleted") else "own.txt"
    (grown / path).write_text("mine\n")
    if state == "staged":
        git("add", path)
    elif state == "ignored":
        (grown / ".gitignore").write_text("own.txt\n")
    elif state == "intended":
        git("add", "-N", path)
    elif state == "deleted":
        (grown / path).unlink()
        text = None
    found = _refused(grown, _change(FileEdit(path, text, "wizard's\n", "")), "changes of yours")
    assert found.where == path
    assert "git stash" in found.next_step


def test_before_the_first_commit_nobody_is_sent_to_stash(root: Path) -> None:
    (root / "a.txt").write_text("one\n")
    found = _refused(root, _change(FileEdit("a.txt", "one\n", "two\n", "")), "changes of yours")
    assert "first commit" in found.next_step
    assert "stash" not in found.next_step


def test_the_same_path_twice_is_refused(grown: Path) -> None:
    _refused(grown, _change(FileEdit("x", None, "1", ""), FileEdit("x", None, "2", "")), "twice", UsageError)


def test_repository_in_trouble_is_refused(grown: Path, git: Git) -> None:
    git("checkout", "-q", "--detach")
    _refused(grown, _plan(), "detached", RepositoryError)
    git("switch", "-q", "main")
    (grown / ".git/MERGE_HEAD").write_text(git("rev-parse", "HEAD"))
    _refused(grown, _plan(), "a merge", RepositoryError)
    (grown / ".git/MERGE_HEAD").unlink()
    (grown / ".git/index.lock").touch()
    _refused(grown, _plan(), "locked", RepositoryError)


def test_an_interrupted_run_must_be_recovered_first(grown: Path) -> None:
    files, repo = DiskFiles(grown), GitRepo(grown)
    before = _snapshot(grown)
    write(_plan(), files, repo)
    other = _change(FileEdit("other.txt", None, "x", ""))
    with pytest.raises(RefusedError, match="interrupted"), applied(other, files, repo):
        pass
    assert journal.place(repo).exists()
    assert "was put back" in recover(files, repo)[0]
    assert _snapshot(grown) == before


def test_a_failing_write_puts_everything_back(grown: Path) -> None:
    plan = _plan()
    bad = FileEdit("a.txt/below", None, "x", "a file stands in the way")
    _refused(grown, _change(*plan.edits[:2], bad), "a file where a folder is needed")
    long = FileEdit("sub/" + "n" * 300, None, "x", "name too long")
    _refused(grown, _change(*plan.edits[:2], long), "too long")


@pytest.fixture
def small(tmp_path: Path, isolated: None) -> Iterator[Path]:
    """A repository on a file system of 600 KiB."""
    place = tmp_path / "small"
    place.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(place)]
    if not shutil.which("mount") or subprocess.run(words, check=False).returncode:
        pytest.skip("a small file system cannot be mounted with these rights")
    try:
        subprocess.run(["git", "init", "-q", "--template=", "-b", "main", place], check=True)
        subprocess.run(["git", "config", "user.name", "Ada"], cwd=place, check=True)
        subprocess.run(["git", "config", "user.email", "ada@example.org"], cwd=place, check=True)
        yield place
    finally:
        subprocess.run(["umount", place], check=True)


def test_a_full_disk_puts_everything_back(small: Path) -> None:
    big = "".join(f"{number}\n" for number in range(40_000))
    plan = _change(*(FileEdit(f"f{number}", None, big, "") for number in range(5)))
    _refused(small, plan, "disk is full")


def test_a_disk_that_is_full_for_git_puts_everything_back(small: Path) -> None:
    noise = os.urandom(300_000).decode("latin1")
    plan = _change(FileEdit("noise", None, noise, ""))
    files, repo = DiskFiles(small), GitRepo(small)
    before = _snapshot(small)
    with pytest.raises(WizardError):
        commit(write(plan, files, repo), "x", files, repo)
    assert _snapshot(small) == before


def test_a_read_only_tree_is_refused(small: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", small], check=True)
    _refused(small, _plan(), "cannot be written", RepositoryError)
