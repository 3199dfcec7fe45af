"""Whether a plan may be written now: asked before the first byte."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from wizard.adapters.files.errors import is_there
from wizard.adapters.files.files import Files
from wizard.adapters.git.repo import Repo
from wizard.apply import journal
from wizard.errors import RefusedError, UsageError
from wizard.rules.merge_markers import UNFINISHED, conflict_line
from wizard.values.edit import ChangeSet, FileEdit

SLACK = 512 * 1024
"""Bytes for git's index, its objects and the journal beside the texts themselves."""
FEW, EACH = 24, 5
"""Files that a commit makes for a moment or for good: of its own, and for each that it changes (copy, blob, trees)."""


def check(changeset: ChangeSet, files: Files, repo: Repo) -> None:
    """Raises why this change set may not be written: `RefusedError`, `RepositoryError` or `UsageError`; else return.

    Refused: a repository in the middle of something, an interrupted run, a path outside the root or behind a link,
    a file that is not what the plan was made on, a path that the engineer has changes in.
    """
    trouble = repo.trouble()
    if trouble is not None:
        raise trouble
    if is_there(journal.place(repo)):
        raise RefusedError(
            "an earlier run was interrupted while it wrote",
            where=str(journal.place(repo)),
            next_step="start the wizard again: it puts the files right first",
        )
    for edit in changeset.edits:
        _check_path(edit, files)
        _check_before(edit, files)
    _check_twice(changeset)
    _check_space(changeset, repo)
    _check_clean(changeset, repo)


def _check_path(edit: FileEdit, files: Files) -> None:
    parts = edit.path.split("/")
    if edit.path.startswith("/") or ".." in parts or "" in parts or "." in parts or "\0" in edit.path:
        raise RefusedError(
            f"{edit.path!r} is not a path inside the stack",
            where=edit.path,
            next_step="correct the stack's profile or the spec that named it",
        )
    check_no_link(edit.path, files)


def check_no_link(path: str, files: Files) -> None:
    """Raises `RefusedError` when a link is on the way to a path: what was written would be another file."""
    name = linked_part(path, files)
    if name:
        target = (files.root / name).readlink()
        raise RefusedError(
            f"{name} is a symbolic link to {target}; git would not see a change made through it",
            where=path,
            next_step="name the file that it leads to in the stack's profile, or replace the link by the file",
        )


def linked_part(path: str, files: Files) -> str:
    """Returns the first part of a path that is a symbolic link, or `''`."""
    parts = path.split("/")
    names = ("/".join(parts[: count + 1]) for count in range(len(parts)))
    # Path.is_symlink raises for a long name
    return next((name for name in names if os.path.islink(files.root / name)), "")  # noqa: PTH114


def _check_before(edit: FileEdit, files: Files) -> None:
    there = files.read(edit.path) if files.exists(edit.path) else None
    if there is not None and (line := conflict_line(there)):
        raise RefusedError(
            UNFINISHED, where=f"{edit.path}:{line}", next_step="choose a side there, `git add` it, then run this again"
        )
    if there == edit.before:
        return
    if edit.before is None:
        what = f"{edit.path} exists already, and the plan would make it"
    elif there is None:
        what = f"{edit.path} is gone since the plan was made"
    else:
        what = f"{edit.path} changed since the plan was made"
    raise RefusedError(what, where=edit.path, next_step="run the phase again: it plans on what is there now")


def _check_space(changeset: ChangeSet, repo: Repo) -> None:
    """Each text lies on the disk twice for a moment, in git's folder (journal, objects) and beside its file.

    A disk may have room for bytes and for no more files: half of what was written could then not be put back.
    """
    needed = SLACK + sum(len(text) for edit in changeset.edits for text in (edit.before, edit.after) if text)
    for folder in dict.fromkeys((repo.root, repo.git_path("").parent)):
        with suppress(OSError):
            status = os.statvfs(_existing(folder))
            free, more = status.f_bavail * status.f_frsize, FEW + EACH * len(changeset.edits)
            if status.f_files and status.f_favail < more:
                raise RefusedError(
                    f"the disk is full: {status.f_favail} more files fit on it, and writing this makes up to {more}",
                    where=str(folder),
                    next_step="remove some files (`df -i` counts them), then try again",
                )
            if status.f_blocks and free < 2 * needed:
                raise RefusedError(
                    f"the disk is full: {free // 1024:,} KiB are free, and writing this takes {2 * needed // 1024:,}",
                    where=str(folder),
                    next_step="free some space, then try again",
                )


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if is_there(path))


def _check_twice(changeset: ChangeSet) -> None:
    seen: set[str] = set()
    for path in changeset.paths:
        if path in seen:
            raise UsageError(f"the plan has {path} twice", where=path, next_step="report this as a bug")
        seen.add(path)


def _check_clean(changeset: ChangeSet, repo: Repo) -> None:
    dirty = repo.dirty(changeset.paths)
    if not dirty:
        return
    hidden = repo.hidden(dirty)
    if hidden:
        raise RefusedError(
            f"git was told not to look at {', '.join(hidden)} (assume-unchanged or skip-worktree), and a commit would "
            "take in what you hid there, or leave the file out",
            where=hidden[0],
            next_step=f"`git update-index --no-assume-unchanged --no-skip-worktree {hidden[0]}`, then commit what it "
            "holds or put it aside",
        )
    names, first = ", ".join(dirty), dirty[0]
    verb = "has changes" if len(dirty) == 1 else "have changes"
    take, aside = f"commit them (`git add {first} && git commit -- {first}`)", f"git stash push -u -- {first}"
    raise RefusedError(
        f"{names} {verb} of yours that are not committed, and this phase needs to change the same",
        where=first,
        next_step=f"{take} or put them aside (`{aside}`)" if repo.head() else f"make the first commit, or {take}",
    )
