"""What is asked of a repository now and then, through GitPython: its import takes as long as eight commits."""

from __future__ import annotations

from pathlib import Path

from wizard.adapters.git_state import Place
from wizard.errors import RefusedError, RepositoryError

_RIGHTS = 0o777


def changed_by(place: Place, commit: str) -> tuple[tuple[str, int, int], ...]:
    """The paths a commit changed against its first parent: (path from the top, mode before, mode after), 0 for absent.

    Raises `RepositoryError` when the commit is not there (a shallow clone).
    """
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
    except (GitError, ODBError, ValueError) as error:
        raise RepositoryError(
            f"commit {commit[:12]} cannot be read", where=str(place.top), next_step="fetch the missing history"
        ) from error


def create(folder: Path, branch: str) -> None:
    """A new repository in `folder`, made when missing, on an unborn `branch`. Raises `RefusedError`: one is there."""
    from git import Repo

    if (folder / ".git").exists():
        raise RefusedError(f"{folder} is a repository already", where=str(folder), next_step="name another folder")
    Repo.init(folder, mkdir=True, initial_branch=branch).close()
