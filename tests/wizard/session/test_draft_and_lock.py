"""Drafts survive a crash; one wizard writes at a time."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from wizard.adapters.clock import SystemClock
from wizard.adapters.git.repo import GitRepo
from wizard.errors import RefusedError
from wizard.session.draft import Draft, Drafts
from wizard.session.lock import Holder, Lock

Git = Callable[..., str]
ANSWERS: dict[str, object] = {"purpose": "é\udc80", "port": "80a", "inputs": [{"name": "a b"}], "seed": None}


@pytest.fixture
def drafts(grown: Path) -> Drafts:
    return Drafts(GitRepo(grown), SystemClock())


def test_a_draft_comes_back_and_is_never_seen_by_git(drafts: Drafts, grown: Path, git: Git) -> None:
    saved = drafts.save("market", ANSWERS)
    assert drafts.load("market") == saved
    assert saved.answers == ANSWERS
    assert saved.at.endswith("+00:00")
    assert drafts.services() == ("market",)
    assert git("status", "--porcelain", "--ignored") == ""
    drafts.drop("market")
    drafts.drop("market")
    assert drafts.load("market") is None
    assert drafts.services() == ()


@pytest.mark.parametrize("name", ["", "../../x", "a/b", "Ünï 😀", "x" * 500, "\0", "market"])
def test_whatever_is_typed_as_a_name(drafts: Drafts, grown: Path, name: str) -> None:
    drafts.save(name, {"name": name})
    assert drafts.load(name) == Draft(name, {"name": name}, drafts.load(name).at)  # type: ignore[union-attr]
    assert [path.parent for path in (grown / ".git/stack-wizard").rglob("*.json")] == [
        grown / ".git/stack-wizard/drafts"
    ]


def test_the_draft_without_a_name_is_listed(drafts: Drafts) -> None:
    drafts.save("", {})
    drafts.save("b", {})
    assert drafts.services() == ("", "b")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": 2}', '{"schema": 1, "service": "other"}'])
def test_a_draft_of_another_version_or_damaged_is_no_draft(drafts: Drafts, grown: Path, text: str) -> None:
    drafts.save("market", {})
    (grown / ".git/stack-wizard/drafts/market.json").write_text(text)
    assert drafts.load("market") is None


def test_a_draft_survives_sigkill(drafts: Drafts) -> None:
    child = os.fork()
    if child == 0:
        drafts.save("market", ANSWERS)
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    found = drafts.load("market")
    assert found is not None
    assert found.answers == ANSWERS


def test_only_one_holds_the_lock(grown: Path) -> None:
    first, second = (Lock(GitRepo(grown), SystemClock()) for _ in range(2))
    assert first.holder() is None
    with first.held("market"):
        with pytest.raises(RefusedError, match=f"process {os.getpid()}, working on market") as caught, second.held():
            pass
        assert caught.value.next_step
        holder = second.holder()
        assert holder is not None
        assert (holder.pid, holder.service) == (os.getpid(), "market")
    assert second.holder() is None
    with second.held():
        pass


def test_the_lock_is_released_by_an_error(grown: Path) -> None:
    lock = Lock(GitRepo(grown), SystemClock())
    with pytest.raises(KeyboardInterrupt), lock.held("market"):
        raise KeyboardInterrupt
    with lock.held("market"):
        pass


def test_the_lock_of_a_killed_wizard_is_taken_over(grown: Path) -> None:
    lock = Lock(GitRepo(grown), SystemClock())
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        with lock.held("market"):
            os.write(writer, b"x")
            signal.pause()
    os.read(reader, 1)
    with pytest.raises(RefusedError, match=f"process {child}"), lock.held():
        pass
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert json.loads((grown / ".git/stack-wizard/lock.json").read_text())["pid"] == child
    assert lock.holder() is None
    with lock.held("other"):
        holder = lock.holder()
        assert holder is not None
        assert holder.pid == os.getpid()


def test_where_the_file_system_cannot_lock_the_pid_decides(grown: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(handle: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", unsupported)
    lock = Lock(GitRepo(grown), SystemClock())
    with lock.held("market"), pytest.raises(RefusedError, match="another wizard"), lock.held():
        pass
    path = grown / ".git/stack-wizard/lock.json"
    reused = Holder(os.getpid(), 1.0, os.uname().nodename, "market", "then")
    path.write_text(json.dumps({name: getattr(reused, name) for name in Holder.__dataclass_fields__}))
    with lock.held("market"):
        pass


def test_linked_work_trees_have_their_own_lock(grown: Path, git: Git, tmp_path: Path) -> None:
    git("worktree", "add", "-q", "-b", "other", str(tmp_path / "tree"))
    clock = SystemClock()
    with Lock(GitRepo(grown), clock).held(), Lock(GitRepo(tmp_path / "tree"), clock).held():
        pass
