"""What taking a phase back asks of git: which paths a commit changed, and a three-way merge of texts."""

from __future__ import annotations

import tempfile
from pathlib import Path

from wizard.adapters.git.run import run
from wizard.adapters.git.state import Place
from wizard.errors import RepositoryError
from wizard.rules.text import program_output

_RIGHTS = 0o777
_SHA256 = 64
"""Digits of a hash in a repository with `extensions.objectFormat = sha256`, which GitPython cannot read."""


def changed_by(place: Place, commit: str) -> tuple[tuple[str, int, int], ...]:
    """Returns what a commit changed against its first parent: (path from the top, mode before, after), 0 for absent.

    Raises `RepositoryError` when the commit is not there (a shallow clone).
    """
    if len(commit) == _SHA256:
        return _by_git(place, commit)
    # GitPython's import takes as long as eight commits: only who undoes pays for it.
    from git import NULL_TREE, Repo
    from git.exc import GitError, ODBError

    try:
        with Repo(place.top) as library:
            # A hook that starts the wizard may point git elsewhere.
            library.git.update_environment(GIT_DIR=str(place.git_dir), GIT_WORK_TREE=str(place.top))
            made = library.commit(commit)
            before = made.parents[0] if made.parents else None
            found = before.diff(made, no_renames=True) if before else made.diff(NULL_TREE, no_renames=True)
            return tuple(
                (c.b_path or c.a_path or "", (c.a_mode or 0) & _RIGHTS, (c.b_mode or 0) & _RIGHTS) for c in found
            )
    except OSError as error:
        raise RepositoryError(
            f"git could not be asked: {error.strerror or error}", where=str(place.top), next_step="try again"
        ) from error
    except (GitError, ODBError, ValueError) as error:
        raise _missing(place, commit) from error


def _by_git(place: Place, commit: str) -> tuple[tuple[str, int, int], ...]:
    """Asks git itself, see `changed_by`. The commit names its parent: a shallow clone hides that there is one."""
    raw = run(place.top, "cat-file", "commit", commit)
    head = raw.out.partition("\n\n")[0].split("\n")
    parents = [line.removeprefix("parent ") for line in head if line.startswith("parent ")]
    words = ("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-ext-diff", "--no-commit-id")
    found = run(place.top, *words, *((parents[0], commit) if parents else ("--root", commit)))
    if not raw.ok or not found.ok:
        raise _missing(place, commit)
    # https://git-scm.com/docs/git-diff#_raw_output_format: `:MODE MODE HASH HASH STATUS`, NUL, path, NUL.
    fields = found.out.split("\0")
    pairs = ((about.lstrip(":").split(" "), path) for about, path in zip(fields[::2], fields[1::2], strict=False))
    return tuple((path, int(modes[0], 8) & _RIGHTS, int(modes[1], 8) & _RIGHTS) for modes, path in pairs)


def _missing(place: Place, commit: str) -> RepositoryError:
    return RepositoryError(
        f"commit {commit[:12]} cannot be read", where=str(place.top), next_step="fetch the missing history"
    )


def merge(current: str, base: str, other: str) -> str | None:
    """Merges the change from `base` to `other` into `current`; None when both change one place, or a text is binary.

    Raises `RepositoryError` when git cannot be run.
    """
    try:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            for name, text in (("current", current), ("base", base), ("other", other)):
                (folder / name).write_bytes(text.encode("utf-8", "surrogateescape"))
            outcome = run(folder, "merge-file", "--quiet", "-p", "current", "base", "other")
    except OSError as error:
        step = "free some space there, or name another folder with TMPDIR"
        message = f"the temporary folder cannot be used: {error.strerror}"
        raise RepositoryError(message, where=tempfile.gettempdir(), next_step=step) from error
    if outcome.ok:
        return outcome.out
    if 0 < outcome.code < 128 or "binary" in outcome.err:
        return None
    raise RepositoryError(f"git merge-file: {program_output(outcome.err)}", next_step="report this as a bug")
