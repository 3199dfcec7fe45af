"""The stack's git repository: what the wizard may ask of it and do to it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from wizard.adapters.files.errors import is_there
from wizard.adapters.git import state as git_state
from wizard.adapters.git.log import Kept, linked, read_log
from wizard.adapters.git.run import run
from wizard.errors import RefusedError, RepositoryError, UsageError, WizardError
from wizard.rules.text import program_output
from wizard.values.lean import replace
from wizard.values.receipt import PhaseCommit
from wizard.values.spec import MANIFESTS

LOST = "lost-trailers.json"
_MESSAGE_HOOKS = ("prepare-commit-msg", "commit-msg")


class Repo(Protocol):
    """One work tree. Paths are relative to `root`, the stack's folder, with forward slashes."""

    @property
    def root(self) -> Path:
        """The stack's folder: the top of the work tree, or one below it."""

    def head(self) -> str:
        """Returns the full hash of HEAD, `''` before the first commit."""

    def branch(self) -> str:
        """Returns the branch, `''` when HEAD is detached."""

    def busy(self) -> WizardError | None:
        """Returns what keeps everybody from writing (read-only, merge or rebase in progress, index locked), or None."""

    def trouble(self) -> WizardError | None:
        """Returns why the wizard may not commit now: `busy`, a detached HEAD, no identity; or None."""

    def dirty(self, paths: Sequence[str]) -> tuple[str, ...]:
        """Returns those of these paths that are staged, unstaged, untracked, ignored or hidden, and exist; sorted."""

    def hidden(self, paths: Sequence[str]) -> tuple[str, ...]:
        """Returns those of these paths that git was told not to look at (index flags) and would commit wrongly."""

    def commit(self, paths: Sequence[str], message: str, *, new: Sequence[str] | None = None) -> tuple[str, str]:
        """Commits exactly these paths: (hash, what the hooks said). Raises `RefusedError`, index as before.

        `new`: which of them git does not track yet; saves git a look when the caller knows.
        """

    def taken_in(self, commit: str, paths: Sequence[str]) -> tuple[str, ...]:
        """Returns the other files that a commit of these paths changed, from the top: a hook took them in."""

    def log(self, service: str | None = None) -> tuple[PhaseCommit, ...]:
        """Returns the wizard's commits, newest first, of one service or of all."""

    def records(self) -> bool:
        """Tells whether the trailers of a commit may be lost here, so that manifests say what was committed: there is a
        hook that gets the message, or they were lost or recorded before.
        """

    def keep_trailers(self, commit: str, message: str) -> Kept:
        """Remembers what `message` says of a phase if the commit does not say it (any more); returns who knows it."""

    def show(self, commit: str, path: str) -> str | None:
        """Returns the text of a file in a commit as it would stand in the work tree, or None."""

    def committed(self, paths: Sequence[str], since: str) -> tuple[str, ...]:
        """Returns those of these paths that commits after `since` (a hash, `''` for none) changed."""

    def last_change(self, path: str) -> str:
        """Returns the hash of the last commit that changed a path, `''` for none."""

    def changes(self, commit: str) -> tuple[tuple[str, int, int], ...]:
        """Returns the paths a commit changed, each with its permission bits before and after (0: absent)."""

    def forget(self, paths: Sequence[str]) -> None:
        """Takes merely announced (`git add -N`) entries of these paths out of the index."""

    def settle(self, paths: Sequence[str]) -> None:
        """Makes the index say of these paths what HEAD says."""

    def locks(self) -> frozenset[str]:
        """Returns which of git's locks are there now, each told apart from a later one of the same name."""

    def remove_locks(self, others: frozenset[str]) -> tuple[str, ...]:
        """Removes git's locks but `others` (of `locks`), unless a git process works here; names them."""

    def git_path(self, name: str) -> Path:
        """Returns where the wizard keeps `name` inside git's folder; the folder may not exist yet."""

    def switch_new(self, branch: str) -> None:
        """Starts a branch here and switches to it. Raises `UsageError`, `RefusedError`."""

    def author(self) -> str:
        """Returns `Name <mail>` of who commits. Raises `RepositoryError` when git does not know."""


