"""Where a folder lies: in the middle of a stack, whose files would then be taken for missing."""

from __future__ import annotations

from pathlib import Path

from wizard.adapters.files.errors import is_there
from wizard.adapters.files.files import DiskFiles, Files
from wizard.errors import UsageError
from wizard.stack.detect.detect import look
from wizard.stack.survey import Survey
from wizard.values.profile import PROFILE


def require_whole(files: Files) -> None:
    """Refuses a folder that is a part of a stack: from there its Compose files are out of sight. Raises
    `UsageError`."""
    above = stack_above(files)
    if above is not None:
        raise UsageError(
            f"{files.root} is a part of the stack in {above}",
            next_step=f"say -C {above}; a stack of its own begins with `stack-wizard init` in this folder",
        )


def stack_above(files: Files) -> Path | None:
    """Returns the folder of the stack that this folder is a part of, None where it is one itself or belongs to none.
    Nothing above the repository is looked at."""
    top = next((folder for folder in (files.root, *files.root.parents) if is_there(folder / ".git")), None)
    if top is None or top == files.root or _is_stack(files):
        return None
    above = (folder for folder in files.root.parents if folder == top or top in folder.parents)
    return next((folder for folder in above if _is_stack(DiskFiles(folder))), None)


def _is_stack(files: Files) -> bool:
    """A profile or a Compose file says so; what is usual is looked for before everything is."""
    usual = (PROFILE, "compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
    return any(files.exists(path) for path in usual) or bool(look(Survey(files))[1].files)
