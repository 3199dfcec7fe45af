"""Writing a file so that a crash at any moment leaves either the old content or the new."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from wizard.values.pattern import lazy_pattern

# `RENAME_NOREPLACE` and `RENAME_EXCHANGE` of linux/fs.h.
_KEEP, _EXCHANGE = 1, 2
_SCRATCH = lazy_pattern(r"\.sw-[0-9a-f]{12}\.tmp\Z")


def is_scratch(name: str) -> bool:
    """Returns True for the name of a half-written file that a killed process left behind."""
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
    """Replaces or creates `target` in one step that survives a crash; missing folders are made.

    An existing file keeps its mode and owner, a new one gets `mode` (None: the process's default). Raises `OSError`;
    the file then holds what it held before.
    """
    with _scratch(target) as scratch:
        _fill(scratch, target, data, mode)
        scratch.replace(target)
    sync_folder(target.parent)


def swap_durably(target: Path, before: bytes | None, after: bytes | None, mode: int | None = None) -> bool:
    """Puts `after` where `before` is (None: no file), as `write_durably` does; False when something else is there.

    An editor may save at any moment. So what was there is taken out of its place first and looked at then: what nobody
    has seen goes back. Raises `OSError`; the file then holds what it held before.
    """
    with _scratch(target) as scratch:
        try:
            if after is None:
                target.rename(scratch)
            else:
                _fill(scratch, target, after, mode)
                _rename(scratch, target, _KEEP if before is None else _EXCHANGE)
        except (FileExistsError, FileNotFoundError):
            return False
        if before is not None and not _holds(scratch, before):
            _give_back(scratch, target, after)
            return False
    sync_folder(target.parent)
    return True


def _give_back(taken: Path, target: Path, ours: bytes | None) -> None:
    """Puts what was taken out back in its place, unless it was saved anew there meanwhile."""
    if ours is None:
        with suppress(FileExistsError):
            _rename(taken, target, _KEEP)
        return
    _rename(taken, target, _EXCHANGE)
    if not _holds(taken, ours):
        _rename(taken, target, _EXCHANGE)


def _holds(path: Path, data: bytes) -> bool:
    status = path.lstat()
    return stat.S_ISREG(status.st_mode) and status.st_size == len(data) and path.read_bytes() == data


def _rename(source: Path, target: Path, how: int) -> None:
    """Renames as `renameat2(2)` does; where system or file system cannot, it looks first and renames then."""
    import ctypes  # as long to import as this file: only who writes pays for it

    sys.audit("os.rename", source, target, -1, -1)
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    # AT_FDCWD stands for the working folder, which an absolute path does not need.
    if call is not None and call(-100, os.fsencode(source), -100, os.fsencode(target), how) == 0:
        return
    code = ctypes.get_errno() if call is not None else errno.ENOSYS
    if code not in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        raise OSError(code, os.strerror(code), str(source), None, str(target))
    _rename_simply(source, target, how)


def _rename_simply(source: Path, target: Path, how: int) -> None:
    if how == _KEEP:
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        source.rename(target)
        return
    between = target.with_name(f".sw-{os.urandom(6).hex()}.tmp")
    target.rename(between)
    source.rename(target)
    between.rename(source)


def _fill(scratch: Path, target: Path, data: bytes, mode: int | None) -> None:
    """Writes the new content beside `target`, with the rights it shall have, and waits until the disk has it."""
    _make_folders(target.parent)
    old = _status(target)
    if old is not None and stat.S_ISDIR(old.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    # Private until it has the rights it shall have; those of a new file without any are the process's own.
    rights = 0o666 if old is None and mode is None else 0o600
    handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, rights)
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
        stream.flush()
        _keep_rights(handle, old, mode)
        os.fsync(handle)


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
    """Makes the names in a folder durable. Raises `OSError`."""
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
