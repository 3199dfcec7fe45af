"""Tells which files are not as HEAD has them, also where git was told to look away."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from wizard.adapters.git.run import run
from wizard.adapters.git.state import Place
from wizard.errors import RepositoryError
from wizard.rules.text import program_output


def changed(place: Place, paths: Sequence[str]) -> tuple[str, ...]:
    """Returns of these the staged, unstaged, untracked, ignored and hidden ones, sorted. Raises `RepositoryError`."""
    if not paths:
        return ()
    words = ("status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--ignored=matching", "--")
    outcome = run(place.root, *words, *place.literal(paths))
    if not outcome.ok:
        raise RepositoryError(
            f"git status: {program_output(outcome.err)}", where=str(place.root), next_step="run `git fsck`"
        )
    names = place.own(entry[3:].rstrip("/") for entry in outcome.out.split("\0") if len(entry) > 3)
    return tuple(sorted({*names, *hidden(place, paths)}))


def hidden(place: Place, paths: Sequence[str]) -> tuple[str, ...]:
    """Returns of these the ones that git was told not to look at and that a commit would therefore get wrong.

    `assume-unchanged`: when bytes or rights differ from the index: the edit would be committed unseen. `skip-worktree`:
    always, because git leaves such a file out of a commit.
    """
    if not paths:
        return ()
    # https://git-scm.com/docs/git-ls-files#Documentation/git-ls-files.txt--v
    outcome = run(place.top, "ls-files", "-v", "-s", "-z", "--", *place.literal(paths))
    return tuple(place.own(_hidden(place, outcome.out.split("\0"))))


def _hidden(place: Place, entries: Sequence[str]) -> Iterator[str]:
    for entry in entries:
        tag, _, rest = entry.partition(" ")
        if tag in ("H", ""):
            continue
        about, _, name = rest.partition("\t")
        mode, blob, _ = about.split(" ")
        if tag in ("S", "s") or (tag == "h" and not _as_indexed(place, name, mode, blob)):
            yield name


def _as_indexed(place: Place, name: str, mode: str, blob: str) -> bool:
    """Compares what git would make of the file, through its filters, with what the index holds."""
    try:
        status = os.lstat(place.top / name)
    except OSError:
        return False
    if mode in ("100644", "100755") and bool(status.st_mode & 0o100) != (mode == "100755"):
        return False
    return run(place.top, "hash-object", f"--path={name}", "--", name).out.strip() == blob
