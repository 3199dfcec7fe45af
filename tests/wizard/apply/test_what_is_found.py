"""What is done and said rests on what is found afterwards: hidden edits, saved work, half commits, lost messages."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.phases import COMPOSE
from wizard.adapters.files.files import DiskFiles
from wizard.adapters.git import commit as git_commit
from wizard.adapters.git.log import in_force
from wizard.adapters.git.repo import GitRepo
from wizard.apply import journal
from wizard.apply.commit import commit
from wizard.apply.recover import recover
from wizard.apply.undo import undo
from wizard.apply.write import applied
from wizard.errors import RefusedError, RepositoryError
from wizard.values.edit import ChangeSet, FileEdit
from wizard.values.receipt import Receipt

Git = Callable[..., str]
Hook = Callable[[str, str], Path]
MESSAGE = (
    "feat(market): add compose (phase 3 of 7)\n\nbody\n\nStack-Wizard-Service: market\n"
    "Stack-Wizard-Phase: 3/7 compose\nStack-Wizard-Items: 3.1 met, 3.2 unmet\n"
)
OLD = "one\ntwo\nthree\n"


def _plan() -> ChangeSet:
    edits = (
        FileEdit("services/market/service.py", None, "print(1)\n", ""),
        FileEdit("services/market/run.sh", None, "true\n", "", mode=0o755),
        FileEdit("a.txt", OLD, OLD + "four\n", ""),
    )
    return ChangeSet("market", COMPOSE, edits)


def _run(root: Path) -> Receipt:
    files, repo = DiskFiles(root), GitRepo(root)
    with applied(_plan(), files, repo) as written:
        return commit(written, MESSAGE, files, repo)


def _left(root: Path) -> list[str]:
    """What lies about that should not."""
    own = journal.place(GitRepo(root)).parent
    found = [path for path in own.glob("*") if path.name not in ("kept", "lost-trailers.json")]
    return [str(path) for path in (*found, *(root / ".git").rglob("*.lock"), *root.rglob("*.tmp"))]


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
@pytest.mark.parametrize("edit", ["a line", "the rights", "gone", "a link"])
def test_a_hidden_edit_is_neither_committed_nor_lost(grown: Path, git: Git, flag: str, edit: str) -> None:
    path = grown / "a.txt"
    git("update-index", flag, "a.txt")
    match edit:
        case "a line":
            path.write_text(OLD + "private\n")
        case "the rights":
            path.chmod(0o755)
        case "gone":
            path.unlink()
        case _:
            path.unlink()
            path.symlink_to("sub/b.txt")
    head, there = git("rev-parse", "HEAD"), path.read_bytes() if path.exists() else None
    plan = _plan()
    if edit == "a line":  # planned on what is there
        edits = (*plan.edits[:2], FileEdit("a.txt", OLD + "private\n", OLD + "private\nfour\n", ""))
        plan = ChangeSet("market", COMPOSE, edits)
    files, repo = DiskFiles(grown), GitRepo(grown)
    assert repo.dirty(["a.txt", "sub/b.txt"]) == ("a.txt",)
    with pytest.raises(RefusedError) as caught, applied(plan, files, repo) as written:
        commit(written, MESSAGE, files, repo)
    if edit in ("a line", "the rights"):
        assert "not to look at a.txt" in caught.value.message and "no-skip-worktree a.txt" in caught.value.next_step
    assert git("rev-parse", "HEAD") == head
    assert (path.read_bytes() if path.exists() else None) == there
    assert git("ls-files", "-v", "a.txt")[0] in "hS"
    assert not (grown / "services").exists()
    assert _left(grown) == []


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_undo_does_not_lose_an_edit_hidden_since(grown: Path, git: Git, flag: str) -> None:
    _run(grown)
    git("update-index", flag, "a.txt")
    (grown / "a.txt").write_text("private\n" + OLD + "four\n")
    head = git("rev-parse", "HEAD")
    with pytest.raises(RefusedError, match=r"not to look at a\.txt"):
        undo("market", None, DiskFiles(grown), GitRepo(grown))
    assert (grown / "a.txt").read_text().startswith("private\n")
    assert git("rev-parse", "HEAD") == head


def test_an_assumed_file_that_is_as_committed_is_no_obstacle(grown: Path, git: Git) -> None:
    """Also through a filter: clean is what git would make of the bytes."""
    (grown / ".gitattributes").write_text("a.txt text eol=crlf\n")
    git("add", ".gitattributes")
    git("commit", "-q", "-m", "attributes")
    git("update-index", "--assume-unchanged", "a.txt")
    (grown / "a.txt").write_bytes(OLD.replace("\n", "\r\n").encode())
    assert GitRepo(grown).dirty(["a.txt"]) == ()
    (grown / "a.txt").write_text(OLD)
    made = _run(grown)
    assert git("show", "HEAD:a.txt") == OLD + "four\n"
    assert made.warnings == ()


SAVED = {
    "a new file": ("services/market/service.py", "print(1)\n"),
    "a file with rights": ("services/market/run.sh", "true\n"),
    "a file that was there": ("a.txt", OLD + "four\n"),
}


@pytest.mark.parametrize("name", ["pre-commit", "prepare-commit-msg", "commit-msg"])
@pytest.mark.parametrize(("path", "written"), SAVED.values(), ids=SAVED)
def test_work_saved_while_a_hook_runs_is_kept_and_named(
    grown: Path, git: Git, hook: Hook, name: str, path: str, written: str
) -> None:
    hook(name, f"echo 'my own line' >> {path}\necho refused by the hook >&2\nexit 1\n")
    with pytest.raises(RefusedError, match="refused by the hook") as caught:
        _run(grown)
    kept = grown / ".git/stack-wizard/kept" / path
    assert kept.read_text() == written + "my own line\n"
    assert str(kept) in caught.value.message
    assert "nothing was committed and the files are as before" in caught.value.next_step
    assert (grown / "a.txt").read_text() == OLD
    assert git("status", "--porcelain", "-uall") == ""
    assert _left(grown) == []
    hook(name, f"echo 'another line' >> {path}\nexit 1\n")
    with pytest.raises(RefusedError):
        _run(grown)
    assert kept.read_text() == written + "my own line\n"
    assert kept.with_name(f"{kept.name}.2").read_text() == written + "another line\n"


IN_THE_WAY = {
    "a link that leaves": "ln -s /etc/hosts {path}",
    "a link inside": "ln -s ../sub/b.txt {path}",
    "a link to nowhere": "ln -s nowhere {path}",
    "a folder": "mkdir {path}; echo mine > {path}/mine",
}


@pytest.mark.parametrize("path", ["services/market/service.py", "a.txt"])
@pytest.mark.parametrize("script", IN_THE_WAY.values(), ids=IN_THE_WAY)
def test_what_a_hook_puts_in_the_place_of_a_file_is_moved_aside(
    grown: Path, git: Git, hook: Hook, path: str, script: str
) -> None:
    hook("pre-commit", f"rm {path}; {script.format(path=path)}; exit 1\n")
    with pytest.raises(RefusedError, match="kept in") as caught:
        _run(grown)
    assert "the files are as before" in caught.value.next_step
    kept = grown / f".git/stack-wizard/kept/{path}.1"
    assert os.path.lexists(kept)
    assert not kept.is_dir() or (kept / "mine").read_text() == "mine\n"
    assert (grown / "a.txt").read_text() == OLD
    assert git("status", "--porcelain", "-uall") == ""
    assert _left(grown) == []


def test_what_could_not_be_put_back_is_said_and_the_journal_stays(
    grown: Path, hook: Hook, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when the door takes the phase back once more: the next start must still know the old texts."""
    swap = DiskFiles.swap

    def full(self: DiskFiles, path: str, before: str | None, after: str | None, *, mode: int | None = None) -> bool:
        if after == OLD:
            raise RefusedError(f"{path} does not fit: the disk is full", next_step="")
        return swap(self, path, before, after, mode=mode)

    hook("pre-commit", "exit 1\n")
    with monkeypatch.context() as patch:
        patch.setattr(DiskFiles, "swap", full)
        with pytest.raises(RefusedError, match="not everything could be put back"):
            _run(grown)
    assert journal.place(GitRepo(grown)).exists()
    assert recover(DiskFiles(grown), GitRepo(grown))
    assert (grown / "a.txt").read_text() == OLD
    assert git("status", "--porcelain", "-uall") == ""


