"""Whether the demo's tour was seen: remembered for the person, not for the stack, so that it never comes back."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from wizard.adapters.files.errors import is_there
from wizard.rules.homes import state_folder


def mark_file() -> Path | None:
    """Returns the file that remembers it; None for a user without a home."""
    state = state_folder(os.environ)
    return Path(state) / "tour-seen" if state else None


def seen() -> bool:
    """Tells whether the tour was shown or skipped before."""
    mark = mark_file()
    try:
        return mark is not None and is_there(mark)
    except OSError:
        return False


def remember() -> None:
    """Remembers that the tour was seen. Where nothing can be written, it comes again: that is all that happens."""
    mark = mark_file()
    if mark is not None:
        with suppress(OSError):
            mark.parent.mkdir(parents=True, exist_ok=True)
            mark.touch()
