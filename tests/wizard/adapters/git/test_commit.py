"""One commit of the wizard's paths; the engineer's index and files are not touched."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from wizard.adapters.git import child as git_child
from wizard.adapters.git import commit as git_commit
from wizard.adapters.git.repo import GitRepo
from wizard.errors import RefusedError, RepositoryError

Git = Callable[..., str]
Hook = Callable[[str, str], Path]


def _index(root: Path) -> bytes:
    return (root / ".git" / "index").read_bytes()


def test_new_changed_and_removed_paths(grown: Path, git: Git) -> None:
    repo = GitRepo(grown)
    (grown / "new file.txt").write_text("new\n")
    (grown / "a.txt").write_text("changed\n")
    (grown / "sub" / "b.txt").unlink()
    made, said = repo.commit(["new file.txt", "a.txt", "sub/b.txt"], "do it all\n\nbody\n")
    assert made == git("rev-parse", "HEAD").strip()
    assert said == ""
    assert git("show", "--format=", "--name-status", "HEAD").split() == [
        "M",
        "a.txt",
        "A",
        "new",
        "file.txt",
        "D",
        "sub/b.txt",
    ]
    assert git("log", "-1", "--format=%B").strip() == "do it all\n\nbody"
    assert git("status", "--porcelain") == ""


def test_first_commit_of_a_repository(root: Path, git: Git) -> None:
    (root / "staged").write_text("s")
    git("add", "staged")
    (root / "mine").write_text("m")
    GitRepo(root).commit(["mine"], "first")
    assert git("ls-tree", "-r", "--name-only", "HEAD").split() == ["mine"]
    assert git("status", "--porcelain") == "A  staged\n"


@pytest.mark.parametrize("name", ["*", "a*.txt", ":(glob)x", "!x", "[ab]", "-x", "ü\u2028", "q'\"q", "tab\tname", ":a"])
def test_names_are_taken_literally(grown: Path, git: Git, name: str) -> None:
    (grown / name).write_text("x")
    (grown / "other").write_text("not mine")
    repo = GitRepo(grown)
    assert repo.dirty([name]) == (name,)
    repo.commit([name], "odd name")
    assert git("show", "--format=", "--name-only", "-z", "HEAD").split("\0")[:-1] == [name]
    assert git("status", "--porcelain") == "?? other\n"


def test_message_is_kept_as_written(grown: Path, git: Git) -> None:
    git("config", "commit.cleanup", "strip")
    git("config", "i18n.commitEncoding", "latin1")
    git("config", "commit.verbose", "true")
    (grown / "x").write_text("x")
    GitRepo(grown).commit(["x"], "feat: ünïcode ✓\n\n# not a comment\n\nA: b\n")
    assert git("log", "-1", "--encoding=UTF-8", "--format=%B").strip() == "feat: ünïcode ✓\n\n# not a comment\n\nA: b"


def test_hooks_run_and_their_output_comes_back_plain(grown: Path, hook: Hook) -> None:
    hook("pre-commit", "printf '\\033[32mall good\\033[0m\\007\\n'\n")
    hook("commit-msg", 'echo "Signed: yes" >> "$1"\n')
    (grown / "x").write_text("x")
    repo = GitRepo(grown)
    _, said = repo.commit(["x"], "add x\n")
    assert said == "all good"


@pytest.mark.parametrize("name", ["pre-commit", "commit-msg", "prepare-commit-msg"])
def test_failing_hook_leaves_index_and_head(grown: Path, git: Git, hook: Hook, name: str) -> None:
    hook(name, "echo 'line 1: \033[31mbad\033[0m' >&2; exit 3\n")
    (grown / "a.txt").write_text("staged\n")
    git("add", "a.txt")
    (grown / "x").write_text("x")
    index, head = _index(grown), git("rev-parse", "HEAD")
    with pytest.raises(RefusedError, match="line 1: bad") as caught:
        GitRepo(grown).commit(["x", "sub/b.txt"], "add x")
    assert "\033" not in caught.value.message
    assert _index(grown) == index
    assert git("rev-parse", "HEAD") == head
    assert (grown / "x").read_text() == "x"


def test_hook_that_reformats_and_refuses(grown: Path, git: Git, hook: Hook) -> None:
    hook("pre-commit", "echo formatted > x; echo 'reformatted x'; exit 1\n")
    (grown / "x").write_text("x")
    index = _index(grown)
    with pytest.raises(RefusedError, match="reformatted x"):
        GitRepo(grown).commit(["x"], "add x")
    assert _index(grown) == index
    assert git("status", "--porcelain") == "?? x\n"


def test_hook_that_reformats_and_adds(grown: Path, git: Git, hook: Hook) -> None:
    hook("pre-commit", "echo formatted > x; git add x\n")
    (grown / "x").write_text("x")
    (grown / "a.txt").write_text("staged\n")
    git("add", "a.txt")
    repo = GitRepo(grown)
    repo.commit(["x"], "add x")
    assert repo.show("HEAD", "x") == "formatted\n"
    assert git("status", "--porcelain") == "M  a.txt\n"


@pytest.mark.parametrize("script", ["date > made; git add made", "git add -A"])
def test_what_a_hook_takes_in_is_not_staged_to_go_again(grown: Path, git: Git, hook: Hook, script: str) -> None:
    """Git leaves its index as it was before the hook: the engineer's next commit would take the hook's file out."""
    hook("pre-commit", f"{script}\n")
    (grown / "x").write_text("x")
    (grown / "made").write_text("made")
    (grown / "a.txt").write_text("staged\n")
    git("add", "a.txt")
    (grown / "a.txt").write_text("staged and edited\n")
    git("rm", "-q", "--cached", "sub/b.txt")
    repo = GitRepo(grown)
    made, _ = repo.commit(["x"], "add x")
    assert "made" in repo.taken_in(made, ["x"])
    assert git("ls-files", "--stage", "made") != ""
    assert git("show", ":a.txt") == "staged\n"
    assert git("ls-files", "sub/b.txt") == ""


def test_without_a_hook_nothing_is_taken_in(grown: Path) -> None:
    (grown / "x").write_text("x")
    repo = GitRepo(grown)
    made, _ = repo.commit(["x"], "add x")
    assert repo.taken_in(made, ["sub/b.txt"]) == ()


def test_what_a_hook_leaves_running_keeps_nobody_waiting(
    grown: Path, git: Git, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server of a linter holds the hook's output open; git itself is done."""
    monkeypatch.setattr(git_child, "LINGER_SECONDS", 0.2)
    hook("pre-commit", "echo checked; tail -f /dev/null & echo $! > .git/left; echo started\n")
    (grown / "x").write_text("x")
    try:
        _, said = GitRepo(grown).commit(["x"], "add x")
        left = int((grown / ".git/left").read_text())
        os.kill(left, 0)  # it still runs
        assert said == "checked\nstarted"
    finally:
        os.kill(int((grown / ".git/left").read_text()), signal.SIGKILL)


