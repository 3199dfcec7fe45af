"""One commit of the wizard's own paths; the engineer's index is afterwards as before, whatever happens."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from wizard.adapters.files.errors import is_there, unwritable
from wizard.adapters.git.run import Outcome, run
from wizard.adapters.git.state import Place, git_process, locks
from wizard.errors import RefusedError, RepositoryError, WizardError
from wizard.rules.text import program_output

COMMIT_SECONDS = 600.0
_STEP = "correct what the output names, then try again"


def commit_only(place: Place, paths: Sequence[str], message: str, new: Sequence[str] | None = None) -> Outcome:
    """Runs `git commit --only` for `paths` (new, changed or removed) with the repository's hooks and signing.

    `new`: those that git does not track yet, when the caller knows; else git is asked, once it has refused to commit.
    Raises `RefusedError` with git's and the hooks' output when it fails; the index is then byte for byte as it was.
    """
    index = place.git_dir / "index"
    before = announced = _bytes(index)
    others = frozenset(locks(place))
    ended = False  # by itself: git that is killed may leave its locks
    try:
        if new:
            announced = _announce(place, new)
        outcome = _commit(place, paths, message)
        if not outcome.ok and new is None and (unknown := _untracked(place, paths)):
            announced = _announce(place, unknown)
            outcome = _commit(place, paths, message)
        ended = outcome.code >= 0
        if not outcome.ok:
            raise _refusal(outcome)
    except BaseException:
        if not ended:
            _remove_own_locks(place, others)
        _restore(place, index, before, announced, paths)
        raise
    if is_there(place.hooks / "pre-commit"):
        _follow_hook(place, paths)
    return outcome


def _remove_own_locks(place: Place, others: frozenset[Path]) -> None:
    """Removes what the git that we started left when it was killed; what was there before it is somebody else's."""
    found = [lock for lock in locks(place) if lock not in others]
    if found and not git_process(place.top):
        for lock in found:
            lock.unlink(missing_ok=True)


def forget_intended(place: Place, paths: Sequence[str]) -> None:
    """Takes entries that are only intended (`git add -N`) out of the index again. Raises `RepositoryError`: locked."""
    if not paths:
        return
    outcome = run(place.top, "status", "--porcelain=v2", "-z", "--untracked-files=no", "--", *place.literal(paths))
    # https://git-scm.com/docs/git-status#_porcelain_format_version_2
    entries = [entry.split(" ", 8) for entry in outcome.out.split("\0")]
    unstaged = [(e[1], e[8]) for e in entries if len(e) == 9 and e[0] == "1" and e[1][0] == "."]
    names = [name for state, name in unstaged if state == ".A" or (state == ".D" and not _in_head(place, name))]
    if names:
        given = "".join(f"{name}\0" for name in names)
        done = run(place.top, "update-index", "--force-remove", "-z", "--stdin", given=given, read_only=False)
        if not done.ok:
            raise RepositoryError(
                f"the index still names {', '.join(names)}: {program_output(done.err)}",
                where=str(place.git_dir / "index"),
                next_step="when no other git is at work there, start the wizard again",
            )


def _in_head(place: Place, name: str) -> bool:
    """Asked for files that are gone from the disk: of those, status does not tell intended from tracked."""
    return run(place.top, "cat-file", "-e", f"HEAD:{name}").ok


def match_index(place: Place, paths: Sequence[str]) -> None:
    """Makes the index say of `paths` what HEAD says; nothing else in it changes."""
    run(place.top, "reset", "--quiet", "--", *place.literal(paths), read_only=False)


def _commit(place: Place, paths: Sequence[str], message: str) -> Outcome:
    words = ("commit", "--quiet", "--only", "--cleanup=whitespace", "--file=-", "--", *place.literal(paths))
    # Housekeeping costs as much as a small commit, and works on in the background; the engineer's next commit does it.
    config = ("-c", "i18n.commitEncoding=utf-8", "-c", "maintenance.auto=false")
    return run(place.top, *config, *words, given=message, read_only=False, seconds=COMMIT_SECONDS)


def _untracked(place: Place, paths: Sequence[str]) -> tuple[str, ...]:
    """Of these, the ones that are there and that git does not track: it refuses them before any hook runs."""
    outcome = run(place.top, "ls-files", "-z", "--", *place.literal(paths))
    tracked = set(place.own(outcome.out.split("\0")))
    return tuple(path for path in paths if path not in tracked and os.path.lexists(place.root / path))