def test_a_hook_that_removes_or_restores_leaves_nothing_to_keep(grown: Path, git: Git, hook: Hook) -> None:
    hook("pre-commit", "rm services/market/service.py; git show HEAD:a.txt > a.txt; exit 1\n")
    with pytest.raises(RefusedError):
        _run(grown)
    assert not (grown / ".git/stack-wizard/kept").exists()
    assert git("status", "--porcelain", "-uall") == ""


@pytest.mark.parametrize("end", ["killed", "too long", "interrupted"])
def test_a_commit_that_is_there_is_not_said_to_be_missing(
    grown: Path, git: Git, hook: Hook, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git dies after the branch has moved, in its last hook."""
    head = git("rev-parse", "HEAD")
    if end == "killed":
        hook("post-commit", "kill -9 $PPID\n")
    elif end == "too long":
        monkeypatch.setattr(git_commit, "COMMIT_SECONDS", 2.0)
        hook("post-commit", "tail -f /dev/null\n")
    else:
        hook("post-commit", 'kill -2 "$WIZARD"; tail -f /dev/null\n')
        monkeypatch.setenv("WIZARD", str(os.getpid()))
    if end == "interrupted":
        with pytest.raises(KeyboardInterrupt) as stopped:
            _run(grown)
        assert any("had been made" in note for note in stopped.value.__notes__)
    else:
        made = _run(grown)
        assert made.commit == git("rev-parse", "HEAD").strip()
        assert any("commit is there" in warning for warning in made.warnings)
    assert git("rev-parse", "HEAD") != head
    assert git("status", "--porcelain", "-uall") == ""
    assert _left(grown) == []


def test_a_commit_without_one_of_the_files_is_no_success(grown: Path, git: Git, hook: Hook) -> None:
    hook("pre-commit", "git rm -q --cached services/market/run.sh\n")
    with pytest.raises(RefusedError, match=r"without services/market/run\.sh") as caught:
        _run(grown)
    assert "committed are services/market/service.py, a.txt" in caught.value.next_step
    assert git("show", "--format=", "--name-only", "HEAD").split() == ["a.txt", "services/market/service.py"]
    assert git("status", "--porcelain", "-uall") == ""
    assert _left(grown) == []


def test_a_commit_that_a_hook_emptied_is_said_to_be_there(grown: Path, git: Git, hook: Hook) -> None:
    head = git("rev-parse", "HEAD")
    hook("pre-commit", "git reset -q\n")
    with pytest.raises(RefusedError, match="without") as caught:
        _run(grown)
    made = git("rev-parse", "HEAD").strip()
    assert f"the commit {made[:10]} holds nothing" in caught.value.next_step
    assert "nothing was committed" not in caught.value.next_step
    git(*caught.value.next_step.split("`")[1].split()[1:])
    assert git("rev-parse", "HEAD") == head
    assert git("status", "--porcelain", "-uall") == ""
    assert _left(grown) == []


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("echo formatted >> a.txt; git add a.txt", "has it so"),
        ("echo formatted >> a.txt", "that change is not committed"),
        ("date > made; git add made", "a hook took more into"),
    ],
)
def test_what_a_hook_changes_is_said(grown: Path, hook: Hook, script: str, says: str) -> None:
    hook("pre-commit", f"{script}\n")
    (warning,) = _run(grown).warnings
    assert says in warning


def test_a_hook_that_formats_and_refuses_has_a_way_out(grown: Path, hook: Hook) -> None:
    """What formats each time lets no phase be committed: the text is made anew each time."""
    hook("pre-commit", "echo formatted >> a.txt; exit 1\n")
    with pytest.raises(RefusedError) as caught:
        _run(grown)
    assert "--no-commit" in caught.value.next_step


def test_the_branch_is_the_one_that_was_written_on(grown: Path, git: Git) -> None:
    files, repo = DiskFiles(grown), GitRepo(grown)
    with (
        pytest.raises(RefusedError, match="the branch is other now") as caught,
        applied(_plan(), files, repo) as written,
    ):
        git("switch", "-q", "-c", "other")
        commit(written, MESSAGE, files, repo)
    assert "git switch main" in caught.value.next_step
    assert git("rev-list", "--count", "other").strip() == "1"
    assert git("status", "--porcelain", "-uall") == ""


def test_a_lock_of_somebody_else_survives_a_refused_commit(grown: Path, hook: Hook) -> None:
    """An editor's own git library takes the index while our commit fails: there is no git process to be seen."""
    lock = grown / ".git/index.lock"
    with pytest.raises(RefusedError, match=r"index\.lock"):
        lock.write_text("theirs")
        GitRepo(grown).commit(["a.txt"], "x")
    assert lock.read_text() == "theirs"


def test_a_full_disk_is_said_before_anything_is_written(grown: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.statvfs

    def full(path: object) -> os.statvfs_result:
        parts = list(real(str(path)))
        parts[4] = 3  # f_bavail
        return os.statvfs_result(parts)

    monkeypatch.setattr(os, "statvfs", full)
    with pytest.raises(RefusedError, match="disk is full"):
        _run(grown)
    assert _left(grown) == []
    assert not (grown / "services").exists()


@pytest.mark.parametrize(("files", "left"), [(1000, 10), (0, 0), (1000, 900)])
def test_a_disk_without_room_for_more_files_is_full(
    grown: Path, monkeypatch: pytest.MonkeyPatch, files: int, left: int
) -> None:
    """Where a file system does not count its files, it says zero of zero."""
    real = os.statvfs

    def few(path: object) -> os.statvfs_result:
        parts = list(real(str(path)))
        parts[5], parts[7] = files, left  # f_files, f_favail
        return os.statvfs_result(parts)

    monkeypatch.setattr(os, "statvfs", few)
    if (files, left) != (1000, 10):
        assert _run(grown).commit
        return
    with pytest.raises(RefusedError, match="10 more files fit") as caught:
        _run(grown)
    assert "df -i" in caught.value.next_step
    assert _left(grown) == []
    assert not (grown / "services").exists()


MESSAGES = {
    "a prefix": ("sed -i '1s/^/[ABC-12] /' \"$1\"", False),
    "a line below": ("echo 'Change-Id: I1' >> \"$1\"", False),
    "a paragraph below": ("printf '\\nReviewed by nobody\\n' >> \"$1\"", False),
    "a long text below": ("printf '\\nsome text: x\\nmore\\n\\n\\nand more\\n' >> \"$1\"", False),
    "windows lines": ("sed -i 's/$/\\r/' \"$1\"", False),
    "another message": ("echo 'ABC-12 work' > \"$1\"", True),
    "no trailers": ("sed -i '/^Stack-Wizard/d' \"$1\"", True),
    "half of them": ("sed -i '/^Stack-Wizard-Phase/d' \"$1\"", True),
    "commented out": ("sed -i 's/^Stack/# Stack/' \"$1\"", True),
}


@pytest.mark.parametrize("name", ["prepare-commit-msg", "commit-msg"])
@pytest.mark.parametrize(("script", "lost"), MESSAGES.values(), ids=MESSAGES)
def test_a_phase_is_known_whatever_a_hook_makes_of_its_message(
    grown: Path, git: Git, hook: Hook, name: str, script: str, lost: bool
) -> None:
    hook(name, script + "\n")
    made = _run(grown)
    assert any("trailers" in warning for warning in made.warnings) == lost
    repo = GitRepo(grown)
    git("commit", "-q", "--allow-empty", "-m", "later")
    (found,) = repo.log("market")
    assert (found.commit, found.phase, found.items) == (made.commit, COMPOSE, (("3.1", "met"), ("3.2", "unmet")))
    assert found.author == "Ada Example <ada@example.org>"
    assert repo.log("other") == ()
    undo("market", None, DiskFiles(grown), repo)
    assert (grown / "a.txt").read_text() == OLD
    assert in_force(repo.log("market")) == ()
    git("reset", "-q", "--hard", "HEAD~3")
    assert repo.log("market") == ()
    with pytest.raises(RepositoryError):
        repo.changes("0" * 40)
