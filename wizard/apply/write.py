"""Writes a change set: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from wizard.adapters.files.errors import is_there
from wizard.adapters.files.files import Files
from wizard.adapters.git.repo import Repo
from wizard.apply import guard, journal, restore
from wizard.apply.journal import Entry, Journal
from wizard.errors import RefusedError
from wizard.values.edit import ChangeSet, FileEdit
from wizard.values.lean import dataclass
from wizard.values.phase import Phase


@dataclass(frozen=True, slots=True)
class Written:
    """A change set that stands in the work tree. `journal`: what puts it back. `branch`: the one it was written on."""

    changeset: ChangeSet
    journal: Journal
    branch: str = ""

    @property
    def service(self) -> str:
        """The service it is for."""
        return self.changeset.service

    @property
    def phase(self) -> Phase:
        """The phase it is for."""
        return self.changeset.phase

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths that were written, in order; those that already were as planned are left out."""
        return self.journal.paths


def write(changeset: ChangeSet, files: Files, repo: Repo, *, commit: bool = True) -> Written:
    """Writes every edit, after the guard and the journal; on any failure everything is put back and the failure raised.

    With `commit` the journal stays until `commit` or `roll_back`, without it the work ends here.
    Raises `RefusedError`, `RepositoryError` (nothing is written then).
    """
    head = repo.head()  # before the guard looks: whatever is committed from now on is known as such
    guard.check(changeset, files, repo)
    edits = tuple(edit for edit in changeset.edits if edit.before != edit.after)
    noted = Journal(
        changeset.service,
        changeset.phase.name,
        head,
        tuple(_entry(edit, files) for edit in edits),
        _new_folders(edits, files),
    )
    written = Written(changeset, noted, repo.branch())
    if not edits:
        return written
    try:
        journal.store(noted, repo)
        for edit in edits:
            _write_edit(edit, files)
    except BaseException:
        restore.settle(noted, files, repo)
        raise
    if not commit:
        journal.drop(repo)
    return written


def roll_back(written: Written, files: Files, repo: Repo) -> tuple[str, ...]:
    """Puts everything back that was written; the paths that were edited since, and therefore kept, are returned.

    Raises `RefusedError` when a file cannot be restored.
    """
    return restore.settle(written.journal, files, repo).kept


@contextmanager
def applied(changeset: ChangeSet, files: Files, repo: Repo, *, commit: bool = True) -> Iterator[Written]:
    """Writes as `write`, and puts everything back when the block is left by an exception (Ctrl-C included) before the
    commit.
    """
    foreign = is_there(journal.place(repo))
    try:
        yield write(changeset, files, repo, commit=commit)
    except restore.IncompleteError:
        raise
    except BaseException:
        noted = None if foreign else journal.load(repo)
        if noted is not None:
            restore.settle(noted, files, repo)
        raise


def _write_edit(edit: FileEdit, files: Files) -> None:
    if not files.swap(edit.path, edit.before, edit.after, mode=edit.mode):
        raise RefusedError(
            f"{edit.path} was changed by somebody else while the phase was being written",
            where=edit.path,
            next_step="run the phase again: it plans on what is there now",
        )


def _entry(edit: FileEdit, files: Files) -> Entry:
    mode = edit.mode if edit.before is None else files.mode(edit.path)
    return Entry(edit.path, edit.before, journal.digest(edit.after), mode)


def _new_folders(edits: tuple[FileEdit, ...], files: Files) -> tuple[str, ...]:
    """The folders that do not exist yet, parents first."""
    found: dict[str, None] = {}
    for edit in edits:
        parts = edit.path.split("/")[:-1]
        for depth in range(1, len(parts) + 1):
            folder = "/".join(parts[:depth])
            if folder not in found and not files.exists(folder):
                found[folder] = None
    return tuple(found)
