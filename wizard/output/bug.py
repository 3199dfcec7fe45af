"""What a bug leaves behind: a log file with versions and traceback, and one line for the person."""

from __future__ import annotations

import os
import platform
import sys
import traceback
from pathlib import Path

from wizard import __version__

BUG = 3


def log_file() -> Path:
    """`$XDG_STATE_HOME/stack-wizard/bugs.log` (https://specifications.freedesktop.org/basedir-spec/)."""
    state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(state) / "stack-wizard" / "bugs.log"


def record(bug: BaseException) -> str:
    """Append the traceback to the log; says where it is, or why it could not be written."""
    text = "".join(traceback.format_exception(bug))
    head = f"stack-wizard {__version__}, Python {platform.python_version()}, {platform.platform()}\n"
    target = log_file()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("a", encoding="utf-8", errors="backslashreplace") as log:
            log.write(f"{head}{text}\n")
    except OSError as trouble:
        return f"the traceback could not be written to {target} ({trouble.strerror}); run again with --debug"
    return f"the traceback is in {target}"


def report(bug: BaseException, *, debug: bool) -> int:
    """Log the bug, say where, return exit code 3."""
    where = record(bug)
    print(f"stack-wizard: this is a bug in the wizard: {type(bug).__name__}: {bug}\n  next: {where}", file=sys.stderr)
    if debug:
        print("".join(traceback.format_exception(bug)), file=sys.stderr, end="")
    return BUG