def test_hook_that_is_killed_leaves_no_lock(grown: Path, git: Git, hook: Hook) -> None:
    hook("pre-commit", "kill -9 $PPID\n")
    (grown / "x").write_text("x")
    index = _index(grown)
    with pytest.raises(RefusedError, match="killed by signal 9"):
        GitRepo(grown).commit(["x"], "add x")
    assert _index(grown) == index
    assert not (grown / ".git" / "index.lock").exists()


def test_hook_that_hangs_is_ended(grown: Path, hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_commit, "COMMIT_SECONDS", 0.3)
    hook("pre-commit", "tail -f /dev/null\n")
    (grown / "x").write_text("x")
    index = _index(grown)
    with pytest.raises(RepositoryError, match="git commit did not finish"):
        GitRepo(grown).commit(["x"], "add x")
    assert _index(grown) == index
    assert not (grown / ".git" / "index.lock").exists()


def test_hook_cannot_ask_at_the_terminal(grown: Path, hook: Hook) -> None:
    hook("pre-commit", "read answer < /dev/tty || { echo 'no terminal'; exit 1; }\n")
    (grown / "x").write_text("x")
    with pytest.raises(RefusedError, match="no terminal"):
        GitRepo(grown).commit(["x"], "add x")


def test_ignored_path_is_refused_with_its_name(grown: Path) -> None:
    (grown / ".gitignore").write_text("*.log\n")
    (grown / "x.log").write_text("x")
    index = _index(grown)
    with pytest.raises(RefusedError, match=r"git ignores x\.log") as caught:
        GitRepo(grown).commit(["x.log"], "add x")
    assert "check-ignore" in caught.value.next_step
    assert _index(grown) == index


def test_unmerged_entries_of_others_stay(grown: Path, git: Git) -> None:
    """As after a conflicting `git stash pop`: no merge is in progress, and the commit does not touch them."""
    blob = git("rev-parse", "HEAD:a.txt").strip()
    entries = "".join(f"100644 {blob} {stage}\tc.txt\n" for stage in (1, 2, 3))
    git("update-index", "--index-info", given=entries)
    (grown / "x").write_text("x")
    GitRepo(grown).commit(["x"], "add x")
    assert git("ls-files", "--unmerged") == entries
    assert git("show", "--format=", "--name-only", "HEAD").split() == ["x"]


def test_signing_configuration_is_respected(grown: Path, git: Git) -> None:
    signer = grown.parent / "signer"
    signer.write_text("#!/bin/sh\necho 'no secret key' >&2\nexit 2\n")
    signer.chmod(0o755)
    git("config", "commit.gpgSign", "true")
    git("config", "gpg.program", str(signer))
    (grown / "x").write_text("x")
    index = _index(grown)
    with pytest.raises(RefusedError, match="could not be signed"):
        GitRepo(grown).commit(["x"], "add x")
    assert _index(grown) == index


