"""Follows the files of a stack: each change once, when it is over, and only where something of the stack can lie.

`watchfiles` (Rust's notify) waits; which folders, and when a change is over, is decided here: it would follow `.git`
and environments too, file by file, and a checkout of a thousand files would be many changes.
"""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from wizard.adapters.files.durable import is_scratch
from wizard.adapters.files.files import SKIPPED
from wizard.adapters.git import state
from wizard.adapters.git.run import run
from wizard.errors import RefusedError, RepositoryError
from wizard.values.pattern import lazy_pattern

MOST_FOLDERS = 8000
"""Folders that are followed: a stack of a thousand services has five thousand, and many systems allow 8,192 in all."""
TICK = 0.1
"""Seconds without an event after which a change counts as over."""
LONGEST, LONGEST_GIT = 0.5, 10.0
"""Seconds after which a change is told although it goes on: files that are written without end; a git that hangs."""
BETWEEN_STEPS = 0.4
"""Seconds without an event while a rebase or merge is under way: it pauses that long between two of its commits."""
POLL_MS = 300
_ASIDE = lazy_pattern(
    r"~$|^\.#|^#.*#$|\.sw[a-px]$|^4913$|___jb_(?:tmp|old)___|^\.goutputstream-|^\.~lock|^\.nfs|\.kate-swp$"
    r"|\.(?:tmp|temp|bak|orig|rej|crdownload|part|py[co]|log|pid|sock|sqlite3?|db|db-wal|db-shm|db-journal|rdb|aof)$"
)
"""Names that editors and programs write beside a file, and data of running ones: nobody reads those of a stack."""
HISTORY = ".git/logs/HEAD"
"""What a commit, a checkout or a rebase is told as, wherever git's folder is."""
IGNORED_LINE = "ls-files", "--others", "--ignored", "--exclude-standard", "--directory", "-z"


class Watcher:
    """Yields the paths of each change below `root`. Made in one thread, `stop` may be called from any. `history`: tells
    what becomes of `HEAD`, too, where git keeps a log of that.
    """

    def __init__(self, root: Path, stopped: threading.Event | None = None, *, history: bool = False) -> None:
        self.root = root
        self._stopped = stopped or threading.Event()
        self._place = _place(root)
        logs = self._place.git_dir / "logs" if history and self._place is not None else None
        self._logs = str(logs) if logs is not None and logs.is_dir() else ""

    def stop(self) -> None:
        """Ends `changes` within a tenth of a second."""
        self._stopped.set()

    def changes(self, ready: Callable[[], object] | None = None) -> Iterator[tuple[str, ...]]:
        """Yields the paths (relative, sorted) that each change touched, until `stop`.

        `ready`: called once every folder is followed, so that what is read afterwards misses nothing. Raises
        `RefusedError` when the system follows no more folders.
        """
        told: set[str] = set()
        folders = self._folders()
        while not self._stopped.is_set():
            begun = time.monotonic()
            for batch in self._batches(folders):
                if ready is not None:
                    ready()
                    ready = None
                fresh = {named for path in batch if (named := self._told_as(path))}
                begun = begun if told else time.monotonic()
                told |= fresh
                if told and self._is_over(begun, quiet=not fresh):
                    if any(path in folders or _decides(path) for path in told) and self._folders() != folders:
                        break  # the new ones are followed first: what is read after that is whole
                    yield tuple(sorted(path.removeprefix(f"{self.root}/") for path in told))
                    told = set()
            folders = self._folders()

    def _batches(self, folders: tuple[str, ...]) -> Iterator[set[str]]:
        """Yields what happened, and an empty set for every tick in which nothing did."""
        import watchfiles

        try:
            for batch in watchfiles.watch(
                *folders,
                watch_filter=None,
                recursive=False,
                step=50,
                debounce=int(TICK * 1000),
                rust_timeout=int(TICK * 1000),
                yield_on_timeout=True,
                raise_interrupt=False,
                stop_event=self._stopped,
                poll_delay_ms=POLL_MS,
            ):
                yield {path for _, path in batch}
        except OSError as error:
            raise _refused(error, len(folders)) from error

    def _told_as(self, path: str) -> str:
        """Returns what a change of this path is told as, '' for what nobody reads."""
        if self._logs and path.startswith(f"{self._logs}/"):
            return HISTORY if path == f"{self._logs}/HEAD" else ""
        return path if _matters(path) else ""

    def _is_over(self, begun: float, *, quiet: bool) -> bool:
        """Tells whether the change has ended, or lasts too long to wait for its end."""
        passed = time.monotonic() - begun
        if self._place is not None:
            if (self._place.git_dir / "index.lock").exists():
                return passed > LONGEST_GIT
            if state.operation(self._place) is not None:
                return quiet and passed > BETWEEN_STEPS
        return quiet or passed > LONGEST

    def _folders(self) -> tuple[str, ...]:
        """Returns the folders in which something of the stack can lie. Raises `RefusedError` past `MOST_FOLDERS`."""
        if not self.root.is_dir():
            raise RefusedError(f"{self.root} is gone", next_step="name the stack's folder with -C DIR")
        ignored = self._ignored()
        found: list[str] = []
        waiting = [str(self.root)]
        while waiting:
            folder = waiting.pop()
            inside = _inside(folder)
            if inside is None:
                continue
            found.append(folder)
            waiting += [path for path in inside if path not in ignored]
            if len(found) > MOST_FOLDERS:
                raise RefusedError(
                    f"{self.root} has more than {MOST_FOLDERS} folders: they are not followed",
                    next_step="name the stack's own folder with -C DIR, or let git ignore the folders with data",
                )
        return tuple(sorted([*found, self._logs] if self._logs else found))

    def _ignored(self) -> frozenset[str]:
        """Returns the folders that git ignores: data, builds, environments."""
        if self._place is None:
            return frozenset()
        try:
            names = run(self.root, *IGNORED_LINE).out.split("\0")
        except RepositoryError:
            return frozenset()
        return frozenset(f"{self.root}/{name[:-1]}" for name in names if name.endswith("/"))


def _matters(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name not in SKIPPED and not is_scratch(name) and _ASIDE.search(name) is None


def _decides(path: str) -> bool:
    """Tells whether the folders to follow may be others after a change of this path."""
    return path.endswith("/.gitignore") or os.path.isdir(path)  # noqa: PTH112 (Path.is_dir raises for a long name)


def _place(root: Path) -> state.Place | None:
    try:
        return state.find(root)
    except RepositoryError:
        return None


def _inside(folder: str) -> list[str] | None:
    """Returns the folders in a folder; None for an environment, or where nobody may look."""
    try:
        with os.scandir(folder) as entries:
            listed = list(entries)
    except OSError:
        return None
    if any(entry.name == "pyvenv.cfg" for entry in listed):
        return None
    return [e.path for e in listed if e.name not in SKIPPED and e.is_dir(follow_symlinks=False)]


def _refused(error: OSError, folders: int) -> RefusedError:
    words = str(error).lower()
    if error.errno in (errno.ENOSPC, errno.EMFILE) or "limit" in words or "too many open files" in words:
        return RefusedError(
            f"the system follows no more folders ({folders} are needed here)",
            next_step="raise it (`sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512`), end "
            "what else watches, or set WATCHFILES_FORCE_POLLING=1, which looks at every file instead",
        )
    return RefusedError(f"the files cannot be followed: {error}", next_step="set WATCHFILES_FORCE_POLLING=1")
