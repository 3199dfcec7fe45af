"""What of a stack's folder is followed, when a change is over, and what is said when the system follows no more."""

from __future__ import annotations

import errno
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import pytest
import watchfiles

from wizard.adapters import watch
from wizard.adapters.watch import Watcher
from wizard.errors import RefusedError

Changes = Queue[tuple[str, ...]]


def git(root: Path, *words: str) -> None:
    subprocess.run(["git", "-C", str(root), *words], check=True, capture_output=True)


@pytest.fixture
def root(tmp_path: Path, apart: None) -> Path:
    for folder in ("services/core", "services/core/.venv/lib", "node_modules/x", "data/pg", "env"):
        (tmp_path / "stack" / folder).mkdir(parents=True)
    stack = tmp_path / "stack"
    (stack / "env/pyvenv.cfg").touch()
    (stack / ".gitignore").write_text("data/\n")
    (stack / "services/core/service.py").write_text("x = 1\n")
    git(stack, "init", "-q", "-b", "main")
    git(stack, "-c", "user.name=A", "-c", "user.email=a@b", "commit", "-qm", "begin", "--allow-empty")
    return stack


@pytest.fixture
def changes(root: Path) -> Iterator[Changes]:
    told: Changes = Queue()
    ready = threading.Event()
    watcher = Watcher(root)

    def follow() -> None:
        for paths in watcher.changes(ready.set):
            told.put(paths)

    thread = threading.Thread(target=follow)
    thread.start()
    assert ready.wait(10)
    yield told
    watcher.stop()
    thread.join(10)
    assert not thread.is_alive()


def test_only_where_the_stack_can_lie(root: Path, changes: Changes) -> None:
    for path in ("services/core/.venv/lib/a.py", "node_modules/x/a.js", "data/pg/base.md", "env/a.py", ".git/a.py"):
        (root / path).write_text("y\n")
    (root / "services/core/service.py").write_text("x = 2\n")
    assert changes.get(timeout=60) == ("services/core/service.py",)


def test_what_editors_and_running_programs_write_beside_is_nothing(root: Path, changes: Changes) -> None:
    folder = root / "services/core"
    for name in (".service.py.swp", "4913", "service.py~", "#service.py#", ".goutputstream-X1", "app.log", "x.db-wal"):
        (folder / name).write_text("half")
    (folder / ".#service.py").symlink_to("ada@host.1:2")
    new = folder / ".service.py.kate-swp"
    new.write_text("x = 3\n")
    new.replace(folder / "service.py")  # how editors save
    assert changes.get(timeout=60) == ("services/core/service.py",)


def test_a_new_folder_is_followed_from_then_on(root: Path, changes: Changes) -> None:
    (root / "services/risk/app").mkdir(parents=True)
    changes.get(timeout=60)
    (root / "services/risk/app/main.py").write_text("x = 1\n")
    assert changes.get(timeout=60) == ("services/risk/app/main.py",)


def test_a_change_waits_for_the_lock_that_git_holds(root: Path, changes: Changes) -> None:
    lock = root / ".git/index.lock"
    lock.touch()
    for number in range(3):
        (root / f"services/core/part{number}.py").write_text("x = 1\n")
        with pytest.raises(Empty):
            changes.get(timeout=0.3)
    lock.unlink()
    assert changes.get(timeout=60) == tuple(f"services/core/part{number}.py" for number in range(3))


@pytest.mark.parametrize(
    "error",
    [
        OSError('OS file watch limit reached. about ["/x"]'),
        OSError(errno.EMFILE, "Too many open files (os error 24)"),
        OSError(errno.ENOSPC, "No space left on device"),
    ],
)
def test_the_limit_of_the_system_is_said_with_what_raises_it(
    root: Path, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    def refuses(*_: Any, **__: Any) -> Iterator[set[Any]]:
        raise error
        yield set()

    monkeypatch.setattr(watchfiles, "watch", refuses)
    with pytest.raises(RefusedError, match="the system follows no more folders") as trouble:
        next(Watcher(root).changes())
    assert "fs.inotify.max_user_watches" in trouble.value.next_step
    assert "WATCHFILES_FORCE_POLLING=1" in trouble.value.next_step


def test_a_folder_with_too_many_is_refused_before_the_system_is_asked(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "MOST_FOLDERS", 2)
    with pytest.raises(RefusedError, match="more than 2 folders"):
        next(Watcher(root).changes())


@pytest.mark.parametrize("linked", [False, True])
def test_the_history_is_told_to_who_asks_for_it(root: Path, tmp_path: Path, linked: bool) -> None:
    if linked:
        git(root, "worktree", "add", "-q", "-b", "other", str(tmp_path / "linked"))
    stack = tmp_path / "linked" if linked else root
    told, ready = Queue[tuple[str, ...]](), threading.Event()
    watcher = Watcher(stack, history=True)

    def follow() -> None:
        for paths in watcher.changes(ready.set):
            told.put(paths)

    thread = threading.Thread(target=follow)
    thread.start()
    try:
        assert ready.wait(10)
        git(stack, "-c", "user.name=A", "-c", "user.email=a@b", "commit", "-qm", "more", "--allow-empty")
        assert told.get(timeout=60) == (watch.HISTORY,)
    finally:
        watcher.stop()
        thread.join(10)
