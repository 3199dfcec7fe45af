"""Lets somebody else act at each step of the wizard: an editor, git, a second wizard; and looks what became of both."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.faults.injector import Struck, outcome, watch
from tests.faults.scenarios import MESSAGE, busy, git, plan
from wizard.adapters.files.files import DiskFiles
from wizard.adapters.git.repo import GitRepo
from wizard.apply import journal
from wizard.apply.commit import commit
from wizard.apply.undo import undo
from wizard.apply.write import applied
from wizard.errors import RefusedError, WizardError
from wizard.pipeline.conductor import locked
from wizard.pipeline.opening import open_stack
from wizard.pipeline.upkeep import waive
from wizard.pipeline.work import recover

SAVED = "saved by the editor\n"
NEW = "services/market/new/service.py"
Act = Callable[[Path], object]
Look = Callable[[Path], str]
"""Returns what is wrong afterwards, or nothing."""


@dataclass(frozen=True)
class Race:
    """`act` is the wizard's, `rival` the other one's, at each step of it in turn."""

    name: str
    act: Act
    rival: Act
    look: Look


def run(race: Race, folder: Path, *, first: int = 1, stride: int = 1) -> tuple[int, list[str]]:
    """Runs a race, at every `stride`th step from `first` on; returns how often they met, and what was wrong."""
    faults: list[str] = []
    start, met, number = folder / "start", 0, first
    start.mkdir(parents=True)
    busy(start)
    if race.act is take_back:
        write_phase(start)
    while True:
        root = folder / "met" / "stack"
        shutil.rmtree(root.parent, ignore_errors=True)
        shutil.copytree(start, root, symlinks=True)
        struck = _meet(number, race.act, race.rival, root)
        if not struck.kind:
            return met, faults
        at = f"{race.name}, step {number} ({struck.kind}; {_said(root)})"
        faults += [f"{at}: {wrong}" for wrong in _wrong(root, struck, race.look) if wrong]
        met, number = met + 1, number + stride


def _meet(number: int, act: Act, rival: Act, root: Path) -> Struck:
    """Runs `act` in a child that stops before step `number` until `rival` is done."""
    heard, told = os.pipe()
    waits, goes = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(heard)
        os.close(goes)
        left = number

        def step(kind: str) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                os.write(told, f"{kind}\n".encode())
                os.read(waits, 1)

        watch(step)
        os._exit(outcome(act, root, number))
    os.close(told)
    os.close(waits)
    with os.fdopen(heard, "rb") as pipe:
        kind = pipe.readline().decode().strip()
        if kind:
            rival(root)
            os.write(goes, b"x")
        pipe.read()
    os.close(goes)
    _, status = os.waitpid(child, 0)
    return Struck(kind, os.waitstatus_to_exitcode(status))


def _wrong(root: Path, struck: Struck, look: Look) -> list[str]:
    with contextlib.suppress(WizardError):
        recover(open_stack(root))
    own = journal.place(GitRepo(root))
    left = [*(root / ".git").rglob("*.lock"), *root.rglob(".sw-*.tmp"), *((own,) if own.exists() else ())]
    work = {
        "unstaged": (root / "unstaged.txt").read_text() == "unstaged\n",
        "untracked": (root / "untracked.txt").read_bytes() == b"untracked\xff\r\n",
        "staged": git(root, "show", ":staged.txt") == "staged\n",
    }
    return [
        "" if struck.told else "it came out as a bug",
        f"left behind: {', '.join(map(str, left))}" if left else "",
        *(f"{name} work was changed" for name, same in work.items() if not same),
        "git fsck complains" if _fails(root, "fsck", "--strict") else "",
        look(root),
    ]


def _fails(root: Path, *words: str) -> bool:
    return bool(subprocess.run(["git", *words], cwd=root, capture_output=True, check=False).returncode)


def _note(root: Path, text: str) -> None:
    (root.parent / "said").write_text(text)


def _said(root: Path) -> str:
    path = root.parent / "said"
    return path.read_text() if path.exists() else ""


def write_phase(root: Path) -> None:
    """Writes and commits the plan of the scenarios, and notes what is said of it."""
    files, repo = DiskFiles(root), GitRepo(root)
    with _noted(root) as say, applied(plan(), files, repo) as written:
        say(f"written on {written.branch}; {commit(written, MESSAGE, files, repo).warnings}")


def take_back(root: Path) -> None:
    """Takes that phase back."""
    with _noted(root) as say:
        say(f"{undo('market', None, DiskFiles(root), GitRepo(root)).warnings}")


@contextlib.contextmanager
def _noted(root: Path) -> Iterator[Callable[[str], None]]:
    try:
        yield lambda text: _note(root, text)
    except WizardError as error:
        _note(root, f"refused: {error.message}")
        raise


@dataclass(frozen=True)
class Save:
    """An editor that saves: into the file itself, or beside it and renamed."""

    path: str
    renames: bool

    def __call__(self, root: Path) -> None:
        target, mark = root / self.path, root.parent / "saved"
        with contextlib.suppress(FileNotFoundError):  # its folder is gone: an editor says so
            if self.renames:
                beside = target.with_name(f"{target.name}.editor")
                beside.write_text(SAVED)
                beside.replace(target)
            else:
                target.write_text(SAVED)
            mark.touch()

    def look(self, root: Path) -> str:
        """The text is somewhere; when it is in a commit, that was said."""
        found = kept_somewhere(root)
        if (root.parent / "saved").exists() and not found:
            return "what the editor saved is lost"
        unsaid = "HEAD" in found and f"{self.path} was changed" not in _said(root)
        return "the commit has what the editor saved, and nobody says so" if unsaid else ""


def kept_somewhere(root: Path) -> list[str]:
    """Returns where the editor's text is: in a file, put aside, or in a commit."""
    found = [
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(root).parts and path.read_bytes() == SAVED.encode()
    ]
    aside = journal.place(GitRepo(root)).parent / "kept"
    found += [str(path) for path in aside.rglob("*") if path.is_file() and path.read_text() == SAVED]
    return found if _fails(root, "grep", "-qF", SAVED.strip(), "HEAD") else [*found, "HEAD"]


