"""Whether the demo's tour was seen: remembered for the person, not for the stack, so that it never comes back."""

from __future__ import annotations

import os
from pathlib import Path


def mark_file() -> Path:
    """What remembers it (https://specifications.freedesktop.org/basedir-spec/)."""
    state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(state) / "stack-wizard" / "tour-seen"


def seen() -> bool:
    """True when the tour was shown or skipped before."""
    return mark_file().exists()


def remember() -> None:
    """Never again. Where nothing can be written, the tour comes again: that is all that happens."""
    try:
        mark_file().parent.mkdir(parents=True, exist_ok=True)
        mark_file().touch()
    except OSError:
        return