class GitRepo:
    """`Repo` through the git program, from any folder inside; its root is the top folder of the work tree.

    Raises `RepositoryError`: none, bare, owned by another user.
    """

    def __init__(self, folder: str | Path) -> None:
        self._set(git_state.find(Path(folder).absolute()))

    @classmethod
    def open(cls, folder: str | Path) -> GitRepo:
        """Returns the repository of a stack that lies in `folder`, top or not: the root is `folder`, all paths are
        below it.
        """
        repo = cls(folder)
        top, real = repo.root.resolve(), Path(folder).resolve()
        if not real.is_relative_to(top):
            raise RepositoryError(
                f"the repository of {folder} keeps its files elsewhere, in {top} (`core.worktree`)",
                where=str(folder),
                next_step=f"start the wizard there: -C {top}",
            )
        below = real.relative_to(top).as_posix()
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
        from wizard.adapters.git.clean import changed

        return changed(self._place, paths)

    def hidden(self, paths: Sequence[str]) -> tuple[str, ...]:
        """See `Repo.hidden`."""
        from wizard.adapters.git.clean import hidden

        return hidden(self._place, paths)

    def commit(self, paths: Sequence[str], message: str, *, new: Sequence[str] | None = None) -> tuple[str, str]:
        """See `Repo.commit`."""
        from wizard.adapters.git.commit import commit_only

        outcome = commit_only(self._place, paths, message, new)
        return self.head(), program_output("\n".join(part for part in (outcome.out, outcome.err) if part.strip()))

    def taken_in(self, commit: str, paths: Sequence[str]) -> tuple[str, ...]:
        """See `Repo.taken_in`."""
        from wizard.adapters.git.commit import taken_in

        return taken_in(self._place, commit, paths)

    def log(self, service: str | None = None) -> tuple[PhaseCommit, ...]:
        """See `Repo.log`."""
        found = made = read_log(self._place, service)
        # Manifests that were taken back are in no folder any more, but what took them back names their commits.
        known = {commit.commit for commit in made}
        if self.records() or any(commit.reverts and commit.reverts not in known for commit in made):
            from wizard.adapters.git.lost import with_lost
            from wizard.adapters.git.recorded import in_order, with_recorded

            found = with_recorded(self._place, with_lost(self._place, self.git_path(LOST), made, service), service)
            found = in_order(self._place, found) if found != made else made
        return linked(found)

    def records(self) -> bool:
        """See `Repo.records`."""
        hooks = (self._place.hooks / name for name in _MESSAGE_HOOKS)
        if is_there(self.git_path(LOST)) or any(os.access(hook, os.X_OK) for hook in hooks):
            return True
        if not is_there(self.root / MANIFESTS):
            return False
        from wizard.adapters.git.recorded import are_there

        return are_there(self._place)

    def keep_trailers(self, commit: str, message: str) -> Kept:
        """See `Repo.keep_trailers`."""
        from wizard.adapters.git.lost import keep

        return keep(self._place, self.git_path(LOST), commit, message)

    def show(self, commit: str, path: str) -> str | None:
        """See `Repo.show`."""
        if not commit:
            return None
        outcome = run(self.root, "cat-file", "--filters", f"{commit}:{self._place.prefix}{path}")
        return outcome.out if outcome.ok else None

    def committed(self, paths: Sequence[str], since: str) -> tuple[str, ...]:
        """See `Repo.committed`."""
        if not paths:
            return ()
        span = f"{since}..HEAD" if since else "HEAD"
        words = ("log", "--format=", "--name-only", "--no-renames", "--no-ext-diff", "-z", span, "--")
        outcome = run(self.root, *words, *self._place.literal(paths))
        found = set(self._place.own(outcome.out.split("\0"))) if outcome.ok else set()
        return tuple(path for path in paths if path in found)

    def last_change(self, path: str) -> str:
        """See `Repo.last_change`."""
        return run(self.root, "log", "-1", "--format=%H", "--", *self._place.literal([path])).out.strip()

    def changes(self, commit: str) -> tuple[tuple[str, int, int], ...]:
        """See `Repo.changes`."""
        from wizard.adapters.git.history import changed_by

        found = changed_by(self._place, commit)
        return tuple(
            (path.removeprefix(self._place.prefix), old, new)
            for path, old, new in found
            if path.startswith(self._place.prefix)
        )

    def forget(self, paths: Sequence[str]) -> None:
        """See `Repo.forget`."""
        from wizard.adapters.git.commit import forget_intended

        forget_intended(self._place, paths)

    def settle(self, paths: Sequence[str]) -> None:
        """See `Repo.settle`."""
        from wizard.adapters.git.commit import match_index

        match_index(self._place, paths)

    def locks(self) -> frozenset[str]:
        """See `Repo.locks`."""
        return frozenset(git_state.mark_of(path) for path in git_state.locks(self._place))

    def remove_locks(self, others: frozenset[str]) -> tuple[str, ...]:
        """See `Repo.remove_locks`."""
        return git_state.remove_locks(self._place, others)

    def git_path(self, name: str) -> Path:
        """See `Repo.git_path`."""
        return self._place.git_dir / "stack-wizard" / quote(self._place.prefix, safe="") / name

    def switch_new(self, branch: str) -> None:
        """See `Repo.switch_new`."""
        if branch.startswith("-") or not run(self.root, "check-ref-format", f"refs/heads/{branch}").ok:
            raise UsageError(f"{branch!r} is not a name for a branch", next_step="use letters, digits, '-' and '/'")
        outcome = run(self.root, "switch", "--quiet", "-c", branch, read_only=False)
        if not outcome.ok:
            raise RefusedError(
                f"git switch -c {branch}: {program_output(outcome.err)}", next_step="name another branch"
            )

    def author(self) -> str:
        """See `Repo.author`."""
        if not self._author:
            outcomes = [run(self.root, "var", f"GIT_{role}_IDENT") for role in ("AUTHOR", "COMMITTER")]
            if not all(outcome.ok for outcome in outcomes):
                from wizard.adapters.git.commit import no_identity

                raise no_identity()
            # `Name <mail> 1700000000 +0000`
            self._author = program_output(outcomes[0].out.strip().rsplit(" ", 2)[0])
        return self._author
