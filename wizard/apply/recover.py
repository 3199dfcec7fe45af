"""Puts right what an interrupted run left, before anything else is done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from wizard.adapters.files.durable import is_scratch
from wizard.adapters.files.errors import is_there
from wizard.adapters.files.files import Files
from wizard.adapters.git.repo import Repo
from wizard.apply import journal
from wizard.apply.journal import Journal


def recover(files: Files, repo: Repo) -> tuple[str, ...]:
    """Finishes or undoes an apply that was killed; one sentence for each thing done, `()` when there was nothing to do.

    The commit had happened: only the journal goes. Else files that still hold exactly what was written are put back,
    files edited since are kept and named. Call it while holding the session's lock: a living run has a journal too.
    Raises `RepositoryError` while git is still at work there, `RefusedError` when a file cannot be restored.
    """
    sweep(repo)
    noted = journal.load(repo)
    if noted is None:
        return ()
    from wizard.apply import restore

    others = journal.locks_of_others(repo)
    locks = repo.remove_locks(others) if others is not None else ()
    said = [f"an interrupted run's git had left a lock, which is removed: {lock}" for lock in locks]
    busy = repo.busy()
    if busy is not None:
        raise busy
    journal.mark(repo)
    what = f"phase {noted.phase} of {noted.service}"
    found = restore.settle(noted, files, repo)
    if found.committed:
        rest = "" if found.has_all(noted) else f" in part: {', '.join(found.committed)}"
        said.append(f"an interrupted run had already committed {what}{rest}")
    back = [path for path in noted.paths if path not in (*found.kept, *found.committed)]
    said += [f"an interrupted run of {what} was put back: {', '.join(back)}"] if back else []
    said += [f"{path} was edited after an interrupted run of {what} wrote it; it stays as it is" for path in found.kept]
    return tuple(said)


def left_behind(repo: Repo) -> bool:
    """Tells whether a killed run left anything in git's folder: a journal, or half of a file there."""
    return is_there(journal.place(repo)) or any(True for _ in _scratches(repo))


def sweep(repo: Repo) -> None:
    """Removes half-written files in the wizard's own folder inside git's."""
    for path in _scratches(repo):
        with suppress(OSError):
            path.unlink()


def _scratches(repo: Repo) -> Iterator[Path]:
    own = journal.place(repo).parent
    for folder in (own, own / "drafts"):
        with suppress(OSError):
            yield from (path for path in folder.iterdir() if is_scratch(path.name))


def interrupted(repo: Repo) -> Journal | None:
    """Returns the journal of an interrupted run, without touching anything: for commands that only look."""
    return journal.load(repo)
