"""The folder that a command line names."""

from __future__ import annotations

import os
from pathlib import Path

from wizard.adapters.files.errors import is_folder, is_there
from wizard.errors import UsageError

NEXT = "name the stack's folder with -C DIR"


def require_folder(folder: str, next_step: str = NEXT) -> None:
    """Refuses what is no folder that can be read. Raises `UsageError` with what it is instead."""
    try:
        Path.cwd()
    except OSError:
        raise UsageError("the folder that this shell is in is gone", next_step="cd to one that is there") from None
    path = Path(folder)
    if is_folder(path):
        if not os.access(path, os.R_OK | os.X_OK):
            step = "change its permissions or its owner, or name another folder with -C DIR"
            raise UsageError(f"the folder {folder} cannot be read with your rights", next_step=step)
        return
    if is_there(path):
        raise UsageError(f"{folder} is no folder", next_step=next_step)
    quoted = " (no shell has written out the ~ or the variable in it)" if folder.startswith(("~", "$")) else ""
    raise UsageError(f"there is no folder {folder}{quoted}", next_step=next_step)
