"""What a hook or a person takes out of the messages is known in every clone: the manifest says what was committed."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.phases import COMPOSE, CONTAINER, DOCS, SERVICE
from wizard.adapters.files.files import DiskFiles
from wizard.adapters.git.log import in_force, taken_back
from wizard.adapters.git.repo import GitRepo
from wizard.apply.commit import commit
from wizard.apply.undo import make, propose_redo, undo
from wizard.apply.write import write
from wizard.errors import RefusedError
from wizard.values.edit import ChangeSet, FileEdit
from wizard.values.phase import Phase
from wizard.values.receipt import Receipt

Git = Callable[..., str]
Hook = Callable[[str, str], Path]
MANIFEST = ".stack-wizard/services/market.yaml"
HEAD = "schema: 1\nspec:\n  name: market\n  purpose: x\n  port: 8001\n  seed: false\n"
EATEN = {
    "commit-msg replaces": ("commit-msg", "echo 'ABC-12 work' > \"$1\""),
    "commit-msg deletes": ("commit-msg", "sed -i '/^Stack-Wizard/d' \"$1\""),
    "prepare-commit-msg replaces": ("prepare-commit-msg", "printf 'ABC-12\\n\\nwork\\n' > \"$1\""),
    "half of them": ("commit-msg", "sed -i '/^Stack-Wizard-Phase/d' \"$1\""),
}
KEPT = {
    "a line below": ("commit-msg", "echo 'Change-Id: I1' >> \"$1\""),
    "a paragraph below": ("prepare-commit-msg", "printf '\\nReviewed by nobody\\n' >> \"$1\""),
}


def _manifest(*entries: str) -> str:
    return HEAD + ("commits:\n" + "".join(f'  - "{entry}"\n' for entry in entries) if entries else "")


def _phase(root: Path, which: Phase, path: str = "") -> Receipt:
    """Commits a phase as the wizard does where the repository records."""
    files, repo = DiskFiles(root), GitRepo(root)
    entry = f"{which.number}/7 {which.name}"
    there = (root / MANIFEST).read_text() if (root / MANIFEST).exists() else None
    now = (there or HEAD) + ("" if there and "commits:" in there else "commits:\n") + f'  - "{entry}"\n'
    edits = (FileEdit(path or f"{which.name}.txt", None, "1\n", ""), FileEdit(MANIFEST, there, now, ""))
    message = (
        f"feat(market): {which}\n\nStack-Wizard-Service: market\n"
        f"Stack-Wizard-Phase: {entry}\nStack-Wizard-Items: {which.number}.1 met\n"
    )
    return commit(write(ChangeSet("market", which, edits), files, repo), message, files, repo)


def _undo(root: Path, phase: Phase | None = None) -> Receipt:
    return undo("market", phase, DiskFiles(root), GitRepo(root))


def _standing(root: Path) -> list[tuple[str, Phase]]:
    return [(made.commit, made.phase) for made in in_force(GitRepo(root).log("market"))]


def _phases(root: Path) -> list[Phase]:
    return [phase for _, phase in _standing(root)]


@pytest.fixture
def clone(root: Path, git: Git, tmp_path: Path) -> Callable[[], Path]:
    """A colleague's clone, which has neither the hooks nor what this clone keeps beside its commits."""
    count = iter(range(9))

    def made() -> Path:
        folder = tmp_path / f"clone{next(count)}"
        subprocess.run(["git", "clone", "-q", root, folder], check=True)
        for key, value in (("user.name", "Bob"), ("user.email", "b@example.org")):
            subprocess.run(["git", "config", key, value], cwd=folder, check=True)
        return folder

    return made


@pytest.mark.parametrize(("name", "script"), [*EATEN.values(), *KEPT.values()], ids=[*EATEN, *KEPT])
def test_a_clone_knows_takes_back_and_brings_back_what_hooks_left_unsaid(
    grown: Path, git: Git, hook: Hook, clone: Callable[[], Path], name: str, script: str
) -> None:
    hook(name, f"{script}\n")
    one, two = _phase(grown, SERVICE), _phase(grown, CONTAINER)
    eaten = (name, script) in EATEN.values()
    assert any("by the manifest" in warning for warning in two.warnings) == eaten
    other = clone()
    assert _standing(other) == [(two.commit, CONTAINER), (one.commit, SERVICE)] == _standing(grown)
    _undo(grown)
    late = clone()
    for place in (grown, late):
        assert _standing(place) == [(one.commit, SERVICE)]
        back = taken_back(GitRepo(place).log("market"))
        assert back is not None and back.reverts == two.commit
    files, repo = DiskFiles(late), GitRepo(late)
    again = make(propose_redo("market", files, repo), files, repo)
    assert _standing(late) == [(again.commit, CONTAINER), (one.commit, SERVICE)]
    assert (late / MANIFEST).read_text() == _manifest("1/7 service", "2/7 container")
    _undo(late)
    _undo(late)
    assert _standing(late) == [] and not (late / MANIFEST).exists()


def test_a_rebase_gives_other_hashes_and_takes_nothing_away(grown: Path, git: Git, hook: Hook) -> None:
    """Once with trailers and once without: also what was taken back and brought back before it."""
    for script in ("true", "echo 'ABC-12 work' > \"$1\""):
        git("switch", "-q", "-C", "work", "main")
        hook("commit-msg", f"{script}\n")
        _phase(grown, SERVICE)
        _phase(grown, CONTAINER)
        _undo(grown)
        _phase(grown, COMPOSE)
        git("switch", "-q", "main")
        git("commit", "-q", "--allow-empty", "--no-verify", "-m", f"other {script}")
        git("switch", "-q", "work")
        git("rebase", "-q", "--no-verify", "main")
        assert _phases(grown) == [COMPOSE, SERVICE], script
        hashes = git("rev-list", "main..work").split()
        assert [made for made, _ in _standing(grown)] == [hashes[0], hashes[3]]
        _undo(grown, COMPOSE)
        assert _phases(grown) == [SERVICE]


