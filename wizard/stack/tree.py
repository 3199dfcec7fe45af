"""Which files a stack has, listed once. No folder can hide the others by its size."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict

from wizard.adapters.files.files import SKIPPED, Files
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Problem, Source

LIMIT = 5000
MOST = 60_000
"""Files of one stack, past which the folder is hardly one: a home, a disk, `/tmp`."""
_HIDDEN = lazy_pattern(r"(?:^|/)\.[^/]+/")
DEEPEST_SPLIT = 3


class Tree:
    """The files of a stack. `paths`: sorted, relative to the root. `cut`: there are more than are read."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.problems: list[Problem] = []
        self.cut = False
        found: list[str] = []
        self._gather("", found, 0)
        self.paths: tuple[str, ...] = tuple(sorted(found))
        self._known = frozenset(found)
        self._folders: dict[str, set[str]] = defaultdict(set)
        for path in found:
            self._note_folders(path)

    def _gather(self, folder: str, found: list[str], depth: int) -> None:
        """Walk a folder; one that is too large is walked folder by folder, so that each keeps its own share."""
        inside = self.files.walk(folder, limit=LIMIT + 1)
        if len(inside) <= LIMIT:
            found.extend(inside)
            return
        if depth >= DEEPEST_SPLIT:
            found.extend(inside[:LIMIT])
            self.problems.append(Problem(f"{folder} has more than {LIMIT} files; the rest is not read", Source(folder)))
            return
        prefix = f"{folder}/" if folder else ""
        names = [name for name in self.files.list(folder) if name not in SKIPPED]
        folders = {name for name in names if self.files.is_dir(prefix + name)}
        linked = {name for name in folders if self.files.is_link(prefix + name)}
        found.extend(prefix + name for name in names if name not in folders and self.files.exists(prefix + name))
        for name in sorted(folders - linked):
            if len(found) >= MOST:
                words = (
                    f"more than {MOST} files: {prefix}{name} and what comes after it is not read; is this one stack?"
                )
                self.problems += [] if self.cut else [Problem(words, Source(folder))]
                self.cut = True
                return
            self._gather(prefix + name, found, depth + 1)

    def _note_folders(self, path: str) -> None:
        while "/" in path:
            path, _, name = path.rpartition("/")
            if name in self._folders[path]:
                return
            self._folders[path].add(name)
        self._folders[""].add(path)

    @property
    def visible(self) -> tuple[str, ...]:
        """The files that lie in no hidden folder: copies of the stack (worktrees, backups) are often kept in one."""
        return tuple(path for path in self.paths if not _HIDDEN.search(path))

    def has(self, path: str) -> bool:
        """Returns True for a file that was listed."""
        return path in self._known

    def is_folder(self, path: str) -> bool:
        """Returns True for a folder with files below it."""
        return path in self._folders

    def children(self, folder: str) -> tuple[str, ...]:
        """Returns the names in a folder, files and folders, sorted."""
        return tuple(sorted(self._folders.get(folder, ())))

    def below(self, folder: str) -> tuple[str, ...]:
        """Returns the files below a folder, sorted; '' is the root."""
        if not folder:
            return self.paths
        start = bisect_left(self.paths, f"{folder}/")
        return self.paths[start : bisect_left(self.paths, f"{folder}0")]

    def adopt(self, folder: str) -> bool:
        """Lists a linked folder, which the walk leaves out. False when it is none or leads out of the stack."""
        if self.is_folder(folder):
            return True
        inside = self.files.walk(folder, limit=LIMIT)
        if inside:
            self.paths = tuple(sorted((*self.paths, *inside)))
            self._known |= frozenset(inside)
            for path in inside:
                self._note_folders(path)
        return bool(inside)
