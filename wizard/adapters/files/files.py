"""The files of a stack: confined to its root, read as exact text, written atomically."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from wizard.adapters.files.durable import swap_durably, sync_folder, write_durably
from wizard.adapters.files.errors import unreadable, unwritable
from wizard.errors import RefusedError, UnreadableError

LARGEST = 16 * 1024 * 1024
SKIPPED = frozenset(
    {
        ".git",
        ".hg",
        ".svn",
        ".venv",
        "venv",
        "node_modules",
        "__pycache__",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".hypothesis",
        ".tox",
        ".nox",
        ".eggs",
        ".idea",
    }
)


class Files(Protocol):
    """The files of one stack. Paths are relative to `root` with forward slashes; `''` is the root itself.

    Questions (`exists`, `is_dir`, `list`, `walk`) answer no or nothing for a path that leaves the root;
    `read`, `write`, `remove` and `mode` raise `RefusedError` for it.
    """

    @property
    def root(self) -> Path:
        """The stack's folder, absolute, links resolved."""

    def exists(self, path: str) -> bool:
        """Returns True for a file or folder (through links that stay inside)."""

    def is_dir(self, path: str) -> bool:
        """Returns True for a folder."""

    def is_link(self, path: str) -> bool:
        """Returns True when the name itself, reached inside the root, is a symbolic link, wherever it leads."""

    def list(self, path: str) -> tuple[str, ...]:
        """Returns the names in a folder, sorted; `()` when it is absent or no folder."""

    def walk(self, path: str, *, limit: int = 5000) -> tuple[str, ...]:
        """Returns the files below a folder in order, at most `limit`; skips `.git`, caches, environments and linked
        folders.
        """

    def read(self, path: str) -> str:
        """Reads a text: UTF-8 with `surrogateescape`, newlines untouched. Raises `UnreadableError`, `RefusedError`."""

    def write(self, path: str, text: str, *, mode: int | None = None) -> None:
        """Replaces or creates a file atomically; an existing one keeps its mode. Raises `RefusedError`."""

    def swap(self, path: str, before: str | None, after: str | None, *, mode: int | None = None) -> bool:
        """Puts `after` in the place of `before` (None: no file) in one step, as `write` and `remove` do.

        False when something else is there at that very moment; it stays. Raises `RefusedError`.
        """

    def remove(self, path: str) -> None:
        """Removes a file (a link: the link). Raises `RefusedError`."""

    def move_out(self, path: str, target: Path) -> None:
        """Moves whatever bears this name (a link: the link; a folder) to `target`. Raises `RefusedError`."""

    def remove_folder(self, path: str) -> bool:
        """Removes a folder if it is empty; False when it is not (or not there)."""

    def mode(self, path: str) -> int:
        """Returns the permission bits. Raises `UnreadableError`, `RefusedError`."""


