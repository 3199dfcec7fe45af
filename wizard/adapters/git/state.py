"""Where a repository is, and what keeps the wizard from writing to it: read from git's own files."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from wizard.adapters.files.errors import is_folder, is_there
from wizard.adapters.git.run import command_of, run
from wizard.errors import RepositoryError
from wizard.rules.text import program_output
from wizard.values.lean import dataclass

_BUSY = (
    ("rebase-merge", "a rebase", "finish it (`git rebase --continue`) or stop it (`git rebase --abort`)"),
    ("rebase-apply", "a rebase or `git am`", "finish it or stop it (`git rebase --abort`, `git am --abort`)"),
    ("MERGE_HEAD", "a merge", "finish it (`git merge --continue`) or stop it (`git merge --abort`)"),
    ("CHERRY_PICK_HEAD", "a cherry-pick", "finish it or stop it (`git cherry-pick --abort`)"),
    ("REVERT_HEAD", "a revert", "finish it or stop it (`git revert --abort`)"),
    ("sequencer", "a series of cherry-picks or reverts", "finish it or stop it (`git cherry-pick --quit`)"),
    ("BISECT_LOG", "a bisection", "end it with `git bisect reset`"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """The folders of one work tree. `git_dir`: its own; `common`: shared by linked work trees; `hooks`: its hooks.

    `prefix`: the stack's folder below `top` (`''` or `shop/`); all paths of the stack are relative to that.
    """

    top: Path
    git_dir: Path
    common: Path
    hooks: Path
    prefix: str = ""

    @property
    def root(self) -> Path:
        """The stack's folder."""
        return self.top / self.prefix if self.prefix else self.top

    def literal(self, paths: Sequence[str]) -> tuple[str, ...]:
        """Pathspecs that mean exactly these paths; not `--literal-pathspecs`, which hooks would inherit."""
        return tuple(f":(top,literal){self.prefix}{path}" for path in paths)

    def own(self, names: Iterable[str]) -> Iterator[str]:
        """Yields those of these names (relative to `top`) that are the stack's, relative to its folder."""
        return (name.removeprefix(self.prefix) for name in names if name.startswith(self.prefix))


def find(folder: Path) -> Place:
    """Returns the work tree that `folder` lies in. Raises `RepositoryError`: none, bare, inside `.git`, owned by
    another.
    """
    if os.access(folder, os.X_OK) and is_folder(folder) and not _may_be_in_one(folder):
        raise _not_found(folder, "not a git repository")
    words = ("--is-bare-repository", "--absolute-git-dir", "--git-common-dir", "--git-path", "hooks", "--show-toplevel")
    outcome = run(folder, "rev-parse", *words)
    lines = outcome.out.split("\n", 4)
    if lines[0] == "true":
        raise RepositoryError(
            f"{folder} is a bare repository: it has no files to work on",
            where=str(folder),
            next_step="clone it (`git clone`) and start the wizard in the clone",
        )
    if not outcome.ok or len(lines) < 5:
        raise _not_found(folder, program_output(outcome.err))
    common, hooks = (Path(os.path.normpath(folder / line)) for line in lines[2:4])
    return Place(Path(lines[4].removesuffix("\n")), Path(lines[1]), common, hooks)


def _may_be_in_one(folder: Path) -> bool:
    """False when no folder on the way up is a repository or a work tree, so that git need not be asked."""
    real = folder.resolve()
    return any(os.path.lexists(above / name) for above in (real, *real.parents) for name in (".git", "HEAD"))


def _not_found(folder: Path, said: str) -> RepositoryError:
    where = str(folder)
    if "dubious ownership" in said:
        return RepositoryError(
            f"{folder} belongs to another user, so git does not trust it",
            where=where,
            next_step=f"if you trust it: git config --global --add safe.directory {folder}",
        )
    if "not a git repository" in said:
        if os.path.lexists(folder / ".git"):
            return RepositoryError(
                f"{folder / '.git'} is no repository to git: it is damaged, or leads to one that is gone",
                where=where,
                next_step=f"see what git says (`git -C {folder} status`); restore it from a clone or a backup",
            )
        return RepositoryError(
            f"{folder} is not in a git repository",
            where=where,
            next_step="start the wizard in the stack's repository, name it with -C, or make one: git init",
        )
    if "work tree" in said:
        return RepositoryError(
            f"{folder} is inside git's own folder", where=where, next_step="go to the folder above .git"
        )
    return RepositoryError(f"git cannot open {folder}: {said or 'no reason given'}", where=where, next_step="repair it")


