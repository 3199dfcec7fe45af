"""A phase is taken back by a new commit; what others did since stays."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.phases import COMPOSE, CONTAINER, DOCS, PHASES, SERVICE
from wizard.adapters.files.files import DiskFiles
from wizard.adapters.git.repo import GitRepo
from wizard.apply.commit import commit
from wizard.apply.undo import propose_redo, undo
from wizard.apply.write import write
from wizard.errors import RefusedError, RepositoryError, UsageError
from wizard.values.edit import ChangeSet, FileEdit
from wizard.values.phase import Phase
from wizard.values.receipt import Receipt
from wizard.values.spec import manifest_path

Git = Callable[..., str]

YML = "services:\n" + "".join(f"  s{number}:\n    image: x\n" for number in range(12))


@pytest.fixture
def stack(grown: Path, git: Git) -> Path:
    (grown / "dev.yml").write_text(YML)
    git("add", "-A")
    git("commit", "-q", "-m", "compose")
    return grown


def _phase(root: Path, phase: Phase, *edits: FileEdit, service: str = "market") -> Receipt:
    files, repo = DiskFiles(root), GitRepo(root)
    message = (
        f"feat({service}): {phase}\n\nStack-Wizard-Service: {service}\n"
        f"Stack-Wizard-Phase: {phase.number}/7 {phase.name}\nStack-Wizard-Items: {phase.number}.1 met\n"
    )
    return commit(write(ChangeSet(service, phase, edits), files, repo), message, files, repo)


def _undo(root: Path, phase: Phase | None = None, service: str = "market") -> Receipt:
    return undo(service, phase, DiskFiles(root), GitRepo(root))


def _insert(root: Path, after: str, line: str) -> FileEdit:
    text = (root / "dev.yml").read_text()
    return FileEdit("dev.yml", text, text.replace(after, after + line), "")


def test_the_tree_is_as_before_and_the_commit_says_so(stack: Path, git: Git) -> None:
    tree = git("rev-parse", "HEAD^{tree}")
    made = _phase(
        stack,
        COMPOSE,
        _insert(stack, "  s3:\n    image: x\n", "  market:\n    image: m\n"),
        FileEdit("services/market/Dockerfile", None, "FROM x\n", ""),
        FileEdit("sub/b.txt", "b\n", None, ""),
    )
    receipt = _undo(stack)
    assert git("rev-parse", "HEAD^{tree}") == tree
    assert receipt.commit == git("rev-parse", "HEAD").strip()
    assert receipt.phase == COMPOSE
    assert not (stack / "services").exists()
    trailers = git("log", "-1", "--format=%(trailers:only,unfold)").split("\n")
    assert f"Stack-Wizard-Reverts: {made.commit}" in trailers
    assert "Stack-Wizard-Phase: 3/7 compose" in trailers
    assert git("status", "--porcelain") == ""
    assert git("log", "-1", "--format=%s").startswith("revert(market)")


def test_what_others_did_since_in_the_same_file_stays(stack: Path, git: Git) -> None:
    _phase(stack, COMPOSE, _insert(stack, "  s3:\n    image: x\n", "  market:\n    image: m\n"))
    text = (stack / "dev.yml").read_text().replace("  s9:\n", "  s9: # edited\n")
    (stack / "dev.yml").write_text(text)
    git("commit", "-q", "-am", "somebody else's")
    _undo(stack)
    assert (stack / "dev.yml").read_text() == YML.replace("  s9:\n", "  s9: # edited\n")


def test_staged_and_unstaged_work_elsewhere_stays(stack: Path, git: Git) -> None:
    _phase(stack, COMPOSE, _insert(stack, "  s3:\n    image: x\n", "  market:\n    image: m\n"))
    (stack / "a.txt").write_text("staged\n")
    git("add", "a.txt")
    (stack / "sub/b.txt").write_text("unstaged\n")
    _undo(stack)
    assert git("status", "--porcelain") == "M  a.txt\n M sub/b.txt\n"


def test_changed_in_the_same_place_is_refused(stack: Path, git: Git) -> None:
    _phase(stack, COMPOSE, _insert(stack, "  s3:\n    image: x\n", "  market:\n    image: m\n"))
    (stack / "dev.yml").write_text((stack / "dev.yml").read_text().replace("image: m", "image: mine"))
    git("commit", "-q", "-am", "tuned")
    head = git("rev-parse", "HEAD")
    with pytest.raises(RefusedError, match=r"dev\.yml was changed since") as caught:
        _undo(stack)
    assert "git revert" in caught.value.next_step
    assert git("rev-parse", "HEAD") == head
    assert git("status", "--porcelain") == ""


def test_an_own_file_with_the_engineer_s_work_is_not_deleted(stack: Path, git: Git) -> None:
    _phase(stack, SERVICE, FileEdit("services/market/logic.py", None, "pass\n", ""))
    (stack / "services/market/logic.py").write_text("real work\n")
    git("commit", "-q", "-am", "logic")
    with pytest.raises(RefusedError, match=r"logic\.py was changed since"):
        _undo(stack)
    assert (stack / "services/market/logic.py").read_text() == "real work\n"


def test_dirty_paths_are_refused(stack: Path) -> None:
    _phase(stack, COMPOSE, _insert(stack, "  s3:\n    image: x\n", "  market:\n    image: m\n"))
    (stack / "dev.yml").write_text((stack / "dev.yml").read_text() + "  mine: {}\n")
    with pytest.raises(RefusedError, match="changes of yours"):
        _undo(stack)


def test_later_phases_go_first(stack: Path) -> None:
    _phase(stack, SERVICE, FileEdit("services/market/service.py", None, "pass\n", ""))
    _phase(stack, CONTAINER, FileEdit("services/market/Dockerfile", None, "FROM x\n", ""))
    _phase(stack, DOCS, FileEdit("other.md", None, "x\n", ""), service="other")
    with pytest.raises(RefusedError, match="container stands on it") as caught:
        _undo(stack, SERVICE)
    assert "undo market --phase container" in caught.value.next_step
    assert _undo(stack).phase == CONTAINER
    assert _undo(stack, SERVICE).phase == SERVICE
    assert GitRepo(stack).log("other")
    with pytest.raises(UsageError, match="no commit"):
        _undo(stack)


def test_taken_back_and_made_again(stack: Path) -> None:
    edit = FileEdit("services/market/service.py", None, "pass\n", "")
    _phase(stack, SERVICE, edit)
    _undo(stack)
    second = _phase(stack, SERVICE, edit)
    assert _undo(stack).commit
    assert GitRepo(stack).log("market")[0].reverts == second.commit


def test_nothing_to_undo(stack: Path, root: Path) -> None:
    for phase in (None, DOCS):
        with pytest.raises(UsageError, match="is in force") as caught:
            _undo(stack, phase)
        assert caught.value.next_step


def test_a_phase_under_another_message_is_named_by_its_manifest(stack: Path, git: Git) -> None:
    """Nobody knows the phase any more: no hook got the message, so no manifest lists it; the commit can be named."""
    manifest = stack / manifest_path("feed")
    manifest.parent.mkdir(parents=True, exist_ok=True)
    manifest.write_text("schema: 1\n")
    git("add", "-A")
    git("commit", "-q", "-m", "Add the feed (#12)")
    made = git("rev-parse", "HEAD").strip()
    git("commit", "-q", "--allow-empty", "-m", "later")
    with pytest.raises(UsageError, match="no commit says") as caught:
        undo("feed", None, DiskFiles(stack), GitRepo(stack))
    assert f"git revert {made[:10]}" in caught.value.next_step
    with pytest.raises(UsageError) as caught:
        undo("nobody", None, DiskFiles(stack), GitRepo(stack))
    assert "git revert" not in caught.value.next_step


def test_squashed_phases_are_refused(stack: Path, git: Git) -> None:
    lines = (f"Stack-Wizard-Service: market\nStack-Wizard-Phase: {p.number}/7 {p.name}\n" for p in list(PHASES)[:2])
    message = "squash\n\n" + "".join(lines)
    git("commit", "-q", "--allow-empty", "-F", "-", given=message)
    with pytest.raises(RefusedError, match="squashed"):
        _undo(stack)


def test_in_a_busy_repository_nothing_happens(stack: Path, git: Git) -> None:
    _phase(stack, SERVICE, FileEdit("services/market/service.py", None, "pass\n", ""))
    git("checkout", "-q", "--detach")
    with pytest.raises(RepositoryError, match="detached"):
        _undo(stack)


def test_bytes_and_modes_come_back(stack: Path, git: Git) -> None:
    raw = b"\xff\xfe one\r\ntwo\r"
    (stack / "raw.sh").write_bytes(raw)
    (stack / "raw.sh").chmod(0o755)
    git("add", "-A")
    git("commit", "-q", "-m", "raw")
    _phase(stack, DOCS, FileEdit("raw.sh", raw.decode("utf-8", "surrogateescape"), None, ""))
    _undo(stack)
    assert (stack / "raw.sh").read_bytes() == raw
    assert (stack / "raw.sh").stat().st_mode & 0o777 == 0o755


def test_with_autocrlf_a_file_that_stands_with_plain_newlines(stack: Path, git: Git) -> None:
    git("config", "core.autocrlf", "true")
    tree = git("rev-parse", "HEAD^{tree}")
    _phase(stack, COMPOSE, _insert(stack, "  s3:\n    image: x\n", "  market:\n    image: m\n"))
    _undo(stack)
    assert git("rev-parse", "HEAD^{tree}") == tree
    assert (stack / "dev.yml").read_bytes() == YML.encode()


def test_in_a_repository_with_long_hashes(tmp_path: Path, isolated: None) -> None:
    """`extensions.objectFormat = sha256`: what a commit changed is asked of git itself."""
    root = tmp_path / "stack"

    def git(*words: str) -> str:
        return subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=True).stdout

    subprocess.run(["git", "init", "-q", "--object-format=sha256", "-b", "main", str(root)], check=True)
    git("config", "user.name", "Ada Example")
    git("config", "user.email", "ada@example.org")
    repo = GitRepo(root)
    for number, before in enumerate((None, "1\n")):
        edits = (
            FileEdit("ü x.txt", before, f"{number + 1}\n", ""),
            FileEdit(f"run{number}.sh", None, "", "", mode=0o755),
        )
        _phase(root, COMPOSE, *edits)
    made = repo.head()
    assert len(made) == 64
    assert repo.changes(made) == (("run1.sh", 0, 0o755), ("ü x.txt", 0o644, 0o644))
    _undo(root)
    assert (root / "ü x.txt").read_text() == "1\n"
    _undo(root)
    assert git("ls-files") == ""
    with pytest.raises(RepositoryError, match="cannot be read"):
        repo.changes("0" * 64)


def test_what_was_taken_back_by_hand_is_passed_over_and_never_said_to_be_undone(stack: Path, git: Git) -> None:
    """`git revert` says nothing that the wizard reads; without it, the next undo would make no commit and say so."""
    first = _phase(stack, SERVICE, FileEdit("one.txt", None, "1\n", ""))
    second = _phase(stack, COMPOSE, FileEdit("two.txt", None, "2\n", ""))
    git("revert", "--no-edit", second.commit)
    with pytest.raises(RefusedError, match="is in the files any more"):
        _undo(stack, COMPOSE)
    assert _undo(stack).phase == SERVICE
    assert not (stack / "one.txt").exists()
    git("revert", "--no-edit", "HEAD")
    assert (stack / "one.txt").exists()
    with pytest.raises(RefusedError, match="is in the files again"):
        propose_redo("market", DiskFiles(stack), GitRepo(stack))
    assert first.commit in git("log", "--format=%H")


def test_what_is_only_taken_back_on_the_disk_still_stands(stack: Path, git: Git) -> None:
    _phase(stack, SERVICE, FileEdit("one.txt", None, "1\n", ""))
    _phase(stack, COMPOSE, FileEdit("two.txt", None, "2\n", ""))
    (stack / "two.txt").unlink()
    with pytest.raises(RefusedError, match="compose stands on it"):
        _undo(stack, SERVICE)
    assert (stack / "one.txt").exists()
