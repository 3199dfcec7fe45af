"""Killed (SIGKILL) after any file operation, the next start finds the commit made or puts everything back."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.phases import COMPOSE
from wizard.adapters.files.files import DiskFiles
from wizard.adapters.git.repo import GitRepo
from wizard.apply import journal
from wizard.apply.commit import commit
from wizard.apply.recover import interrupted, left_behind, recover
from wizard.apply.undo import undo
from wizard.apply.write import applied, write
from wizard.errors import RepositoryError
from wizard.values.edit import ChangeSet, FileEdit

Git = Callable[..., str]
Hook = Callable[[str, str], Path]

MESSAGE = "feat(market): x\n\nStack-Wizard-Service: market\nStack-Wizard-Phase: 3/7 compose\n"
# Every way in which Python changes a file or starts git: https://docs.python.org/3/library/audit_events.html
CHANGES = frozenset(
    {
        "os.rename",
        "os.remove",
        "os.mkdir",
        "os.rmdir",
        "os.chmod",
        "os.chown",
        "os.truncate",
        "os.link",
        "subprocess.Popen",
    }
)


def _killed_at(number: int, act: Callable[[], object]) -> bool:
    """Run `act` in a child that is killed before its `number`-th change; False when it ended before that."""
    child = os.fork()
    if child == 0:
        left = number

        def watch(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal left
            writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
            if writes or event in CHANGES:
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(watch)
        act()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


def _state(root: Path, git: Git) -> dict[str, object]:
    """The whole work tree, what is staged, and HEAD's tree; not the hash of a commit, which has a time in it."""
    return {
        "tree": git("rev-parse", "HEAD^{tree}"),
        "commits": git("rev-list", "--count", "HEAD"),
        "index": git("ls-files", "-s", "-t"),
        "status": git("status", "--porcelain", "-uall"),
        "files": {
            str(path.relative_to(root)): (path.stat().st_mode, path.read_bytes() if path.is_file() else b"")
            for path in sorted(root.rglob("*"))
            if ".git" not in path.relative_to(root).parts
        },
        "left": sorted(path.name for path in (root / ".git").glob("stack-wizard/*")),
        "lock": (root / ".git/index.lock").exists(),
    }


@pytest.fixture
def busy(grown: Path, git: Git) -> Path:
    """A repository in which the engineer has staged, unstaged and untracked work."""
    for name in ("staged.txt", "unstaged.txt"):
        (grown / name).write_text("x\n")
    git("add", "-A")
    git("commit", "-q", "-m", "more")
    (grown / "staged.txt").write_text("staged\n")
    git("add", "staged.txt")
    (grown / "unstaged.txt").write_text("unstaged\n")
    (grown / "untracked.txt").write_text("untracked\n")
    (grown / "sub" / "b.txt").chmod(0o755)
    git("commit", "-q", "-m", "mode", "--", "sub/b.txt")
    return grown


def _plan() -> ChangeSet:
    edits = (
        FileEdit("services/market/service.py", None, "print(1)\n", ""),
        FileEdit("services/market/run.sh", None, "true\n", "", mode=0o755),
        FileEdit("a.txt", "one\ntwo\nthree\n", "one\r\n2\udc80\n", ""),
        FileEdit("sub/b.txt", "b\n", None, ""),
    )
    return ChangeSet("market", COMPOSE, edits)


def _run(root: Path) -> None:
    files, repo = DiskFiles(root), GitRepo(root)
    with applied(_plan(), files, repo) as written:
        commit(written, MESSAGE, files, repo)


def _copies(source: Path, tmp_path: Path) -> Callable[[int], None]:
    """Puts `source` back to how it is now, for each round."""
    saved = tmp_path / "saved"
    shutil.copytree(source, saved, symlinks=True)

    def fresh(_: int) -> None:
        shutil.rmtree(source)
        shutil.copytree(saved, source, symlinks=True)

    return fresh


