"""What was taken back is brought back by another commit, exactly, in the order it went, and only while nothing new
came after."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.phases import COMPOSE, CONTAINER, SERVICE
from wizard.adapters.files.files import DiskFiles
from wizard.adapters.git.log import in_force, taken_back
from wizard.adapters.git.repo import GitRepo
from wizard.apply.commit import commit
from wizard.apply.undo import make, propose_redo, undo
from wizard.apply.write import write
from wizard.errors import RefusedError, UsageError
from wizard.values.edit import ChangeSet, FileEdit
from wizard.values.phase import Phase
from wizard.values.receipt import PhaseCommit, Receipt

Git = Callable[..., str]


def phase(root: Path, which: Phase, *edits: FileEdit) -> Receipt:
    files, repo = DiskFiles(root), GitRepo(root)
    message = (
        f"feat(market): {which}\n\nStack-Wizard-Service: market\n"
        f"Stack-Wizard-Phase: {which.number}/7 {which.name}\nStack-Wizard-Items: {which.number}.1 met\n"
    )
    return commit(write(ChangeSet("market", which, edits), files, repo), message, files, repo)


def back(root: Path) -> Receipt:
    return undo("market", None, DiskFiles(root), GitRepo(root))


def again(root: Path) -> Receipt:
    files, repo = DiskFiles(root), GitRepo(root)
    return make(propose_redo("market", files, repo), files, repo)


def test_the_tree_is_as_it_was_and_the_phase_is_in_force_again(grown: Path, git: Git) -> None:
    made = phase(grown, SERVICE, FileEdit("services/market/service.py", None, "x = 1\n", ""))
    tree = git("rev-parse", "HEAD^{tree}")
    taken = back(grown)
    assert git("rev-parse", "HEAD^{tree}") != tree
    done = again(grown)
    assert git("rev-parse", "HEAD^{tree}") == tree
    assert (done.subject, done.phase) == (made.subject, SERVICE)
    newest = in_force(GitRepo(grown).log("market"))[0]
    assert (newest.commit, newest.again, newest.items) == (done.commit, taken.commit, (("1.1", "met"),))


def test_two_that_were_taken_back_come_back_in_order_and_can_go_again(grown: Path, git: Git) -> None:
    phase(grown, SERVICE, FileEdit("one.txt", None, "1\n", ""))
    phase(grown, CONTAINER, FileEdit("two.txt", None, "2\n", ""))
    tree = git("rev-parse", "HEAD^{tree}")
    back(grown)
    back(grown)
    assert [again(grown).phase, again(grown).phase] == [SERVICE, CONTAINER]
    assert git("rev-parse", "HEAD^{tree}") == tree
    back(grown)
    assert not (grown / "two.txt").exists()
    again(grown)
    assert git("rev-parse", "HEAD^{tree}") == tree
    with pytest.raises(UsageError, match="nothing of market was taken back"):
        again(grown)


def test_new_work_ends_what_could_be_brought_back(grown: Path) -> None:
    phase(grown, SERVICE, FileEdit("one.txt", None, "1\n", ""))
    back(grown)
    phase(grown, SERVICE, FileEdit("other.txt", None, "2\n", ""))
    with pytest.raises(UsageError):
        again(grown)


def test_what_others_wrote_in_the_same_place_is_not_run_over(grown: Path, git: Git) -> None:
    phase(grown, SERVICE, FileEdit("one.txt", None, "1\n", ""))
    back(grown)
    (grown / "one.txt").write_text("mine\n")
    git("add", "-A")
    git("commit", "-q", "-m", "mine")
    with pytest.raises(RefusedError, match=r"one\.txt was changed"):
        again(grown)
    assert (grown / "one.txt").read_text() == "mine\n"


def test_a_file_that_changed_after_it_was_shown_is_not_written(grown: Path) -> None:
    files, repo = DiskFiles(grown), GitRepo(grown)
    phase(grown, SERVICE, FileEdit("one.txt", None, "1\n", ""))
    back(grown)
    shown = propose_redo("market", files, repo)
    (grown / "one.txt").write_text("mine\n")
    with pytest.raises(RefusedError):
        make(shown, files, repo)
    assert (grown / "one.txt").read_text() == "mine\n"


@pytest.mark.parametrize(
    ("log", "found"),
    [
        ("c2 c1", ""),
        ("r1:c1 c1", "r1"),
        ("a1:r1 r1:c1 c1", ""),
        ("a1:r1 r1:c1 r2:c2 c2 c1", "r2"),
        ("r3:a1 a1:r1 r1:c1 c1", "r3"),
        ("c3 r1:c1 c1", ""),
        ("", ""),
    ],
)
def test_which_one_is_next_is_read_from_the_log(log: str, found: str) -> None:
    commits = []
    for word in log.split():
        name, _, other = word.partition(":")
        reverts, redone = (other, "") if name[0] == "r" else ("", other)
        commits.append(PhaseCommit(name, "market", COMPOSE, "", "", "", reverts=reverts, again=redone))
    assert getattr(taken_back(commits), "commit", "") == found