@pytest.mark.parametrize("message", ["Add the market service (#12)", ""], ids=["rewritten", "git's own"])
@pytest.mark.parametrize("hooked", [True, False])
def test_a_squash_is_known_as_the_phases_it_holds(
    grown: Path, git: Git, hook: Hook, clone: Callable[[], Path], message: str, *, hooked: bool
) -> None:
    git("switch", "-q", "-c", "work")
    if hooked:
        hook("commit-msg", "true\n")
    _phase(grown, SERVICE)
    _phase(grown, CONTAINER)
    _undo(grown)
    _phase(grown, CONTAINER)
    git("switch", "-q", "main")
    git("merge", "-q", "--squash", "work")
    git("commit", "-q", *(("-m", message) if message else ("--no-edit",)))
    made = git("rev-parse", "HEAD").strip()
    for place in (grown, clone()):
        assert sorted(_standing(place), key=lambda pair: pair[1].number) == [(made, SERVICE), (made, CONTAINER)]
        with pytest.raises(RefusedError, match="several phases") as caught:
            _undo(place)
        assert f"git revert {made[:10]}" in caught.value.next_step
    git("revert", "--no-edit", "HEAD")
    assert _standing(grown) == [] or (not hooked and not message)


def test_a_commit_taken_back_by_hand_is_no_longer_in_force(grown: Path, git: Git, hook: Hook) -> None:
    hook("commit-msg", "true\n")
    one, two = _phase(grown, SERVICE), _phase(grown, CONTAINER)
    git("revert", "--no-edit", two.commit)
    assert _standing(grown) == [(one.commit, SERVICE)]
    git("cherry-pick", two.commit)
    assert _phases(grown) == [CONTAINER, SERVICE]


def test_the_entries_of_other_commits_beside_are_no_conflict(grown: Path, git: Git, hook: Hook) -> None:
    """A later run of an earlier phase does not keep one from being taken back, and a comment stays."""
    hook("commit-msg", 'echo x > "$1"\n')
    for phase, path in ((SERVICE, "a1"), (COMPOSE, "c1"), (CONTAINER, "b2")):
        _phase(grown, phase, path)
    (grown / MANIFEST).write_text((grown / MANIFEST).read_text().replace("  purpose", "  # mine\n  purpose"))
    git("commit", "-q", "-a", "--no-verify", "-m", "a comment")
    _undo(grown, COMPOSE)
    held = (grown / MANIFEST).read_text()
    assert held == _manifest("1/7 service", "2/7 container").replace("  purpose", "  # mine\n  purpose")
    assert _phases(grown) == [CONTAINER, SERVICE]


def test_a_repository_without_such_hooks_records_nothing_and_is_asked_nothing(grown: Path, git: Git) -> None:
    repo = GitRepo(grown)
    assert not repo.records()
    (grown / ".git/hooks/commit-msg").write_text("#!/bin/sh\n")  # not executable: git does not run it
    assert not repo.records()
    git("config", "core.hooksPath", "ours")
    (grown / "ours").mkdir()
    (grown / "ours/commit-msg").write_text("#!/bin/sh\n")
    (grown / "ours/commit-msg").chmod(0o755)
    assert GitRepo(grown).records()


def test_the_edge_of_a_shallow_clone_did_not_do_what_its_tree_has(
    grown: Path, git: Git, hook: Hook, tmp_path: Path
) -> None:
    hook("commit-msg", 'echo x > "$1"\n')
    _phase(grown, SERVICE)
    git("commit", "-q", "--allow-empty", "-m", "later")
    made = _phase(grown, DOCS)
    folder = tmp_path / "shallow"
    subprocess.run(["git", "clone", "-q", "--depth=2", f"file://{grown}", folder], check=True)
    assert _standing(folder) == [(made.commit, DOCS)]


@pytest.mark.parametrize("text", ["[]", "[" * 5000, "\xff", '{"x": 1}', '{"dead": "Stack-Wizard-Service: market"}'])
def test_what_is_kept_beside_the_commits_may_be_anything(grown: Path, text: str) -> None:
    kept = GitRepo(grown).git_path("lost-trailers.json")
    kept.parent.mkdir(parents=True)
    kept.write_text(text)
    assert GitRepo(grown).log("market") == ()


def test_lists_that_are_none_are_passed_over(grown: Path, git: Git) -> None:
    """Odd texts, a conflict that somebody committed, other files: nothing is made of them and nothing fails."""
    folder = grown / ".stack-wizard/services"
    folder.mkdir(parents=True)
    for number, text in enumerate(
        (
            "<<<<<<< HEAD\ncommits: [\n=======\n",
            "commits: &a\n  - *a\n",
            "commits: 3/7 compose\n",
            "commits:\n  - 9/7 nonsense\n  - {a: b}\n  - [3/7 compose]\n",
            _manifest("3/7 compose", "5.3 of 5/7 testing"),
            "commits: []\n",
        )
    ):
        (folder / "market.yaml").write_text(text)
        (folder / "notes.txt").write_text(_manifest("1/7 service") + str(number))
        git("add", "-A")
        git("commit", "-q", "-m", str(number))
    found = GitRepo(grown).log()
    assert {(made.phase.name, made.waived, bool(made.reverts)) for made in found} == {
        ("compose", "", False),
        ("testing", "5.3", False),
        ("compose", "", True),
        ("testing", "5.3", True),
    }
    assert in_force(found) == ()
