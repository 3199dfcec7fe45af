"""A phase is taken back by a new commit; what others did since stays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from wizard.adapters.files import DiskFiles
from wizard.adapters.repo import GitRepo
from wizard.apply.commit import commit
from wizard.apply.undo import undo
from wizard.apply.write import write
from wizard.errors import RefusedError, RepositoryError, UsageError
from wizard.values.edit import ChangeSet, FileEdit
from wizard.values.phase import Phase
from wizard.values.receipt import Receipt

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
        f"Stack-Wizard-Phase: {phase.number}/7 {phase.value}\nStack-Wizard-Items: {phase.number}.1 met\n"
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
        Phase.COMPOSE,
        _insert(stack, "  s3:\n    image: x\n", "  market:\n    image: m\n"),
        FileEdit("services/market/Dockerfile", None, "FROM x\n", ""),
        FileEdit("sub/b.txt", "b\n", None, ""),
    )
    receipt = _undo(stack)
    assert git("rev-parse", "HEAD^{tree}") == tree
    assert receipt.commit == git("rev-parse", "HEAD").strip()
    assert receipt.phase is Phase.COMPOSE
    assert not (stack / "services").exists()
    trailers = git("log", "-1", "--format=%(trailers:only,unfold)").split("\n")
    assert f"Stack-Wizard-Reverts: {made.commit}" in trailers
    assert "Stack-Wizard-Phase: 3/7 compose" in trailers
    assert git("status", "--porcelain") == ""
    assert git("log", "-1", "--format=%s").startswith("revert(market)")


def test_what_others_did_since_in_the_same_file_stays(stack: Path, git: Git) -> None:
    _phase(stack, Phase.COMPOSE, _insert(stack, "  s3:\n    image: x\n", "  market:\n    image: m\n"))
    text = (stack / "dev.yml").read_text().replace("  s9:\n", "  s9: # edited\n")
    (stack / "dev.yml").write_text(text)
    git("commit", "-q", "-am", "somebody else's")
    _undo(stack)
    assert (stack / "dev.yml").read_text() == YML.replace("  s9:\n", "  s9: # edited\n")


def test_staged_and_unstaged_work_elsewhere_stays(stack: Path, git: Git) -> None:
    _phase(stack, Phase.COMPOSE, _insert(stack, "  s3:\n    image: x\n", "  market:\n    image: m\n"))
    (stack / "a.txt").write_text("staged\n")
    git("add", "a.txt")
    (stack / "sub/b.txt").write_text("unstaged\n")
    _undo(stack)
    assert git("status", "--porcelain") == "M  a.txt\n M sub/b.txt\n"


def test_changed_in_the_same_place_is_refused(stack: Path, git: Git) -> None:
    _phase(stack, Phase.COMPOSE, _insert(stack, "  s3:\n    image: x\n", "  market:\n    image: m\n"))
    (stack / "dev.yml").write_text((stack / "dev.yml").read_text().replace("image: m", "image: mine"))
    git("commit", "-q", "-am", "tuned")
    head = git("rev-parse", "HEAD")
    with pytest.raises(RefusedError, match=r"dev\.yml was changed since") as caught:
        _undo(stack)
    assert "git revert" in caught.value.next_step
    assert git("rev-parse", "HEAD") == head
    assert git("status", "--porcelain") == ""


def test_an_own_file_with_the_engineer_s_work_is_not_deleted(stack: Path, git: Git) -> None:
    _phase(stack, Phase.SERVICE, FileEdit("services/market/logic.py", None, "pass\n", ""))
    (stack / "services/market/logic.py").write_text("real work\n")
    git("commit", "-q", "-am", "logic")
    with pytest.raises(RefusedError, match=r"logic\.py was changed since"):
        _undo(stack)
    assert (stack / "services/market/logic.py").read_text() == "real work\n"


def test_dirty_paths_are_refused(stack: Path) -> None:
    _phase(stack, Phase.COMPOSE, _insert(stack, "  s3:\n    image: x\n", "  market:\n    image: m\n"))
    (stack / "dev.yml").write_text((stack / "dev.yml").read_text() + "  mine: {}\n")
    with pytest.raises(RefusedError, match="changes of yours"):
        _undo(stack)


def test_later_phases_go_first(stack: Path) -> None:
    _phase(stack, Phase.SERVICE, FileEdit("services/market/service.py", None, "pass\n", ""))
    _phase(stack, Phase.CONTAINER, FileEdit("services/market/Dockerfile", None, "FROM x\n", ""))
    _phase(stack, Phase.DOCS, FileEdit("other.md", None, "x\n", ""), service="other")
    with pytest.raises(RefusedError, match="container stands on it") as caught:
        _undo(stack, Phase.SERVICE)
    assert "undo market --phase container" in caught.value.next_step
    assert _undo(stack).phase is Phase.CONTAINER
    assert _undo(stack, Phase.SERVICE).phase is Phase.SERVICE
    assert GitRepo(stack).log("other")
    with pytest.raises(UsageError, match="no commit"):
        _undo(stack)


def test_taken_back_and_made_again(stack: Path) -> None:
    edit = FileEdit("services/market/service.py", None, "pass\n", "")
    _phase(stack, Phase.SERVICE, edit)
    _undo(stack)
    second = _phase(stack, Phase.SERVICE, edit)
    assert _undo(stack).commit
    assert GitRepo(stack).log("market")[0].reverts == second.commit


def test_nothing_to_undo(stack: Path, root: Path) -> None:
    for phase in (None, Phase.DOCS):
        with pytest.raises(UsageError, match="is in force") as caught:
            _undo(stack, phase)
        assert caught.value.next_step


def test_squashed_phases_are_refused(stack: Path, git: Git) -> None:
    lines = (f"Stack-Wizard-Service: market\nStack-Wizard-Phase: {p.number}/7 {p.value}\n" for p in list(Phase)[:2])
    message = "squash\n\n" + "".join(lines)
    git("commit", "-q", "--allow-empty", "-F", "-", given=message)
    with pytest.raises(RefusedError, match="squashed"):
        _undo(stack)


def test_in_a_busy_repository_nothing_happens(stack: Path, git: Git) -> None:
    _phase(stack, Phase.SERVICE, FileEdit("services/market/service.py", None, "pass\n", ""))
    git("checkout", "-q", "--detach")
    with pytest.raises(RepositoryError, match="detached"):
        _undo(stack)


def test_bytes_and_modes_come_back(stack: Path, git: Git) -> None:
    raw = b"\xff\xfe one\r\ntwo\r"
    (stack / "raw.sh").write_bytes(raw)
    (stack / "raw.sh").chmod(0o755)
    git("add", "-A")
    git("commit", "-q", "-m", "raw")
    _phase(stack, Phase.DOCS, FileEdit("raw.sh", raw.decode("utf-8", "surrogateescape"), None, ""))
    _undo(stack)
    assert (stack / "raw.sh").read_bytes() == raw
    assert (stack / "raw.sh").stat().st_mode & 0o777 == 0o755


def test_with_autocrlf_a_file_that_stands_with_plain_newlines(stack: Path, git: Git) -> None:
    git("config", "core.autocrlf", "true")
    tree = git("rev-parse", "HEAD^{tree}")
    _phase(stack, Phase.COMPOSE, _insert(stack, "  s3:\n    image: x\n", "  market:\n    image: m\n"))
    _undo(stack)
    assert git("rev-parse", "HEAD^{tree}") == tree
    assert (stack / "dev.yml").read_bytes() == YML.encode()
