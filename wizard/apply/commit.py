"""Commits what was written, or puts it back; says what is found afterwards, not what was meant."""

from __future__ import annotations

from contextlib import suppress

from wizard.adapters.files.files import Files
from wizard.adapters.git.repo import Repo
from wizard.apply import journal, restore
from wizard.apply.restore import Settled
from wizard.apply.write import Written
from wizard.errors import RefusedError, WizardError
from wizard.values.receipt import Receipt

MOST_NAMED = 5
"""Files that a warning names."""


def commit(written: Written, message: str, files: Files, repo: Repo) -> Receipt:
    """Makes one commit of exactly the written paths, with the repository's hooks and signing.

    Raises `RefusedError` with the hook's output when git refuses: every file and the index are then as before `write`,
    and a text that somebody (a hook, an editor) saved meanwhile is kept aside and named. Raises it as well, and leaves
    everything, when a file was edited or the branch was changed after `write`.
    """
    if not written.paths:
        return Receipt(written.service, written.phase, ())
    _check_unchanged(written, files, repo)
    said, warnings = "", []
    try:
        journal.mark(repo)
        new = [entry.path for entry in written.journal.entries if entry.before is None]
        _, said = repo.commit(written.paths, message, new=new)
        _check_whole(written, repo)
    except WizardError as error:
        found = restore.settle(written.journal, files, repo, force=True)
        if not found.has_all(written.journal):
            raise _refusal(error, found, _empty(written, found, repo)) from error
        warnings.append(f"git did not end well, but the commit is there: {error.message}")
    except BaseException as end:
        found = restore.settle(written.journal, files, repo, force=True)
        for note in (f"the commit {repo.head()[:10]} had been made",) if found.committed else _kept(found):
            end.add_note(note)
        raise
    else:
        restore.finish(written.journal, files, repo)
    made = repo.head()
    warnings += _otherwise(written, made, files, repo)
    lost = repo.keep_trailers(made, message)
    if lost:
        known = "by the manifest" if lost == "manifest" else "in this clone only"
        warnings.append(
            f"a hook changed the message of {made[:10]}, and the trailers that tell of the phase are lost: "
            f"undo and History know the phase {known}"
        )
    return Receipt(
        written.service, written.phase, written.paths, made, message.split("\n", 1)[0], said, tuple(warnings)
    )


def _otherwise(written: Written, made: str, files: Files, repo: Repo) -> list[str]:
    """Says what somebody changed between the last look and the commit: a hook that formats, an editor, another git."""
    saved = [entry.path for entry in written.journal.entries if journal.digest(_text(entry.path, files)) != entry.after]
    open_ = repo.dirty(saved)
    found = [
        f"{path} was changed by a hook or an editor after it was shown, and {made[:10]} has it "
        + ("not so: that change is not committed" if path in open_ else "so")
        for path in saved
    ]
    beside = repo.taken_in(made, written.paths)
    if beside:
        found.append(
            f"a hook took more into {made[:10]}: {', '.join(beside[:MOST_NAMED])}{', …' * (len(beside) > MOST_NAMED)}"
        )
    now = repo.branch()
    if now != written.branch:
        found.append(f"the branch was changed meanwhile: {made[:10]} is on {now or 'none (HEAD is detached)'}")
    return found


def _text(path: str, files: Files) -> str | None:
    try:
        return files.read(path) if files.exists(path) else None
    except WizardError:
        return None


def _check_unchanged(written: Written, files: Files, repo: Repo) -> None:
    for entry in written.journal.entries:
        there = files.read(entry.path) if files.exists(entry.path) else None
        if journal.digest(there) != entry.after:
            raise RefusedError(
                f"{entry.path} was edited after the wizard wrote it, so the commit would not be what was shown",
                where=entry.path,
                next_step="run the phase again: it plans on what is there now; commit your edit first to keep it",
            )
    now = repo.branch()
    if now != written.branch:
        raise RefusedError(
            f"the branch is {now or 'none (HEAD is detached)'} now, and the phase was written on {written.branch}",
            where=str(repo.root),
            next_step=f"go back (`git switch {written.branch}`) and run the phase again, or run it on this branch",
        )


def _check_whole(written: Written, repo: Repo) -> None:
    """Raises `RefusedError` when HEAD does not hold everything that was written: a hook may take a file out."""
    made = repo.committed(written.paths, written.journal.head)
    left = repo.dirty([path for path in written.paths if path not in made])
    if left:
        raise RefusedError(
            f"git made the commit without {', '.join(left)}", where=left[0], next_step="run the phase again"
        )


def _empty(written: Written, found: Settled, repo: Repo) -> str:
    """Returns the commit that holds none of the files although it says that it does: a hook took out all of them."""
    head = repo.head()
    if found.committed or head == written.journal.head:
        return ""
    with suppress(WizardError):
        return next((made.commit for made in repo.log(written.service) if made.commit == head), "")
    return ""


def _refusal(error: WizardError, found: Settled, empty: str) -> RefusedError:
    """The error with what is so now."""
    if found.committed:
        now = f"committed are {', '.join(found.committed)}; the other files are as before"
    elif empty:
        away = f"git reset --soft {empty[:10]}^"
        now = f"the commit {empty[:10]} holds nothing (`{away}` takes it away), and the files are as before"
    else:
        now = "nothing was committed and the files are as before"
    by_hand = "where a hook formats all it is given, write with --no-commit and commit by hand" if found.aside else ""
    message = "\n".join([error.message, *_kept(found)])
    return RefusedError(
        message, where=error.where, next_step="; ".join(part for part in (now, error.next_step, by_hand) if part)
    )


def _kept(found: Settled) -> tuple[str, ...]:
    return tuple(
        f"{path} was saved or reformatted meanwhile; that text is kept in {where}" for path, where in found.aside
    )