def _own_clean(root: Path) -> str:
    return git(root, "status", "--porcelain", "--", "a.txt", "sub", "services").strip()


def _switch(root: Path) -> None:
    _fails(root, "switch", "-q", "-c", "other")


def _look_at_branches(root: Path) -> str:
    moved = git(root, "rev-list", "main..other").strip()
    unsaid = moved and "is on other" not in _said(root) and "written on other" not in _said(root)
    return "half of it is left" if _own_clean(root) else "it went to the other branch unsaid" if unsaid else ""


def _look_at_undone(root: Path) -> str:
    return "half of it is left" if _own_clean(root) else ""


def _commit_theirs(root: Path) -> None:
    _fails(root, "commit", "-q", "-m", "theirs", "--allow-empty", "--only")


def _commit_all(root: Path) -> None:
    """Takes in whatever of the wizard's stands in tracked files just then."""
    _fails(root, "commit", "-q", "-m", "theirs", "--", "a.txt", "sub")


def _look_at_commits(root: Path) -> str:
    if _own_clean(root):
        return "half of it is left"
    if git(root, "log", "--format=%s").count("theirs") > 1:
        return "their commit was made twice"
    whole = (root / NEW).exists() == (NEW in git(root, "ls-files"))
    return "" if whole else "files and commits differ"


def _first(root: Path) -> None:
    stack = open_stack(root)
    with locked(stack, "market"):
        waive(stack, "market", "3.5", "the first one")


def _second(root: Path) -> None:
    """Another wizard, through the same door; what it was told is noted."""
    try:
        stack = open_stack(root)
        recover(stack)
        with locked(stack, "market"):
            waive(stack, "market", "3.4", "the second one")
        _note(root, "the second one wrote")
    except RefusedError as error:
        _note(root, error.message)


def _look_at_both(root: Path) -> str:
    given = git(root, "log", "--format=%s").count("waive item")
    both = _said(root) == "the second one wrote"
    if git(root, "status", "--porcelain", "--", ".stack-wizard").strip():
        return "a waiver is written and not committed"
    if not both and "another wizard works" not in _said(root):
        return "the second one was not told who works"
    return "" if given == (2 if both else 1) else f"{given} waivers were committed"


ACTS = {"apply": write_phase, "undo": take_back}
EDITORS = {
    f"an editor saves {path}{' by renaming' if r else ''}": Save(path, r)
    for path in ("a.txt", "sub/b.txt", NEW)
    for r in (False, True)
}
RACES = (
    *(Race(f"{act}, {name}", ACTS[act], save, save.look) for act in ACTS for name, save in EDITORS.items()),
    Race("apply, a branch is begun", write_phase, _switch, _look_at_branches),
    Race("undo, a branch is begun", take_back, _switch, _look_at_undone),
    *(Race(f"{act}, somebody commits", ACTS[act], _commit_theirs, _look_at_commits) for act in ACTS),
    *(Race(f"{act}, somebody commits the same files", ACTS[act], _commit_all, _look_at_commits) for act in ACTS),
    Race("waive, a second wizard", _first, _second, _look_at_both),
)
