"""The stack's git repository: what the wizard may ask of it and do to it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from wizard.adapters import git_state
from wizard.adapters.git_log import read_log
from wizard.adapters.git_run import plain, run
from wizard.errors import RefusedError, RepositoryError, UsageError, WizardError
from wizard.values.lean import replace
from wizard.values.receipt import PhaseCommit


class Repo(Protocol):
    """One work tree. Paths are relative to `root`, the stack's folder, with forward slashes."""

    @property
    def root(self) -> Path:
        """The stack's folder: the top of the work tree, or one below it."""

    def head(self) -> str:
        """The full hash of HEAD, `''` before the first commit."""

    def branch(self) -> str:
        """The branch, `''` when HEAD is detached."""

    def busy(self) -> WizardError | None:
        """What keeps everybody from writing (read-only, merge or rebase in progress, index locked), or None."""

    def trouble(self) -> WizardError | None:
        """Why the wizard may not commit now: `busy`, a detached HEAD, no identity; or None."""

    def dirty(self, paths: Sequence[str]) -> tuple[str, ...]:
        """Of these, the staged, unstaged, untracked and ignored ones that exist; sorted."""

    def commit(self, paths: Sequence[str], message: str, *, new: Sequence[str] | None = None) -> tuple[str, str]:
        """Commit exactly these paths: (hash, what the hooks said). Raises `RefusedError`, index as before.

        `new`: which of them git does not track yet; saves git a look when the caller knows.
        """

    def log(self, service: str | None = None) -> tuple[PhaseCommit, ...]:
        """The wizard's commits, newest first, of one service or of all."""

    def show(self, commit: str, path: str) -> str | None:
        """The text of a file in a commit as it would stand in the work tree, or None."""

    def committed(self, paths: Sequence[str], since: str) -> bool:
        """True when commits after `since` (a hash, `''` for none) changed every one of these paths."""

    def changes(self, commit: str) -> tuple[tuple[str, int, int], ...]:
        """The paths a commit changed, each with its permission bits before and after (0: absent)."""

    def forget(self, paths: Sequence[str]) -> None:
        """Take merely announced (`git add -N`) entries of these paths out of the index."""

    def settle(self, paths: Sequence[str]) -> None:
        """Make the index say of these paths what HEAD says."""

    def git_path(self, name: str) -> Path:
        """Where the wizard keeps `name` inside git's folder; the folder may not exist yet."""

    def switch_new(self, branch: str) -> None:
        """Start a branch here and switch to it. Raises `UsageError`, `RefusedError`."""

    def author(self) -> str:
        """`Name <mail>` of who commits. Raises `RepositoryError` when git does not know."""