def test_apply_killed_at_every_change(busy: Path, git: Git, tmp_path: Path) -> None:
    fresh = _copies(busy, tmp_path)
    before = _state(busy, git)
    _run(busy)
    after = _state(busy, git)
    assert after != before
    ends: list[str] = []
    number = 0
    killed = True
    while killed:
        number += 1
        fresh(number)
        killed = _killed_at(number, lambda: _run(busy))
        recover(DiskFiles(busy), GitRepo(busy))
        found = _state(busy, git)
        found["left"] = []
        assert found in (before | {"left": []}, after | {"left": []}), f"killed before change {number}"
        assert journal.load(GitRepo(busy)) is None
        ends.append("before" if found["commits"] == before["commits"] else "after")
    assert number > 25
    assert ends == sorted(ends, reverse=True)
    assert {"before", "after"} == set(ends)


def test_recovery_killed_at_every_change(busy: Path, git: Git, tmp_path: Path) -> None:
    before = _state(busy, git)
    write(_plan(), DiskFiles(busy), GitRepo(busy))
    git("add", "-N", "services/market/service.py", "services/market/run.sh")
    fresh = _copies(busy, tmp_path)
    number = 0
    killed = True
    while killed:
        number += 1
        fresh(number)
        killed = _killed_at(number, lambda: recover(DiskFiles(busy), GitRepo(busy)))
        recover(DiskFiles(busy), GitRepo(busy))
        assert _state(busy, git) | {"left": []} == before, f"killed before change {number}"
    assert number > 8


def test_undo_killed_at_every_change(busy: Path, git: Git, tmp_path: Path) -> None:
    _run(busy)
    fresh = _copies(busy, tmp_path)
    before = _state(busy, git) | {"left": []}
    undo("market", None, DiskFiles(busy), GitRepo(busy))
    after = _state(busy, git) | {"left": []}
    number = 0
    killed = True
    while killed:
        number += 1
        fresh(number)
        killed = _killed_at(number, lambda: undo("market", None, DiskFiles(busy), GitRepo(busy)))
        recover(DiskFiles(busy), GitRepo(busy))
        assert _state(busy, git) | {"left": []} in (before, after), f"killed before change {number}"
    assert number > 20


def test_killed_while_git_is_still_at_work(busy: Path, git: Git, hook: Hook) -> None:
    """The wizard dies in the middle of git's hooks; git goes on alone and makes the commit."""
    os.mkfifo(busy.parent / "go")
    told = busy.parent / "git.pid"
    hook("pre-commit", f'echo $PPID > {told}\nkill -9 "$WIZARD"\nread line < {busy.parent / "go"}\n')
    child = os.fork()
    if child == 0:
        os.environ["WIZARD"] = str(os.getpid())
        _run(busy)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    files, repo = DiskFiles(busy), GitRepo(busy)
    with pytest.raises(RepositoryError, match=r"git commit .* is at work"):
        recover(files, repo)
    assert interrupted(repo) is not None
    head = repo.head()
    with (busy.parent / "go").open("w") as pipe:
        pipe.write("go\n")
    _wait_for_end(int(told.read_text()))
    said = recover(files, repo)
    assert said == ("an interrupted run had already committed phase compose of market",)
    assert repo.head() != head
    assert git("status", "--porcelain", "-uall") == "M  staged.txt\n M unstaged.txt\n?? untracked.txt\n"


def _wait_for_end(git: int) -> None:
    """Until the git that asked the hook has ended, however busy the machine is."""
    import psutil

    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(git).wait(timeout=120)


def test_both_killed_in_the_hook(busy: Path, git: Git, hook: Hook) -> None:
    """As when the machine goes down: git leaves its locks, and the next start knows that they are its own."""
    before = _state(busy, git)
    told = busy.parent / "git.pid"
    hook("pre-commit", f'echo $PPID > {told}\nkill -9 "$WIZARD" $PPID\n')
    child = os.fork()
    if child == 0:
        os.environ["WIZARD"] = str(os.getpid())
        _run(busy)
        os._exit(0)
    os.waitpid(child, 0)
    _wait_for_end(int(told.read_text()))
    files, repo = DiskFiles(busy), GitRepo(busy)
    assert (busy / ".git/index.lock").exists()
    said = recover(files, repo)
    assert any("index.lock" in sentence for sentence in said)
    assert _state(busy, git) | {"left": []} == before
    assert not list((busy / ".git").rglob("*.lock"))


