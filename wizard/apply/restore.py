"""Puts files back to what a journal says they held."""

from __future__ import annotations

from wizard.adapters.durable import is_scratch
from wizard.adapters.files import Files
from wizard.adapters.repo import Repo
from wizard.apply import journal
from wizard.apply.journal import Entry, Journal
from wizard.errors import RefusedError, WizardError


def settle(noted: Journal, files: Files, repo: Repo, *, force: bool = False) -> tuple[str, ...] | None:
    """End an apply one way or the other: None when its commit had happened, else what `put_back` returns."""
    if repo.head() != noted.head and repo.committed(noted.paths, noted.head):
        repo.settle(noted.paths)
        _sweep(noted, files)
        finish(noted, files, repo)
        return None
    return put_back(noted, files, repo, force=force)


def finish(noted: Journal, files: Files, repo: Repo) -> None:
    """After the commit: folders that lost their last file go, as git does it, and then the journal."""
    for path in (entry.path for entry in noted.entries if not entry.after):
        folder = path.rpartition("/")[0]
        while folder and (files.remove_folder(folder) or not files.exists(folder)):
            folder = folder.rpartition("/")[0]
    journal.drop(repo)


def put_back(noted: Journal, files: Files, repo: Repo, *, force: bool) -> tuple[str, ...]:
    """Restore every file that holds exactly what was written, remove new files and empty new folders, drop the journal.

    Files edited since stay and are returned; with `force` (a hook edited them, nobody else) they are restored too.
    Raises `RefusedError` naming what could not be restored; the journal then stays for the next start.
    """
    kept: list[str] = []
    failed: list[WizardError] = []
    _sweep(noted, files)
    for entry in reversed(noted.entries):
        try:
            if not _restore(entry, files, force=force):
                kept.append(entry.path)
        except WizardError as error:
            failed.append(error)
    if failed:
        raise _incomplete(failed)
    for folder in reversed(noted.folders):
        files.remove_folder(folder)
    repo.forget([entry.path for entry in noted.entries if entry.before is None and entry.path not in kept])
    journal.drop(repo)
    return tuple(sorted(kept))


def _restore(entry: Entry, files: Files, *, force: bool) -> bool:
    """False when the file is neither what was written nor what it was before."""
    there = files.read(entry.path) if files.exists(entry.path) else None
    if there == entry.before:
        return True
    if journal.digest(there) != entry.after and not force:
        return False
    if entry.before is None:
        files.remove(entry.path)
    else:
        files.write(entry.path, entry.before, mode=entry.mode)
    return True


def _sweep(noted: Journal, files: Files) -> None:
    """Remove half-written files that a killed process left beside the ones it wrote."""
    for folder in {path[: path.rfind("/") + 1] for path in noted.paths}:
        for name in files.list(folder):
            if is_scratch(name):
                files.remove(folder + name)


def _incomplete(failed: list[WizardError]) -> RefusedError:
    names = "; ".join(error.message for error in failed)
    return RefusedError(
        f"not everything could be put back: {names}",
        where=failed[0].where,
        next_step="repair the cause, then start the wizard again: its journal still knows the old texts",
    )
