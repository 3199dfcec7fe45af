"""What the operating system says about a file, in words a person can act on."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from wizard.errors import RefusedError, UnreadableError, WizardError

_REASONS: dict[int, tuple[str, str]] = {
    errno.ENOENT: ("does not exist", "create it, or name another path"),
    errno.EACCES: ("is not accessible with your rights", "change its permissions or its owner, then try again"),
    errno.EPERM: ("may not be changed with your rights", "change its owner or attributes (`lsattr`), then try again"),
    errno.EROFS: ("is on a read-only file system", "mount it writable, or work in a copy of the repository"),
    errno.ENOSPC: ("does not fit: the disk is full", "free some space, then try again"),
    errno.EDQUOT: ("does not fit: your disk quota is used up", "free some space, then try again"),
    errno.EFBIG: ("does not fit: the file size limit is reached", "raise the limit (`ulimit -f`), then try again"),
    errno.EISDIR: ("is a folder, not a file", "move the folder away, or choose another name"),
    errno.ENOTDIR: ("has a file where a folder is needed", "move that file away, or choose another name"),
    errno.ENAMETOOLONG: ("has a name that is too long for the file system", "choose a shorter name"),
    errno.ELOOP: ("is a circle of symbolic links", "repair the links"),
    errno.ENOTEMPTY: ("is a folder that is not empty", "look what is in it"),
}


def is_there(path: Path) -> bool:
    """Tells whether something is there; False also where it cannot be looked at, for which `Path.exists` raises."""
    return os.path.exists(path)  # noqa: PTH110


def is_folder(path: Path) -> bool:
    """Tells whether a folder is there; False also where it cannot be looked at, for which `Path.is_dir` raises."""
    return os.path.isdir(path)  # noqa: PTH112


def sentence(path: str, error: OSError) -> tuple[str, str]:
    """Returns what is wrong with `path`, and what to do, for an error of the operating system."""
    words = error.strerror or type(error).__name__
    reason, step = _REASONS.get(error.errno or 0, (f"cannot be used: {words}", "repair it, then try again"))
    return f"{path or '.'} {reason}", step


def unreadable(path: str, error: OSError) -> WizardError:
    """Returns the error to raise when `path` could not be read."""
    message, step = sentence(path, error)
    return UnreadableError(message, where=path, next_step=step)


def unwritable(path: str, error: OSError) -> WizardError:
    """Returns the error to raise when `path` could not be written; it holds what it held before."""
    message, step = sentence(path, error)
    return RefusedError(message, where=path, next_step=step)