def test_what_somebody_stages_during_a_failing_hook_stays(grown: Path, git: Git, hook: Hook) -> None:
    """The index changed under the lock: it must not be overwritten with the older copy."""
    hook("pre-commit", "rm -f .git/index.lock; echo other > o; env -u GIT_INDEX_FILE git add o; exit 1\n")
    (grown / "x").write_text("x")
    with pytest.raises(RefusedError):
        GitRepo(grown).commit(["x"], "add x")
    assert git("status", "--porcelain") == "A  o\n?? x\n"


def test_dirty_tells_staged_unstaged_untracked_and_ignored(grown: Path, git: Git) -> None:
    (grown / ".gitignore").write_text("ignored\n")
    for name in ("untracked", "ignored", "clean"):
        (grown / name).write_text("x")
    git("add", "clean", ".gitignore")
    git("commit", "-q", "-m", "clean")
    (grown / "a.txt").write_text("unstaged")
    (grown / "sub" / "b.txt").write_text("staged")
    git("add", "sub/b.txt")
    repo = GitRepo(grown)
    asked = ["untracked", "ignored", "clean", "a.txt", "sub/b.txt", "absent"]
    assert repo.dirty(asked) == ("a.txt", "ignored", "sub/b.txt", "untracked")
    assert repo.dirty(["clean"]) == ()
    assert repo.dirty([]) == ()


def test_committed_since(grown: Path, git: Git) -> None:
    repo = GitRepo(grown)
    start = repo.head()
    assert repo.committed(["x"], start) == ()
    (grown / "x").write_text("x")
    (grown / "y").write_text("y")
    repo.commit(["x", "y"], "both")
    assert repo.committed(["x", "y"], start) == ("x", "y")
    assert repo.committed(["x"], "") == ("x",)
    assert repo.committed(["x", "a.txt"], start) == ("x",)
    assert repo.committed([], start) == ()


def test_show_applies_the_work_tree_s_filters(grown: Path, git: Git) -> None:
    (grown / ".gitattributes").write_text("*.bat text eol=crlf\n")
    (grown / "x.bat").write_bytes(b"one\r\ntwo\r\n")
    repo = GitRepo(grown)
    repo.commit([".gitattributes", "x.bat"], "bat")
    assert git("cat-file", "-p", "HEAD:x.bat") == "one\ntwo\n"
    assert repo.show("HEAD", "x.bat") == "one\r\ntwo\r\n"
    assert repo.show("HEAD", "none") is None
    assert repo.show("", "a.txt") is None


def test_changes_of_a_commit(grown: Path) -> None:
    repo = GitRepo(grown)
    assert repo.changes(repo.head()) == (("a.txt", 0, 0o644), ("sub/b.txt", 0, 0o644))
    (grown / "a.txt").rename(grown / "c.txt")
    (grown / "c.txt").chmod(0o755)
    repo.commit(["a.txt", "c.txt"], "rename")
    assert repo.changes(repo.head()) == (("a.txt", 0o644, 0), ("c.txt", 0, 0o755))


def test_index_keeps_its_mode_after_a_refusal(grown: Path, hook: Hook) -> None:
    hook("pre-commit", "exit 1\n")
    (grown / "x").write_text("x")
    before = (grown / ".git" / "index").stat().st_mode
    with pytest.raises(RefusedError):
        GitRepo(grown).commit(["x"], "add x")
    assert (grown / ".git" / "index").stat().st_mode == before


def test_changes_of_a_commit_that_is_not_there(grown: Path) -> None:
    for name in ("0" * 40, "nonsense", "HEAD~9"):
        with pytest.raises(RepositoryError, match="cannot be read") as caught:
            GitRepo(grown).changes(name)
        assert "fetch" in caught.value.next_step


def test_changes_are_read_here_although_a_hook_points_elsewhere(
    grown: Path, git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (grown / "x").write_text("x")
    made, _ = GitRepo(grown).commit(["x"], "add x")
    git("init", "-q", str(tmp_path / "other"))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other" / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path / "other"))
    assert GitRepo(grown).changes(made) == (("x", 0, 0o644),)


def test_changes_in_a_linked_work_tree(grown: Path, git: Git, tmp_path: Path) -> None:
    git("worktree", "add", "-q", "-b", "other", str(tmp_path / "tree"))
    repo = GitRepo(tmp_path / "tree")
    (repo.root / "ü x").write_text("x")
    made, _ = repo.commit(["ü x"], "add")
    assert repo.changes(made) == (("ü x", 0, 0o644),)


def test_a_refusal_before_the_first_commit_leaves_no_index(root: Path, hook: Hook) -> None:
    hook("pre-commit", "exit 1\n")
    (root / "x").write_text("x")
    with pytest.raises(RefusedError):
        GitRepo(root).commit(["x"], "add x")
    assert not (root / ".git" / "index").exists()
    assert not (root / ".git" / "index.lock").exists()