def read_head(place: Place) -> tuple[str, str]:
    """Reads (branch, hash) from git's files; a part that the files do not say (packed, reftable, unborn) is `''`."""
    try:
        said = (place.git_dir / "HEAD").read_text("utf-8").strip()
        if not said.startswith("ref: "):
            return "", said
        ref = said.removeprefix("ref: ")
        branch = ref.removeprefix("refs/heads/") if ref.startswith("refs/heads/") else ""
        loose = place.common / ref
        return branch, loose.read_text("utf-8").strip() if loose.is_file() else ""
    except (OSError, UnicodeDecodeError):
        return "", ""


def operation(place: Place) -> RepositoryError | None:
    """Returns a merge, rebase, cherry-pick, revert or bisection in progress, or None."""
    for name, what, step in _BUSY:
        if is_there(place.git_dir / name):
            return RepositoryError(f"{what} is in progress", where=str(place.top), next_step=step)
    return None


def locked(place: Place) -> RepositoryError | None:
    """Returns the error when somebody holds the index (`index.lock`): who, and since when; or None."""
    lock = place.git_dir / "index.lock"
    try:
        age = max(0.0, time.time() - lock.lstat().st_mtime)
    except FileNotFoundError:
        return None
    except OSError as error:
        return RepositoryError(
            f"{lock} cannot be read: {error.strerror}", where=str(lock), next_step="repair its rights"
        )
    holder = git_process(place.top)
    if holder:
        step = "wait until it is done, then try again"
        return RepositoryError(f"{holder} is at work on the index ({_age(age)})", where=str(lock), next_step=step)
    return RepositoryError(
        f"the index is locked since {_age(age)}, and no git process of yours works in this repository",
        where=str(lock),
        next_step=f"if no editor or other machine uses it, remove the lock: rm {lock}",
    )


def locks(place: Place) -> tuple[Path, ...]:
    """Returns the locks that a git which was killed in the middle of a commit can leave, as far as they are there."""
    branch, _ = read_head(place)
    named = [place.git_dir / "index.lock", place.git_dir / "HEAD.lock", place.common / "packed-refs.lock"]
    named += [place.common / f"refs/heads/{branch}.lock"] if branch else []
    return tuple(path for path in (*named, *place.git_dir.glob("next-index-*.lock")) if os.path.lexists(path))


def mark_of(path: Path) -> str:
    """Returns what tells a lock from another one that is made under its name later; no clock need be right for it."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return ""
    return f"{path.name}:{status.st_ino}:{status.st_ctime_ns}"


def remove_locks(place: Place, others: frozenset[str]) -> tuple[str, ...]:
    """Removes the locks but `others` (of `mark_of`), unless git is at work there; names them."""
    found = [path for path in locks(place) if mark_of(path) not in others]
    if not found or git_process(place.top):
        return ()
    for path in found:
        path.unlink(missing_ok=True)
    return tuple(str(path) for path in found)


def git_process(top: Path) -> str:
    """Returns `git commit (process 4711)` for a git process with its working folder in `top`, or `''`."""
    import psutil

    for process in psutil.process_iter(["pid", "name", "cwd", "cmdline"]):
        name, folder = process.info["name"] or "", process.info["cwd"] or ""
        if name == "git" and (Path(folder) == top or top in Path(folder).parents):
            return f"git {command_of((process.info['cmdline'] or [])[1:])} (process {process.info['pid']})"
    return ""


def read_only(place: Place) -> RepositoryError | None:
    """Returns the error when the work tree or git's folder cannot be written, or None."""
    for folder in (place.root, place.git_dir, place.common / "objects"):
        if not os.access(folder, os.W_OK | os.X_OK):
            return RepositoryError(
                f"{folder} cannot be written",
                where=str(folder),
                next_step="get write access (owner, permissions, mount), or work in a clone of your own",
            )
    return None


def _age(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 7200 else f"{seconds / 3600:.0f} hours"
