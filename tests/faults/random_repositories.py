"""Repositories in any state that git operations lead to: the wizard's runs and undos change its own paths only."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.faults.scenarios import MESSAGE, alone, fast_folder
from tests.phases import COMPOSE
from wizard.adapters.files.files import DiskFiles
from wizard.adapters.git.repo import GitRepo
from wizard.apply import journal
from wizard.apply.commit import commit
from wizard.apply.undo import undo
from wizard.apply.write import applied
from wizard.errors import WizardError
from wizard.values.edit import ChangeSet, FileEdit

NAMES = ("a.txt", "b c.txt", "d/é.txt", "d/run.sh", "services/market/own.py", "compose.yaml")
OWN = ("compose.yaml", "services/market/new.py", "d/new too.txt")
TEXTS = st.sampled_from([b"x\n", b"", b"\xff\x00\xfe", b"one\r\ntwo", "é\n".encode(), b"compose: 1\n"])
NAME = st.sampled_from(NAMES)
STATES = (
    "MERGE_HEAD",
    "CHERRY_PICK_HEAD",
    "REVERT_HEAD",
    "rebase-merge",
    "BISECT_LOG",
    "MERGE_MSG",
    "config",
    "HEAD",
    "logs/refs/stash",
)
COUNTS: Counter[str] = Counter()
"""What was done in this process: runs, commits and refusals of the wizard."""


def git(root: Path, *words: str) -> tuple[bool, bytes]:
    """Runs git: whether it succeeded, and its output. Many random operations do not fit the state; that is no fault."""
    config = ("-c", "protocol.file.allow=always", "-c", "advice.detachedHead=false")
    done = subprocess.run(["git", *config, *words], cwd=root, capture_output=True, check=False)
    return done.returncode == 0, done.stdout


def picture(root: Path) -> dict[str, object]:
    """Everything: index, flags, refs, files, what is in progress.

    The index's entries have their hashes and `status` those of HEAD, so that no diff need be asked for.
    """
    link = root / ".git"
    folder = link if link.is_dir() else Path(link.read_text().removeprefix("gitdir: ").strip())
    return {
        "index": git(root, "ls-files", "-s", "-v", "-z")[1].split(b"\0"),
        "status": git(root, "status", "--porcelain=v2", "-z", "-uall", "--no-renames")[1].split(b"\0"),
        "refs": git(root, "for-each-ref", "--format=%(refname) %(objectname)")[1].decode().splitlines(),
        "states": {name: _bytes(folder / name) for name in STATES},
        "files": {
            path.relative_to(root).as_posix(): (path.lstat().st_mode, _bytes(path))
            for path in sorted(root.rglob("*"))
            if ".git" not in path.relative_to(root).parts and not path.is_dir()
        },
    }


def others(found: dict[str, Any]) -> dict[str, object]:
    """Leaves out of a picture what the wizard may change when it commits: its own paths, and the branch."""
    own = tuple(separator + path.encode() for path in OWN for separator in (b" ", b"\t"))
    head = found["states"]["HEAD"].decode().removeprefix("ref: ").strip()
    return found | {
        "index": [entry for entry in found["index"] if not entry.endswith(own)],
        "status": [entry for entry in found["status"] if not entry.endswith(own)],
        "refs": [ref for ref in found["refs"] if not ref.startswith(f"{head} ")],
        "files": {path: held for path, held in found["files"].items() if path not in OWN},
    }


def _bytes(path: Path) -> bytes:
    if path.is_symlink():
        return os.fsencode(path.readlink())
    return path.read_bytes() if path.is_file() else b"folder" if path.is_dir() else b""


class Repository(RuleBasedStateMachine):
    """One repository and what happens to it."""

    @initialize()
    def start(self) -> None:
        """A repository with a few files and a second branch."""
        self.top = Path(tempfile.mkdtemp(prefix="random", dir=fast_folder()))
        self.root = self.top / "stack"
        self.root.mkdir()
        self.number = 0
        COUNTS["runs"] += 1
        git(self.root, "init", "-q", "-b", "main")
        with (self.root / ".git/config").open("a") as config:
            config.write("[user]\nname = Ada\nemail = a@b.c\n[core]\nfsync = none\n[gc]\nauto = 0\n")
        for name in NAMES:
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_text(f"{name}\n" * 4)
        git(self.root, "add", "-A")
        git(self.root, "commit", "-q", "-m", "start")
        git(self.root, "branch", "side")

    @rule(name=NAME, text=TEXTS)
    def edit(self, name: str, text: bytes) -> None:
        """An editor saves."""
        with contextlib.suppress(OSError):
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_bytes(text)

    @rule(script=st.sampled_from(["", "echo 'ABC-12 work' > \"$1\"", "sed -i '/^Stack/d' \"$1\"", "exit 1"]))
    def hook(self, script: str) -> None:
        """Somebody installs a hook that gets the messages, or takes it away."""
        path = self.root / ".git/hooks/commit-msg"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755 if script else 0o644)

    @rule(name=NAME, kind=st.sampled_from(["unlink", "chmod", "link", "new"]))
    def change(self, name: str, kind: str) -> None:
        """Other things that happen to files."""
        path = self.root / name
        with contextlib.suppress(OSError):
            if kind == "unlink":
                path.unlink()
            elif kind == "chmod":
                path.chmod(0o755)
            elif kind == "link":
                path.unlink()
                path.symlink_to("nowhere")
            else:
                (path.parent / f"new {path.name}").write_bytes(b"new\n")

    @rule(
        words=st.sampled_from(
            [
                "add -A",
                "add -u",
                "add -N .",
                "commit -q -m work",
                "commit -q -a -m all",
                "commit -q --amend --no-edit",
                "stash push -q",
                "stash push -q -u -k",
                "stash pop -q",
                "switch -q side",
                "switch -q main",
                "switch -q -m side",
                "switch -q -c other",
                "checkout -q --detach",
                "merge -q side",
                "merge -q --no-commit main",
                "merge --abort",
                "rebase -q side",
                "rebase --abort",
                "cherry-pick side",
                "cherry-pick --abort",
                "revert --no-edit HEAD",
                "reset -q --soft HEAD~1",
                "reset -q",
                "bisect start HEAD HEAD~1",
                "bisect reset",
                "worktree add -q ../linked side",
                "worktree remove --force ../linked",
                "tag -f here",
                "config core.autocrlf true",
                "config core.autocrlf false",
                "config core.fileMode false",
                "config commit.gpgSign true",
                "config commit.gpgSign false",
                "sparse-checkout set d",
                "sparse-checkout disable",
                "pack-refs --all",
                "submodule --quiet add ./.git sub",
                "config core.splitIndex true",
                "update-index --refresh",
            ]
        )
    )
    def operate(self, words: str) -> None:
        """A git operation, whether or not it fits."""
        git(self.root, *words.split(" "))

    @rule(
        name=NAME,
        words=st.sampled_from(
            [
                "add",
                "rm -q --cached",
                "restore",
                "restore --staged",
                "update-index --assume-unchanged",
                "update-index --no-assume-unchanged",
                "update-index --skip-worktree",
                "update-index --no-skip-worktree",
                "update-index --chmod=+x",
                "commit -q -m one --only",
            ]
        ),
    )
    def operate_on(self, name: str, words: str) -> None:
        """A git operation on one file."""
        git(self.root, *words.split(" "), "--", name)

    @rule()
    def apply(self) -> None:
        """A phase of the wizard."""

        def act(root: Path) -> tuple[str, ...]:
            files, repo = DiskFiles(root), GitRepo(root)
            self.number += 1
            edits = [_edit(files, path, f"{path} {self.number}\n") for path in OWN]
            with applied(ChangeSet("market", COMPOSE, tuple(edits)), files, repo) as written:
                commit(written, MESSAGE, files, repo)
            return OWN

        self._act(act)

    @rule()
    def take_back(self) -> None:
        """An undo of the wizard."""
        self._act(lambda root: undo("market", None, DiskFiles(root), GitRepo(root)).paths)

    @rule()
    def apply_in_linked(self) -> None:
        """A phase in a linked work tree; the first one is not touched."""
        linked = self.top / "linked"
        if not (linked / ".git").exists():
            return
        before = picture(self.root)
        with contextlib.suppress(WizardError):
            files, repo = DiskFiles(linked), GitRepo(linked)
            edit = _edit(files, "compose.yaml", f"linked {self.number}\n")
            with applied(ChangeSet("market", COMPOSE, (edit,)), files, repo) as written:
                commit(written, MESSAGE, files, repo)
        after = picture(self.root)
        before["refs"] = after["refs"] = None
        assert after == before

    def _act(self, act: Callable[[Path], tuple[str, ...]]) -> None:
        before = picture(self.root)
        try:
            act(self.root)
        except WizardError:
            COUNTS["refused"] += 1
            _same(picture(self.root), before)
        else:
            COUNTS["committed"] += 1
            _same(others(picture(self.root)), others(before))
        repo = GitRepo(self.root)
        assert not journal.place(repo).exists()
        assert not [*(self.root / ".git").rglob("*.lock"), *self.root.rglob(".sw-*.tmp")]

    def teardown(self) -> None:
        """Nothing may be broken in git, whatever came before; then it goes."""
        if hasattr(self, "top"):
            assert git(self.root, "fsck", "--strict", "--no-dangling")[0]
            shutil.rmtree(self.top)


def _edit(files: DiskFiles, path: str, text: str) -> FileEdit:
    return FileEdit(path, files.read(path) if files.exists(path) else None, text, "")


def _same(found: dict[str, object], wanted: dict[str, object]) -> None:
    for key, value in wanted.items():
        assert found[key] == value, key


def run(number: int, examples: int) -> Counter[str]:
    """Runs so many random repositories; raises with the steps of the first in which something differs."""
    COUNTS.clear()
    with tempfile.TemporaryDirectory() as home, alone(Path(home)):
        given = settings(
            max_examples=examples,
            stateful_step_count=14,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        run_state_machine_as_test(seed(number)(type("Repository", (Repository,), {})), settings=given)
    return Counter(COUNTS)
