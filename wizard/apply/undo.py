"""Takes a phase back with a new commit."""

from __future__ import annotations

from wizard.adapters.files import Files
from wizard.adapters.git_log import PHASE, REVERTS, SERVICE, in_force
from wizard.adapters.merge import merge
from wizard.adapters.repo import Repo
from wizard.apply.commit import commit
from wizard.apply.write import applied
from wizard.errors import RefusedError, UsageError
from wizard.values.edit import ChangeSet, FileEdit
from wizard.values.phase import Phase
from wizard.values.receipt import PhaseCommit, Receipt


def undo(service: str, phase: Phase | None, files: Files, repo: Repo) -> Receipt:
    """Take the newest commit of a phase (None: of the service) back; what others changed since in the same files stays.

    Raises `UsageError` when nothing of it is applied; `RefusedError` when a later phase stands on it, one of its lines
    was changed since, or a path has uncommitted changes; nothing is changed then.
    """
    standing = in_force(repo.log(service))
    target = _target(service, phase, standing)
    _check_later(target, standing)
    changeset = plan_undo(target, files, repo)
    with applied(changeset, files, repo) as written:
        return commit(written, _message(target), files, repo)


def plan_undo(target: PhaseCommit, files: Files, repo: Repo) -> ChangeSet:
    """The edits that take one commit back. Raises `RefusedError` naming the first path that was changed since."""
    edits = tuple(
        edit
        for path, old, new in repo.changes(target.commit)
        if (edit := _edit(path, old, new, target, files, repo)) is not None
    )
    return ChangeSet(target.service, target.phase, edits)


def _target(service: str, phase: Phase | None, standing: tuple[PhaseCommit, ...]) -> PhaseCommit:
    found = next((commit for commit in standing if phase is None or commit.phase is phase), None)
    if found is None:
        what = f"phase {phase.value} of {service}" if phase else service
        raise UsageError(f"no commit of the wizard for {what} is in force", next_step="see what is: git log --oneline")
    if sum(commit.commit == found.commit for commit in standing) > 1:
        raise RefusedError(
            f"commit {found.commit[:10]} holds several phases (squashed)",
            next_step=f"take it back as a whole: git revert {found.commit[:10]}",
        )
    return found


def _check_later(target: PhaseCommit, standing: tuple[PhaseCommit, ...]) -> None:
    newer = standing[: standing.index(target)]
    later = [commit.phase for commit in newer if commit.phase.number > target.phase.number]
    if later:
        names = ", ".join(phase.value for phase in sorted(set(later), key=lambda phase: phase.number))
        raise RefusedError(
            f"phase {target.phase.value} of {target.service} cannot be taken back: {names} stands on it",
            next_step=f"take the later one back first: stack-wizard undo {target.service} --phase {later[0].value}",
        )


def _edit(path: str, old: int, new: int, target: PhaseCommit, files: Files, repo: Repo) -> FileEdit | None:
    """The edit that takes the commit's change of one file back; None when there is nothing to do any more."""
    there = files.read(path) if files.exists(path) else None
    was = repo.show(f"{target.commit}^", path) if old else None
    made = repo.show(target.commit, path) if new else None
    if there is not None and made is not None and "\r\n" not in there:
        # `core.autocrlf` would check the file out otherwise than it stands here.
        was, made = was and was.replace("\r\n", "\n"), made.replace("\r\n", "\n")
    if there == was:
        return None
    after = was if there == made else _without(path, there, made, was, target)
    return FileEdit(path, there, after, f"takes back phase {target.phase.value}", mode=old or new)


def _without(path: str, there: str | None, made: str | None, was: str | None, target: PhaseCommit) -> str:
    """The file as it is now without the commit's own change."""
    merged = None if None in (there, made, was) else merge(there or "", made or "", was or "")
    if merged is None:
        raise RefusedError(
            f"{path} was changed since phase {target.phase.value} wrote it, in the same place",
            where=path,
            next_step=f"take it back by hand: git revert {target.commit[:10]}",
        )
    return merged


def _message(target: PhaseCommit) -> str:
    phase = target.phase
    return (
        f"revert({target.service}): take back {phase.value} (phase {phase.number} of {len(Phase)})\n\n"
        f"Takes back {target.commit[:12]} ({target.subject}).\n\n"
        f"{SERVICE}: {target.service}\n{PHASE}: {phase.number}/{len(Phase)} {phase.value}\n{REVERTS}: {target.commit}\n"
    )