def _announce(place: Place, paths: Sequence[str]) -> bytes | None:
    """`commit --only` knows tracked paths only, so new ones are announced first. Returns the index after that."""
    index = place.git_dir / "index"
    present = [path for path in paths if os.path.lexists(place.root / path)]
    if not present:
        return _bytes(index)
    outcome = run(place.top, "add", "--intent-to-add", "--", *place.literal(present), read_only=False)
    if outcome.ok:
        return _bytes(index)
    said = program_output(outcome.err)
    if "ignored by one of your" in said:
        names = [name for name in place.own(said.splitlines()) if name in present]
        raise RefusedError(
            f"git ignores {', '.join(names)}, so it cannot be committed",
            where=names[0] if names else "",
            next_step="see which rule it is (`git check-ignore -v PATH`) and make an exception with `!PATH`",
        )
    raise RefusedError(f"git add: {said}", next_step=_STEP)


def _refusal(outcome: Outcome) -> WizardError:
    said = program_output("\n".join(part for part in (outcome.out, outcome.err) if part.strip()))
    if "Please tell me who you are" in said or "empty ident name" in said:
        return no_identity()
    if "gpg failed to sign" in said or "failed to write commit object" in said:
        step = "unlock your signing key in another terminal, then try again"
        return RefusedError(f"the commit could not be signed:\n{said}", next_step=step)
    if outcome.code < 0:
        return RefusedError(f"git commit was killed by signal {-outcome.code}\n{said}".rstrip(), next_step=_STEP)
    return RefusedError(f"the commit was refused:\n{said or 'a hook failed without a word'}", next_step=_STEP)


def no_identity() -> WizardError:
    """Returns the error for a git that does not know who commits."""
    return RepositoryError(
        "git does not know who you are",
        next_step='git config user.name "Your Name" && git config user.email you@example.org',
    )


def _restore(place: Place, index: Path, before: bytes | None, announced: bytes | None, paths: Sequence[str]) -> None:
    """Put the index back: byte for byte when only the announcement changed it, else by taking that out of it."""
    now = _bytes(index)
    if now == before:
        return
    if announced is not None and now == announced:
        _swap(index, index.with_name("index.lock"), before)
    else:
        forget_intended(place, paths)


def _swap(index: Path, lock: Path, data: bytes | None) -> None:
    """Replace the index as git does, through its lock; None: there was none."""
    try:
        handle = os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data or b"")
            stream.flush()
            os.fsync(handle)
        if data is None:
            index.unlink()
            lock.unlink()
        else:
            lock.chmod(index.stat().st_mode & 0o777)
            lock.replace(index)
    except BaseException as error:
        lock.unlink(missing_ok=True)  # nobody else can have it: it was not renamed
        if isinstance(error, OSError):
            raise unwritable(str(index), error) from error
        raise


def _follow_hook(place: Place, paths: Sequence[str]) -> None:
    """A hook that reformats and adds changes the commit, but git leaves the index as it was before the hook.

    Of files that are not ours, it would say that the next commit takes away what the hook has added.
    """
    stale = run(place.top, "diff", "--cached", "--quiet", "--no-ext-diff", "--", *place.literal(paths))
    if stale.code == 1:
        match_index(place, paths)
    added = taken_in(place, "HEAD", paths)
    if not added:
        return
    words = ("diff", "--cached", "--name-only", "-z", "--no-renames", "--no-ext-diff", "HEAD^", "--")
    staged = run(place.top, *words, *_from_top(added))  # by the engineer: those stay
    rest = [name for name in added if name not in staged.out.split("\0")]
    if staged.ok and rest:
        run(place.top, "reset", "--quiet", "--", *_from_top(rest), read_only=False)


def taken_in(place: Place, commit: str, paths: Sequence[str]) -> tuple[str, ...]:
    """Returns the other files that a commit of `paths` changed, from the top: those that a hook took in."""
    if not is_there(place.hooks / "pre-commit"):
        return ()
    words = ("diff-tree", "-r", "-z", "--root", "--name-only", "--no-commit-id", "--no-renames", "--no-ext-diff")
    own = {"", *(f"{place.prefix}{path}" for path in paths)}
    return tuple(name for name in run(place.top, *words, commit).out.split("\0") if name not in own)


def _from_top(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(f":(top,literal){name}" for name in names)


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
