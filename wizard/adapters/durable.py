"""Writing a file so that a crash at any moment leaves either the old content or the new."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from wizard.values.pattern import lazy_pattern

_SCRATCH = lazy_pattern(r"\.sw-[0-9a-f]{12}\.tmp\Z")


def is_scratch(name: str) -> bool:
    """True for the name of a half-written file that a killed process left behind."""
    return _SCRATCH.match(name) is not None


@contextmanager
def _scratch(target: Path) -> Iterator[Path]:
    """A name beside `target` for the new content; nothing is left under it afterwards."""
    name = target.with_name(f".sw-{os.urandom(6).hex()}.tmp")
    try:
        yield name
    finally:
        with suppress(FileNotFoundError):
            name.unlink()


def write_durably(target: Path, data: bytes, mode: int | None = None) -> None:
    """Replace or create `target` in one step that survives a crash; missing folders are made.

    An existing file keeps its mode and owner, a new one gets `mode` (None: the process's default). Raises `OSError`;
    the file then holds what it held before.
    """
    _make_folders(target.parent)
    old = _status(target)
    if old is not None and stat.S_ISDIR(old.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    with _scratch(target) as scratch:
        handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            _keep_rights(handle, old, mode)
            os.fsync(handle)
        scratch.replace(target)
    sync_folder(target.parent)


def _keep_rights(handle: int, old: os.stat_result | None, mode: int | None) -> None:
    if old is not None:
        if (old.st_uid, old.st_gid) != (os.geteuid(), os.getegid()):
            with suppress(PermissionError):
                os.fchown(handle, old.st_uid, old.st_gid)
        os.fchmod(handle, stat.S_IMODE(old.st_mode))
    elif mode is not None:
        os.fchmod(handle, mode)


def _make_folders(folder: Path) -> None:
    """Create missing folders; a file in the way is an `ENOTDIR`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)) from error


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable. Raises `OSError`."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None
