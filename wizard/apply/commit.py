"""Commits what was written, or puts it back."""

from __future__ import annotations

from wizard.adapters.files import Files
from wizard.adapters.repo import Repo
from wizard.apply import journal, restore
from wizard.apply.write import Written
from wizard.errors import RefusedError
from wizard.values.receipt import Receipt


def commit(written: Written, message: str, files: Files, repo: Repo) -> Receipt:
    """One commit of exactly the written paths, with the repository's hooks and signing.

    Raises `RefusedError` with the hook's output when git refuses: every file, reformatted ones too, and the index are
    then as before `write`. Raises it as well, and leaves everything, when a file was edited after `write`.
    """
    subject = message.split("\n", 1)[0]
    if not written.paths:
        return Receipt(written.service, written.phase, ())
    _check_unchanged(written, files)
    try:
        new = [entry.path for entry in written.journal.entries if entry.before is None]
        made, said = repo.commit(written.paths, message, new=new)
    except BaseException:
        restore.settle(written.journal, files, repo, force=True)
        raise
    restore.finish(written.journal, files, repo)
    return Receipt(written.service, written.phase, written.paths, made, subject, said)


def _check_unchanged(written: Written, files: Files) -> None:
    for entry in written.journal.entries:
        there = files.read(entry.path) if files.exists(entry.path) else None
        if journal.digest(there) != entry.after:
            raise RefusedError(
                f"{entry.path} was edited after the wizard wrote it, so the commit would not be what was shown",
                where=entry.path,
                next_step="run the phase again: it plans on what is there now; commit your edit first to keep it",
            )
