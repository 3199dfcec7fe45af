"""Takes a phase back with a new commit, and brings back with another what was taken back."""

from __future__ import annotations

from collections import Counter

from wizard.adapters.files.files import Files
from wizard.adapters.git.history import merge
from wizard.adapters.git.log import AGAIN, ITEMS, PHASE, REVERTS, SERVICE, WAIVED, in_force, taken_back
from wizard.adapters.git.recorded import KEY
from wizard.adapters.git.repo import Repo
from wizard.apply.commit import commit
from wizard.apply.write import applied
from wizard.errors import RefusedError, UsageError, WizardError
from wizard.syntax.trouble import SyntaxTrouble
from wizard.syntax.yaml import get_pair, parse
from wizard.values.edit import ChangeSet, FileEdit
from wizard.values.lean import replace
from wizard.values.phase import Phase
from wizard.values.proposal import Proposal
from wizard.values.receipt import PhaseCommit, Receipt
from wizard.values.spec import manifest_path


def undo(service: str, phase: Phase | None, files: Files, repo: Repo, made: str = "") -> Receipt:
    """Takes a commit back: `made`, else the newest of a phase, else the newest of the service, waivers included."""
    return make(propose_undo(service, phase, files, repo, made), files, repo)


def propose_undo(service: str, phase: Phase | None, files: Files, repo: Repo, made: str = "") -> Proposal:
    """Returns the commit that takes one back. What others changed since in the same files stays.

    Raises `UsageError` when nothing of it is applied; `RefusedError` when a later phase stands on it or one of its
    lines was changed since.
    """
    log = repo.log(service)
    standing = in_force(log)
    if not log and (unnamed := repo.last_change(manifest_path(service))):
        raise UsageError(
            f"no commit says that it is the wizard's for {service}",
            next_step=f"the last that changed its manifest is {unnamed[:10]}; if that is it, squashed or renamed: "
            f"git revert {unnamed[:10]}",
        )
    target = _target(service, phase, standing, made)
    while not made and phase is None and _is_gone(target, files, repo) and target != standing[-1]:
        standing = standing[standing.index(target) + 1 :]
        target = _target(service, phase, standing, made)
    newer = standing[: standing.index(target)]
    standing = (*(c for c in newer if not _is_gone(c, files, repo)), *standing[len(newer) :])
    _check_later(target, standing)
    _check_waivers(target, standing, repo)
    changeset = plan_undo(target, files, repo)
    _check_any(changeset, f"nothing of {target.commit[:10]} ({target.subject}) is in the files any more", target)
    return Proposal("undo", f"take back {target.subject}", changeset, _message(target), target.commit, target.waived)


def propose_redo(service: str, files: Files, repo: Repo) -> Proposal:
    """Returns the commit that brings back what was taken back last. Raises `UsageError` when there is nothing."""
    log = repo.log(service)
    back = taken_back(log)
    target = next((commit for commit in log if back is not None and commit.commit == back.reverts), None)
    if back is None or target is None:
        raise UsageError(f"nothing of {service} was taken back last", next_step="see what was done: git log --oneline")
    changeset = plan_undo(back, files, repo, why=f"brings back phase {target.phase.name}")
    _check_any(changeset, f"what {target.commit[:10]} ({target.subject}) wrote is in the files again", back)
    return Proposal("redo", f"bring back {target.subject}", changeset, _again(target, back), back.commit, target.waived)


def make(proposal: Proposal, files: Files, repo: Repo) -> Receipt:
    """Makes the commit. Raises `RefusedError` when a path has uncommitted changes or changed since it was planned."""
    with applied(proposal.changeset, files, repo) as written:
        return replace(commit(written, proposal.message, files, repo), waived=proposal.waived)


def plan_undo(target: PhaseCommit, files: Files, repo: Repo, why: str = "") -> ChangeSet:
    """Returns the edits that take one commit back, each for the reason `why`.

    Raises `RefusedError` naming the first path changed since.
    """
    edits = tuple(
        edit
        for path, old, new in repo.changes(target.commit)
        if (edit := _edit(path, old, new, target, files, repo)) is not None
    )
    why = why or f"takes back phase {target.phase.name}"
    return ChangeSet(target.service, target.phase, tuple(replace(edit, why=why) for edit in edits))


def changes_of(made: PhaseCommit, repo: Repo) -> ChangeSet:
    """Returns what a commit changed, against its first parent. Raises `RepositoryError` without that history."""
    edits = tuple(
        FileEdit(
            path,
            repo.show(f"{made.commit}^", path) if old else None,
            repo.show(made.commit, path) if new else None,
            "",
            mode=new or old,
        )
        for path, old, new in repo.changes(made.commit)
    )
    return ChangeSet(made.service, made.phase, edits)


def _target(service: str, phase: Phase | None, standing: tuple[PhaseCommit, ...], made: str) -> PhaseCommit:
    if made:
        found = next((commit for commit in standing if commit.commit == made), None)
    else:
        found = next((c for c in standing if phase is None or (c.phase == phase and not c.waived)), None)
    if found is None:
        what = f"phase {phase.name} of {service}" if phase else service
        raise UsageError(f"no commit of the wizard for {what} is in force", next_step="see what is: git log --oneline")
    if sum(commit.commit == found.commit for commit in standing) > 1:
        raise RefusedError(
            f"commit {found.commit[:10]} holds several phases (squashed)",
            next_step=f"take it back as a whole: git revert {found.commit[:10]}",
        )
    return found