class DiskFiles:
    """`Files` on the disk."""

    def __init__(self, root: str | Path) -> None:
        self.root = Path(os.path.realpath(root))
        self._root = str(self.root)

    def exists(self, path: str) -> bool:
        """See `Files.exists`."""
        inside = self._inside(path)
        return inside is not None and os.path.exists(inside)  # noqa: PTH110 (Path.exists raises for a long name)

    def is_dir(self, path: str) -> bool:
        """See `Files.is_dir`."""
        inside = self._inside(path)
        return inside is not None and os.path.isdir(inside)  # noqa: PTH112 (as above)

    def is_link(self, path: str) -> bool:
        """See `Files.is_link`."""
        parts = _parts(path)
        if not parts:
            return False
        above = self._resolve(parts[:-1])
        return above is not None and os.path.islink(f"{above}/{parts[-1]}")  # noqa: PTH114 (as above)

    def list(self, path: str) -> tuple[str, ...]:
        """See `Files.list`."""
        inside = self._inside(path)
        try:
            return tuple(sorted(os.listdir(inside))) if inside is not None else ()  # noqa: PTH208 (names, and twice as fast)
        except OSError:
            return ()

    def walk(self, path: str, *, limit: int = 5000) -> tuple[str, ...]:
        """See `Files.walk`."""
        inside = self._inside(path)
        if inside is None:
            return ()
        prefix = path.strip("/")
        found: list[str] = []
        for relative in self._below(inside, "" if prefix in ("", ".") else f"{prefix}/"):
            if len(found) >= limit:
                break
            found.append(relative)
        return tuple(found)

    def read(self, path: str) -> str:
        """See `Files.read`."""
        try:
            # O_NONBLOCK: opening a named pipe that nobody writes to would wait for ever.
            handle = os.open(self._real(path), os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
            with os.fdopen(handle, "rb") as stream:
                status = os.fstat(handle)
                if stat.S_ISDIR(status.st_mode):
                    raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
                _check_readable(path, status)
                return stream.read().decode("utf-8", "surrogateescape")
        except OSError as error:
            raise unreadable(path, error) from error

    def write(self, path: str, text: str, *, mode: int | None = None) -> None:
        """See `Files.write`."""
        data, target = _bytes(path, text), self._writable(path)
        try:
            write_durably(target, data, mode)
        except OSError as error:
            raise unwritable(path, error) from error

    def swap(self, path: str, before: str | None, after: str | None, *, mode: int | None = None) -> bool:
        """See `Files.swap`."""
        old, new = (None if text is None else _bytes(path, text) for text in (before, after))
        target = self._writable(path, follow=after is not None)
        try:
            return swap_durably(target, old, new, mode)
        except OSError as error:
            raise unwritable(path, error) from error

    def remove(self, path: str) -> None:
        """See `Files.remove`."""
        target = self._writable(path, follow=False)
        try:
            target.unlink()
            sync_folder(target.parent)
        except OSError as error:
            raise unwritable(path, error) from error

    def move_out(self, path: str, target: Path) -> None:
        """See `Files.move_out`."""
        try:
            self._writable(path, follow=False).rename(target)
        except OSError as error:
            raise unwritable(path, error) from error

    def remove_folder(self, path: str) -> bool:
        """See `Files.remove_folder`."""
        target = self._writable(path, follow=False)
        try:
            target.rmdir()
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT, errno.ENOTDIR):
                return False
            raise unwritable(path, error) from error
        return True

    def mode(self, path: str) -> int:
        """See `Files.mode`."""
        try:
            return stat.S_IMODE(Path(self._real(path)).stat().st_mode)
        except OSError as error:
            raise unreadable(path, error) from error

    def _below(self, folder: str, prefix: str) -> Iterator[str]:
        try:
            with os.scandir(folder) as entries:
                ordered = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            return
        if prefix and any(entry.name == "pyvenv.cfg" for entry in ordered):
            return
        for entry in ordered:
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in SKIPPED:
                    yield from self._below(entry.path, f"{prefix}{entry.name}/")
            elif _is_file(entry) and (not entry.is_symlink() or self._inside(prefix + entry.name) is not None):
                yield prefix + entry.name

    def _inside(self, path: str) -> str | None:
        """The absolute path with links resolved, or None when it leaves the root."""
        parts = _parts(path)
        if parts is None:
            return None
        return self._resolve(parts)

    def _resolve(self, parts: tuple[str, ...]) -> str | None:
        current = self._root
        for part in parts:
            current = f"{current}/{part}"
            try:
                linked = stat.S_ISLNK(os.lstat(current).st_mode)
            except OSError:
                break
            if linked:
                return self._follow(parts)
        return "/".join((self._root, *parts))

    def _follow(self, parts: tuple[str, ...]) -> str | None:
        resolved = os.path.realpath("/".join((self._root, *parts)))
        below = resolved == self._root or resolved.startswith(self._root.rstrip("/") + "/")
        return resolved if below else None

    def _real(self, path: str) -> str:
        inside = self._inside(path)
        if inside is None:
            raise RefusedError(
                f"{path!r} leads out of the stack",
                where=path,
                next_step=f"use a path below {self._root} that no symbolic link leads away from",
            )
        return inside

    def _writable(self, path: str, *, follow: bool = True) -> Path:
        parts = _parts(path)
        if parts and ".git" in (part.lower() for part in parts):
            raise RefusedError(f"{path!r} belongs to git", where=path, next_step="let git change its own files")
        if parts is not None and not parts:
            raise RefusedError("the stack's root is not a file", where=path, next_step="name a file below it")
        if follow or parts is None:
            return Path(self._real(path))
        return Path(self._real("/".join(parts[:-1]))) / parts[-1]


def _bytes(path: str, text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        message = f"{path}: the text holds a code point that UTF-8 cannot hold"
        raise RefusedError(message, where=path, next_step="remove the character and try again") from error


def _check_readable(path: str, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableError(f"{path} is not a regular file", where=path, next_step="replace it by a file")
    if status.st_size > LARGEST:
        size = status.st_size // (1024 * 1024)
        raise UnreadableError(f"{path} is {size} MiB; at most 16 are read", where=path, next_step="shorten the file")


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:
        return False


def _parts(path: str) -> tuple[str, ...] | None:
    """The names of a relative path, or None when it is absolute, climbs, or no path at all."""
    if path.startswith("/") or "\0" in path:
        return None
    parts = tuple(part for part in path.split("/") if part not in ("", "."))
    return None if ".." in parts else parts
