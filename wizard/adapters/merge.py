"""Three-way merge of texts by git's own `merge-file`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from wizard.adapters.git_run import plain, run
from wizard.errors import RepositoryError


def merge(current: str, base: str, other: str) -> str | None:
    """`current` with the change from `base` to `other`; None when both change the same place (or the text is binary).

    Raises `RepositoryError` when git cannot be run.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name, text in (("current", current), ("base", base), ("other", other)):
            (folder / name).write_bytes(text.encode("utf-8", "surrogateescape"))
        outcome = run(folder, "merge-file", "--quiet", "-p", "current", "base", "other")
    if outcome.ok:
        return outcome.out
    if 0 < outcome.code < 128 or "binary" in outcome.err:
        return None
    raise RepositoryError(f"git merge-file: {plain(outcome.err)}", next_step="report this as a bug")