def _is_gone(made: PhaseCommit, files: Files, repo: Repo) -> bool:
    """Tells whether what a commit changed was taken back by hand, so that nothing is left of it to stand on."""
    try:
        return plan_undo(made, files, repo).empty and not repo.dirty([path for path, _, _ in repo.changes(made.commit)])
    except WizardError:
        return False


def _check_any(changeset: ChangeSet, said: str, since: PhaseCommit) -> None:
    """Raises `RefusedError` where a commit would hold nothing: to say that it was made would be untrue."""
    if changeset.empty:
        raise RefusedError(said, next_step=f"see who did that: git log --oneline {since.commit[:10]}..")


def _check_later(target: PhaseCommit, standing: tuple[PhaseCommit, ...]) -> None:
    newer = standing[: standing.index(target)]
    later = [commit.phase for commit in newer if commit.phase.number > target.phase.number and not commit.waived]
    if later and not target.waived:
        names = ", ".join(phase.name for phase in sorted(set(later), key=lambda phase: phase.number))
        raise RefusedError(
            f"phase {target.phase.name} of {target.service} cannot be taken back: {names} stands on it",
            next_step=f"take the later one back first: stack-wizard undo {target.service} --phase {later[0].name}",
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
    return FileEdit(path, there, after, "", mode=old or new)


def _without(path: str, there: str | None, made: str | None, was: str | None, target: PhaseCommit) -> str:
    """The file as it is now without the commit's own change."""
    together = merge_manifests if path == manifest_path(target.service) else merge
    merged = None if there is None or made is None or was is None else together(there, made, was)
    if merged is None:
        raise RefusedError(
            f"{path} was changed since phase {target.phase.name} wrote it, in the same place",
            where=path,
            next_step=f"take it back by hand: git revert {target.commit[:10]}",
        )
    return merged


def merge_manifests(there: str, made: str, was: str) -> str | None:
    """Merges as `merge` does, and the list of commits by its entries: those of other commits stand right beside."""
    try:
        rest_there, rest_made, rest_was = (_apart(text) for text in (there, made, was))
    except SyntaxTrouble:
        return merge(there, made, was)
    merged = merge(rest_there[0], rest_made[0], rest_was[0])
    entries = list((Counter(rest_there[1]) - (Counter(rest_made[1]) - Counter(rest_was[1]))).elements())
    lines = [f'  - "{entry}"\n' for entry in entries]
    return merged if merged is None or not lines else "".join([merged, f"{KEY}:\n", *lines])


def _apart(text: str) -> tuple[str, list[str]]:
    """A manifest without its list of commits, and the entries of that."""
    pair = get_pair(parse(text).root, KEY)
    if pair is None:
        return text, []
    key, held = pair
    first, last = text.rfind("\n", 0, key.start) + 1, text.find("\n", held.end)
    return text[:first] + ("" if last < 0 else text[last + 1 :]), [item.value for item in held.items]


def _check_waivers(target: PhaseCommit, standing: tuple[PhaseCommit, ...], repo: Repo) -> None:
    """Raises `RefusedError` when the manifest would go, and waivers that were given since with it."""
    given = [commit.waived for commit in standing[: standing.index(target)] if commit.waived]
    if not given or target.waived:
        return
    manifest = manifest_path(target.service)
    if any(path == manifest and not before for path, before, _ in repo.changes(target.commit)):
        raise RefusedError(
            f"phase {target.phase.name} of {target.service} cannot be taken back: {', '.join(given)} was waived since",
            next_step=f"take that back first: stack-wizard waive {target.service} {given[0]} --take-back",
        )


def _message(target: PhaseCommit) -> str:
    what = f"the waiver of item {target.waived}" if target.waived else _phase_of(target)
    return (
        f"revert({target.service}): take back {what}\n\n"
        f"Takes back {target.commit[:12]} ({target.subject}).\n\n"
        f"{_trailers(target)}{REVERTS}: {target.commit}\n"
    )


def _again(target: PhaseCommit, back: PhaseCommit) -> str:
    items = f"{ITEMS}: {', '.join(' '.join(pair) for pair in target.items)}\n" if target.items else ""
    return (
        f"{target.subject}\n\n"
        f"Brings back {target.commit[:12]}, which {back.commit[:12]} took back.\n\n"
        f"{_trailers(target)}{items}{AGAIN}: {back.commit}\n"
    )


def _phase_of(target: PhaseCommit) -> str:
    return f"{target.phase.name} (phase {target.phase.number} of {target.of})"


def _trailers(target: PhaseCommit) -> str:
    place = f"{target.phase.number}/{target.of} {target.phase.name}"
    about = f"{WAIVED}: {target.waived} of {place}" if target.waived else f"{PHASE}: {place}"
    return f"{SERVICE}: {target.service}\n{about}\n"
