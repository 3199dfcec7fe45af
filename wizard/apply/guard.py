"""Whether a plan may be written now: asked before the first byte."""

from __future__ import annotations

import os

from wizard.adapters.files import Files
from wizard.adapters.repo import Repo
from wizard.apply import journal
from wizard.errors import RefusedError, UsageError
from wizard.values.edit import ChangeSet, FileEdit


def check(changeset: ChangeSet, files: Files, repo: Repo) -> None:
    """Raise why this change set may not be written: `RefusedError`, `RepositoryError` or `UsageError`; else return.

    Refused: a repository in the middle of something, an interrupted run, a path outside the root or behind a link,
    a file that is not what the plan was made on, a path that the engineer has changes in.
    """
    trouble = repo.trouble()
    if trouble is not None:
        raise trouble
    if journal.place(repo).exists():
        raise RefusedError(
            "an earlier run was interrupted while it wrote",
            where=str(journal.place(repo)),
            next_step="start the wizard again: it puts the files right first",
        )
    for edit in changeset.edits:
        _check_path(edit, files)
        _check_before(edit, files)
    _check_twice(changeset)
    _check_clean(changeset, repo)


def _check_path(edit: FileEdit, files: Files) -> None:
    parts = edit.path.split("/")
    if edit.path.startswith("/") or ".." in parts or "" in parts or "." in parts or "\0" in edit.path:
        raise RefusedError(
            f"{edit.path!r} is not a path inside the stack",
            where=edit.path,
            next_step="correct the stack's profile or the spec that named it",
        )
    current = files.root
    for part in parts:
        current = current / part
        if os.path.islink(current):  # noqa: PTH114 (Path.is_symlink raises for a long name)
            name = current.relative_to(files.root).as_posix()
            raise RefusedError(
                f"{name} is a symbolic link to {current.readlink()}; git would not see a change made through it",
                where=edit.path,
                next_step="name the file that it leads to in the stack's profile, or replace the link by the file",
            )


def _check_before(edit: FileEdit, files: Files) -> None:
    there = files.read(edit.path) if files.exists(edit.path) else None
    if there == edit.before:
        return
    if edit.before is None:
        what = f"{edit.path} exists already, and the plan would make it"
    elif there is None:
        what = f"{edit.path} is gone since the plan was made"
    else:
        what = f"{edit.path} changed since the plan was made"
    raise RefusedError(what, where=edit.path, next_step="run the phase again: it plans on what is there now")


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
    names, first = ", ".join(dirty), dirty[0]
    verb = "has changes" if len(dirty) == 1 else "have changes"
    raise RefusedError(
        f"{names} {verb} of yours that are not committed, and this phase needs to change the same",
        where=first,
        next_step=f"commit them (`git commit -- {first}`) or put them aside (`git stash push -u -- {first}`)",
    )
