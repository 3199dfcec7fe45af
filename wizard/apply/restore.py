"""Ends an apply: files are put back to what a journal says they held, unless their commit is there."""

from __future__ import annotations

import os
from pathlib import Path

from wizard.adapters.files.durable import is_scratch, write_durably
from wizard.adapters.files.errors import unwritable
from wizard.adapters.files.files import Files
from wizard.adapters.git.repo import Repo
from wizard.apply import journal
from wizard.apply.journal import Entry, Journal
from wizard.errors import RefusedError, WizardError
from wizard.values.lean import dataclass

ASIDE = "kept"
"""The folder inside git's for texts that stood in the way of putting a file back."""


class IncompleteError(RefusedError):
    """Not everything could be put back; the journal stays, so nobody may settle again before the cause is repaired."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What was found and done. `committed`: paths that commits since hold. `kept`: edited since, left as they are.

    `aside`: (path, where its text is kept now): edited since, and put back all the same.
    """

    committed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    aside: tuple[tuple[str, str], ...] = ()

    def has_all(self, noted: Journal) -> bool:
        """Tells whether the whole of an apply is committed."""
        return set(self.committed) == set(noted.paths)


def settle(noted: Journal, files: Files, repo: Repo, *, force: bool = False) -> Settled:
    """Ends an apply by what is found: what commits hold stays, everything else is put back, the journal goes.

    Files edited since stay as they are; with `force` (a hook may have edited them, or the engineer while it ran) they
    are put back and their text is kept aside. Raises `RefusedError` naming what could not be restored; the journal then
    stays for the next start.
    """
    done = repo.committed(noted.paths, noted.head) if repo.head() != noted.head else ()
    if done:
        repo.settle(done)
    rest = tuple(entry for entry in noted.entries if entry.path not in done)
    _sweep(noted, files)
    found = _put_back(rest, files, repo, force=force)
    for folder in reversed(noted.folders):
        files.remove_folder(folder)
    repo.forget([entry.path for entry in rest if entry.before is None and entry.path not in found.kept])
    finish(noted if done else None, files, repo)
    return Settled(done, found.kept, found.aside)


def finish(committed: Journal | None, files: Files, repo: Repo) -> None:
    """Removes folders that lost their last file to the commit, as git does it, and then the journal."""
    for path in (entry.path for entry in (committed.entries if committed else ()) if not entry.after):
        folder = path.rpartition("/")[0]
        while folder and (files.remove_folder(folder) or not files.exists(folder)):
            folder = folder.rpartition("/")[0]
    journal.drop(repo)


def _put_back(entries: tuple[Entry, ...], files: Files, repo: Repo, *, force: bool) -> Settled:
    kept: list[str] = []
    aside: list[tuple[str, str]] = []
    failed: list[WizardError] = []
    for entry in reversed(entries):
        try:
            while not _restored(entry, files, repo, kept, aside, force=force):
                continue  # somebody saved between the look and the write: it is looked at anew
        except WizardError as error:
            failed.append(error)
    if failed:
        raise _incomplete(failed, aside)
    return Settled((), tuple(sorted(kept)), tuple(sorted(aside)))


def _restored(
    entry: Entry, files: Files, repo: Repo, kept: list[str], aside: list[tuple[str, str]], *, force: bool
) -> bool:
    """Puts one file back, or notes that it stays; False when it changed while that was done."""
    if files.is_link(entry.path) or files.is_dir(entry.path):
        if not force:
            kept.append(entry.path)
            return True
        aside.append((entry.path, str(_move_aside(entry.path, files, repo))))
    there = files.read(entry.path) if files.exists(entry.path) else None
    if there == entry.before:
        return True
    if journal.digest(there) != entry.after:
        if not force:
            kept.append(entry.path)
            return True
        if there is not None:
            aside.append((entry.path, str(_keep_aside(entry.path, there, repo))))
    return files.swap(entry.path, there, entry.before, mode=entry.mode)


def _keep_aside(path: str, text: str, repo: Repo) -> Path:
    """Keeps a text that is neither the one before nor the one written: it may be work that was saved meanwhile."""
    data = text.encode("utf-8", "surrogateescape")
    number = 1
    target = repo.git_path(f"{ASIDE}/{path}")
    try:
        while target.exists() and target.read_bytes() != data:
            number += 1
            target = repo.git_path(f"{ASIDE}/{path}.{number}")
        write_durably(target, data, 0o600)
    except OSError as error:
        raise unwritable(str(target), error) from error
    return target


def _move_aside(path: str, files: Files, repo: Repo) -> Path:
    """Moves a link or a folder away that somebody put in the place of a file."""
    number = 1
    while os.path.lexists(target := repo.git_path(f"{ASIDE}/{path}.{number}")):
        number += 1
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(str(target), error) from error
    files.move_out(path, target)
    return target


def _sweep(noted: Journal, files: Files) -> None:
    """Removes half-written files that a killed process left beside the ones it wrote."""
    for folder in {path[: path.rfind("/") + 1] for path in noted.paths}:
        for name in files.list(folder):
            if is_scratch(name):
                files.remove(folder + name)


def _incomplete(failed: list[WizardError], aside: list[tuple[str, str]]) -> IncompleteError:
    names = "; ".join([*(error.message for error in failed), *(f"{path} is kept in {where}" for path, where in aside)])
    return IncompleteError(
        f"not everything could be put back: {names}",
        where=failed[0].where,
        next_step="repair the cause, then start the wizard again: its journal still knows the old texts",
    )