@pytest.mark.parametrize("name", ["index.lock", "HEAD.lock", "refs/heads/main.lock", "next-index-4711.lock"])
def test_only_locks_of_the_wizard_s_own_git_are_removed(busy: Path, git: Git, name: str) -> None:
    before = _state(busy, git)
    files, repo = DiskFiles(busy), GitRepo(busy)
    write(_plan(), files, repo)
    lock, older = busy / ".git" / name, busy / ".git" / "older"
    lock.write_text("")
    if name == "index.lock":  # of somebody else: no git of the wizard's own was at work
        with pytest.raises(RepositoryError, match="locked"):
            recover(files, repo)
    journal.mark(repo)
    others = journal.locks_of_others(repo)
    assert others is not None
    assert repo.remove_locks(others) == ()
    lock.rename(older)
    lock.write_text("")
    os.utime(lock, (1, 1))  # also when the clock was set back meanwhile
    said = recover(files, repo)
    assert any(name in sentence for sentence in said)
    assert not lock.exists()
    older.unlink()
    assert _state(busy, git) | {"left": []} == before


def test_half_a_file_in_git_s_folder_is_swept(busy: Path) -> None:
    repo = GitRepo(busy)
    own = journal.place(repo).parent
    (own / "drafts").mkdir(parents=True)
    halves = [own / ".sw-0123456789ab.tmp", own / "drafts" / ".sw-ba9876543210.tmp"]
    for half in halves:
        half.write_text("half")
    (own / "drafts" / "market.json").write_text("{}")
    assert left_behind(repo)
    assert recover(DiskFiles(busy), repo) == ()
    assert not any(half.exists() for half in halves)
    assert (own / "drafts" / "market.json").exists()
    assert not left_behind(repo)


def test_edited_since_is_kept_and_named(busy: Path) -> None:
    files, repo = DiskFiles(busy), GitRepo(busy)
    write(_plan(), files, repo)
    (busy / "a.txt").write_text("edited since\n")
    said = recover(files, repo)
    assert any("a.txt was edited after" in line for line in said)
    assert any("services/market/service.py" in line and "put back" in line for line in said)
    assert (busy / "a.txt").read_text() == "edited since\n"
    assert not (busy / "services").exists()
    assert (busy / "sub/b.txt").read_text() == "b\n"
    assert recover(files, repo) == ()


def test_committed_by_hand_since_is_left_alone(busy: Path, git: Git) -> None:
    files, repo = DiskFiles(busy), GitRepo(busy)
    written = write(_plan(), files, repo)
    git("add", "--", *written.paths)
    git("commit", "-q", "-m", "by hand", "--", *written.paths)
    assert "already committed" in recover(files, repo)[0]
    assert repo.dirty(written.paths) == ()


def test_other_commits_since_do_not_count(busy: Path, git: Git) -> None:
    files, repo = DiskFiles(busy), GitRepo(busy)
    write(_plan(), files, repo)
    git("commit", "-q", "-m", "mine", "--", "unstaged.txt")
    assert "put back" in recover(files, repo)[0]
    assert (busy / "a.txt").read_text() == "one\ntwo\nthree\n"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": 99}', '{"schema": 1}', "\u00e9"])
def test_a_damaged_journal_says_what_to_do(busy: Path, text: str) -> None:
    repo = GitRepo(busy)
    journal.place(repo).parent.mkdir()
    journal.place(repo).write_text(text)
    with pytest.raises(RepositoryError) as caught:
        recover(DiskFiles(busy), repo)
    assert f"rm {journal.place(repo)}" in caught.value.next_step


def test_recovery_waits_for_a_merge_to_end(busy: Path, git: Git) -> None:
    files, repo = DiskFiles(busy), GitRepo(busy)
    write(_plan(), files, repo)
    (busy / ".git/MERGE_HEAD").write_text(git("rev-parse", "HEAD"))
    with pytest.raises(RepositoryError, match="a merge"):
        recover(files, repo)
    assert interrupted(repo) is not None


def test_recovery_works_with_a_detached_head_and_no_identity(busy: Path, git: Git) -> None:
    files, repo = DiskFiles(busy), GitRepo(busy)
    write(_plan(), files, repo)
    git("checkout", "-q", "--detach")
    git("config", "--unset", "user.email")
    git("config", "user.useConfigOnly", "true")
    assert "put back" in recover(files, repo)[0]


def test_children_of_this_file_end() -> None:
    """No test above leaves a process behind."""
    left = subprocess.run(["pgrep", "-P", str(os.getpid()), "git"], capture_output=True, text=True, check=False).stdout
    assert left == ""