class GitRepo:
    """`Repo` through the git program, from any folder inside; its root is the top folder of the work tree.

    Raises `RepositoryError`: none, bare, owned by another user.
    """

    def __init__(self, folder: str | Path) -> None:
        self._set(git_state.find(Path(folder).absolute()))

    @classmethod
    def open(cls, folder: str | Path) -> GitRepo:
        """The repository of a stack that lies in `folder`, top or not: the root is `folder`, all paths are below it."""
        repo = cls(folder)
        below = Path(folder).resolve().relative_to(repo.root.resolve()).as_posix()
        if below != ".":
            repo._set(replace(repo._place, prefix=f"{below}/"))
        return repo

    def _set(self, place: git_state.Place) -> None:
        self._place = place
        self.root = place.root
        self._author = ""

    def head(self) -> str:
        """See `Repo.head`."""
        _, found = git_state.read_head(self._place)
        return found or run(self.root, "rev-parse", "--quiet", "--verify", "HEAD").out.strip()

    def branch(self) -> str:
        """See `Repo.branch`."""
        branch, found = git_state.read_head(self._place)
        if branch and branch != ".invalid":
            return branch
        return "" if found else run(self.root, "symbolic-ref", "--quiet", "--short", "HEAD").out.strip()

    def busy(self) -> WizardError | None:
        """See `Repo.busy`."""
        place = self._place
        return git_state.read_only(place) or git_state.operation(place) or git_state.locked(place)

    def trouble(self) -> WizardError | None:
        """See `Repo.trouble`."""
        found = self.busy()
        if found is not None:
            return found
        if not self.branch():
            return RepositoryError(
                "HEAD is detached: a commit made now would belong to no branch",
                where=str(self.root),
                next_step="start a branch here: git switch -c NAME",
            )
        try:
            self.author()
        except RepositoryError as error:
            return error
        return None

    def dirty(self, paths: Sequence[str]) -> tuple[str, ...]:
        """See `Repo.dirty`."""
        if not paths:
            return ()
        words = ("status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--ignored=matching", "--")
        outcome = run(self.root, *words, *self._place.literal(paths))
        if not outcome.ok:
            raise RepositoryError(f"git status: {plain(outcome.err)}", where=str(self.root), next_step="run `git fsck`")
        names = (entry[3:].rstrip("/") for entry in outcome.out.split("\0") if len(entry) > 3)
        return tuple(sorted(self._place.own(names)))

    def commit(self, paths: Sequence[str], message: str, *, new: Sequence[str] | None = None) -> tuple[str, str]:
        """See `Repo.commit`."""
        from wizard.adapters.git_commit import commit_only

        outcome = commit_only(self._place, paths, message, new)
        return self.head(), plain("\n".join(part for part in (outcome.out, outcome.err) if part.strip()))

    def log(self, service: str | None = None) -> tuple[PhaseCommit, ...]:
        """See `Repo.log`."""
        return read_log(self._place, service)

    def show(self, commit: str, path: str) -> str | None:
        """See `Repo.show`."""
        if not commit:
            return None
        outcome = run(self.root, "cat-file", "--filters", f"{commit}:{self._place.prefix}{path}")
        return outcome.out if outcome.ok else None

    def committed(self, paths: Sequence[str], since: str) -> bool:
        """See `Repo.committed`."""
        span = f"{since}..HEAD" if since else "HEAD"
        words = ("log", "--format=", "--name-only", "--no-renames", "--no-ext-diff", "-z", span, "--")
        outcome = run(self.root, *words, *self._place.literal(paths))
        return outcome.ok and bool(paths) and set(paths) <= set(self._place.own(outcome.out.split("\0")))

    def changes(self, commit: str) -> tuple[tuple[str, int, int], ...]:
        """See `Repo.changes`."""
        from wizard.adapters.git_history import changed_by

        found = changed_by(self._place, commit)
        return tuple(
            (path.removeprefix(self._place.prefix), old, new)
            for path, old, new in found
            if path.startswith(self._place.prefix)
        )

    def forget(self, paths: Sequence[str]) -> None:
        """See `Repo.forget`."""
        from wizard.adapters.git_commit import forget_intended

        forget_intended(self._place, paths)

    def settle(self, paths: Sequence[str]) -> None:
        """See `Repo.settle`."""
        from wizard.adapters.git_commit import match_index

        match_index(self._place, paths)

    def git_path(self, name: str) -> Path:
        """See `Repo.git_path`."""
        return self._place.git_dir / "stack-wizard" / quote(self._place.prefix, safe="") / name

    def switch_new(self, branch: str) -> None:
        """See `Repo.switch_new`."""
        if branch.startswith("-") or not run(self.root, "check-ref-format", f"refs/heads/{branch}").ok:
            raise UsageError(f"{branch!r} is not a name for a branch", next_step="use letters, digits, '-' and '/'")
        outcome = run(self.root, "switch", "--quiet", "-c", branch, read_only=False)
        if not outcome.ok:
            raise RefusedError(f"git switch -c {branch}: {plain(outcome.err)}", next_step="name another branch")

    def author(self) -> str:
        """See `Repo.author`."""
        if not self._author:
            outcomes = [run(self.root, "var", f"GIT_{role}_IDENT") for role in ("AUTHOR", "COMMITTER")]
            if not all(outcome.ok for outcome in outcomes):
                from wizard.adapters.git_commit import no_identity

                raise no_identity()
            # `Name <mail> 1700000000 +0000`
            self._author = plain(outcomes[0].out.strip().rsplit(" ", 2)[0])
        return self._author


def create_repository(folder: Path, branch: str = "main") -> GitRepo:
    """A new repository in `folder` (made when missing) on an unborn `branch`. Raises `RefusedError`: one is there."""
    from wizard.adapters.git_history import create

    create(folder, branch)
    return GitRepo(folder)
