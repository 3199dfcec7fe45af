"""A stack as it would be with some files written, beside one where they are written."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from wizard.adapters.files.files import DiskFiles, Files
from wizard.adapters.files.written import AsWritten
from wizard.errors import RefusedError, UnreadableError

TEXTS: dict[str, str | None] = {
    "new.txt": "ü\r\n",
    "a/one.txt": "another",
    "b/c/deep.txt": "",
    "a/gone.txt": None,
    "never/was.txt": None,
}


@pytest.fixture
def both(tmp_path: Path) -> tuple[Files, Files]:
    root, written = tmp_path / "stack", tmp_path / "written"
    for path in ("a/one.txt", "a/gone.txt", "a/two.txt", "d/three.txt"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(path)
    shutil.copytree(root, written)
    disk = DiskFiles(written)
    for path, text in TEXTS.items():
        if text is not None:
            disk.write(path, text)
        elif disk.exists(path):
            disk.remove(path)
    return AsWritten(root, TEXTS), disk


@pytest.mark.parametrize("path", ["", "a", "b", "b/c", "d", "never", "nowhere", *TEXTS, "a/two.txt", "../x"])
def test_it_answers_as_if_they_were_written(path: str, both: tuple[Files, Files]) -> None:
    ahead, disk = both
    assert ahead.list(path) == disk.list(path)
    assert ahead.walk(path) == disk.walk(path)
    assert (ahead.exists(path), ahead.is_dir(path), ahead.is_link(path)) == (
        disk.exists(path),
        disk.is_dir(path),
        disk.is_link(path),
    )


@pytest.mark.parametrize("path", ["new.txt", "a/one.txt", "b/c/deep.txt", "a/two.txt"])
def test_it_reads_what_would_be_there(path: str, both: tuple[Files, Files]) -> None:
    ahead, disk = both
    assert ahead.read(path) == disk.read(path)
    assert ahead.mode(path) == disk.mode(path)


@pytest.mark.parametrize("path", ["a/gone.txt", "never/was.txt"])
def test_what_would_be_gone_cannot_be_read(path: str, both: tuple[Files, Files]) -> None:
    for files in both:
        with pytest.raises(UnreadableError):
            files.read(path)


def test_nothing_can_be_written_or_read_out_of_it(both: tuple[Files, Files]) -> None:
    ahead, _ = both
    for attempt in (
        lambda: ahead.write("x", "y"),
        lambda: ahead.remove("a/two.txt"),
        lambda: ahead.remove_folder("d"),
        lambda: ahead.move_out("d", Path("/tmp/nowhere")),
        lambda: ahead.read("../x"),
    ):
        with pytest.raises(RefusedError):
            attempt()
    assert not ahead.exists("x") and ahead.exists("a/two.txt")
