"""Questions put to files: put again, they are answered alike exactly as long as nothing asked about has changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from wizard.adapters.files import DiskFiles
from wizard.adapters.trace import Trace, TracedFiles, answers_alike
from wizard.errors import UnreadableError


@pytest.fixture
def asked(tmp_path: Path) -> Trace:
    """One question of every kind, some about what is not there."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.txt").write_text("a")
    (tmp_path / "link").symlink_to("sub")
    trace = Trace()
    files = TracedFiles(DiskFiles(tmp_path), trace)
    assert files.root == tmp_path
    assert files.exists("sub/a.txt") and not files.exists("later.txt")
    assert files.is_dir("sub") and files.is_link("link")
    assert (files.list("sub"), files.walk("", limit=10)) == (("a.txt",), ("sub/a.txt",))
    assert files.read("sub/a.txt") == "a"
    assert files.mode("sub/a.txt") & 0o600 == 0o600
    with pytest.raises(UnreadableError):
        files.read("absent")
    return trace


CHANGES: tuple[Callable[[Path], object], ...] = (
    lambda root: (root / "later.txt").touch(),
    lambda root: (root / "sub" / "a.txt").write_text("b"),
    lambda root: (root / "sub" / "a.txt").chmod(0o755),
    lambda root: (root / "sub" / "b.txt").touch(),
    lambda root: (root / "absent").write_text("there now"),
    lambda root: (root / "link").rename(root / "moved"),
)


@pytest.mark.parametrize("change", CHANGES)
def test_any_change_of_what_was_asked_is_noticed(
    change: Callable[[Path], object], asked: Trace, tmp_path: Path
) -> None:
    files = DiskFiles(tmp_path)
    assert answers_alike(files, asked.questions, asked.digest)
    change(tmp_path)
    assert not answers_alike(files, asked.questions, asked.digest)


def test_what_was_not_asked_does_not_matter(tmp_path: Path) -> None:
    trace = Trace()
    TracedFiles(DiskFiles(tmp_path), trace).exists("a")
    (tmp_path / "b").touch()
    assert answers_alike(DiskFiles(tmp_path), trace.questions, trace.digest)
    assert trace.steady


def test_two_answers_to_one_question_or_a_write_spoil_it(tmp_path: Path) -> None:
    trace = Trace()
    files = TracedFiles(DiskFiles(tmp_path), trace)
    files.exists("a")
    (tmp_path / "a").touch()
    files.exists("a")
    assert not trace.steady
    spoils: tuple[Callable[[TracedFiles], object], ...] = (
        lambda files: files.write("x", "1"),
        lambda files: files.remove("x"),
        lambda files: files.remove_folder("y"),
    )
    for spoil in spoils:
        trace = Trace()
        spoil(TracedFiles(DiskFiles(tmp_path), trace))
        assert not trace.steady


def test_an_unknown_question_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no question"):
        answers_alike(DiskFiles(tmp_path), [("dance", "a")], "")
