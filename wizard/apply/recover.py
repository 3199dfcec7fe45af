"""Puts right what an interrupted run left, before anything else is done."""

from __future__ import annotations

from wizard.adapters.files import Files
from wizard.adapters.repo import Repo
from wizard.apply import journal, restore
from wizard.apply.journal import Journal


def recover(files: Files, repo: Repo) -> tuple[str, ...]:
    """Finish or undo an apply that was killed; one sentence for each thing done, `()` when there was nothing to do.

    The commit had happened: only the journal goes. Else files that still hold exactly what was written are put back,
    files edited since are kept and named. Call it while holding the session's lock: a living run has a journal too.
    Raises `RepositoryError` while git is still at work there, `RefusedError` when a file cannot be restored.
    """
    noted = journal.load(repo)
    if noted is None:
        return ()
    busy = repo.busy()
    if busy is not None:
        raise busy
    what = f"phase {noted.phase} of {noted.service}"
    kept = restore.settle(noted, files, repo)
    if kept is None:
        return (f"an interrupted run had already committed {what}",)
    back = [path for path in noted.paths if path not in kept]
    said = [f"an interrupted run of {what} was put back: {', '.join(back)}"] if back else []
    said += [f"{path} was edited after an interrupted run of {what} wrote it; it stays as it is" for path in kept]
    return tuple(said)


def interrupted(repo: Repo) -> Journal | None:
    """The journal of an interrupted run, without touching anything: for commands that only look."""
    return journal.load(repo)
