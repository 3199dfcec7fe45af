"""The stack's files: exact text, atomic writes, no way out of the root."""

from __future__ import annotations

import os
import resource
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.adapters.files.files import LARGEST, DiskFiles
from wizard.errors import RefusedError, UnreadableError, WizardError


@pytest.fixture
def files(tmp_path: Path) -> DiskFiles:
    (tmp_path / "root").mkdir()
    return DiskFiles(tmp_path / "root")


@pytest.mark.parametrize("raw", [b"\xef\xbb\xbfa: 1\r\nb: 2\r", b"\xff\xfe\x00caf\xe9", b"", "😀\u2028x\n".encode()])
def test_bytes_survive_reading_and_writing(files: DiskFiles, raw: bytes) -> None:
    (files.root / "x").write_bytes(raw)
    files.write("deep/er/y", files.read("x"))
    assert (files.root / "deep/er/y").read_bytes() == raw


@given(raw=st.binary(max_size=200))
def test_any_bytes_survive(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    files = DiskFiles(tmp_path_factory.mktemp("any"))
    (files.root / "x").write_bytes(raw)
    files.write("x", files.read("x"))
    assert (files.root / "x").read_bytes() == raw


@pytest.mark.parametrize("path", ["../x", "a/../../x", "/etc/hostname", "a/../b", "x\0y"])
def test_paths_that_climb_or_are_absolute_are_refused(files: DiskFiles, path: str) -> None:
    assert not files.exists(path)
    assert not files.is_dir(path)
    assert files.list(path) == ()
    assert files.walk(path) == ()
    for act in (lambda: files.read(path), lambda: files.write(path, "x"), lambda: files.remove(path)):
        with pytest.raises(RefusedError) as caught:
            act()
        assert caught.value.next_step
    with pytest.raises(RefusedError):
        files.mode(path)


def test_links_inside_are_followed_and_links_outside_are_not(files: DiskFiles, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_text("s")
    (files.root / "real").mkdir()
    (files.root / "real" / "f").write_text("inside")
    (files.root / "in").symlink_to("real")
    (files.root / "out").symlink_to(tmp_path / "outside")
    (files.root / "out_file").symlink_to(tmp_path / "outside" / "secret")
    assert files.read("in/f") == "inside"
    files.write("in/f", "changed")
    assert (files.root / "real/f").read_text() == "changed"
    assert (files.root / "in").is_symlink()
    assert not files.exists("out/secret")
    assert files.list("out") == ()
    for path in ("out/secret", "out_file", "out/new"):
        with pytest.raises(RefusedError, match="leads out"):
            files.write(path, "x")
    with pytest.raises(RefusedError, match="leads out"):
        files.read("out_file")
    assert (tmp_path / "outside" / "secret").read_text() == "s"
    assert sorted(files.walk("")) == ["real/f"]


def test_a_link_is_told_from_what_it_leads_to(files: DiskFiles, tmp_path: Path) -> None:
    (files.root / "real").mkdir()
    (files.root / "real" / "out").symlink_to(tmp_path)
    (files.root / "in").symlink_to("real")
    (files.root / "nowhere").symlink_to("absent")
    assert [files.is_link(path) for path in ("in", "nowhere", "real/out", "in/out")] == [True] * 4
    assert not any(files.is_link(path) for path in ("", "real", "absent", "../x", "real/out/x", "/etc"))


def test_removing_a_link_removes_the_link(files: DiskFiles) -> None:
    (files.root / "f").write_text("x")
    (files.root / "link").symlink_to("f")
    files.remove("link")
    assert files.list("") == ("f",)


def test_git_s_own_files_are_not_written(files: DiskFiles) -> None:
    for path in (".git/config", "sub/.git/hooks/pre-commit", ".GIT/config"):
        with pytest.raises(RefusedError, match="belongs to git"):
            files.write(path, "x")


def test_mode_is_kept_and_given(files: DiskFiles) -> None:
    files.write("new", "x", mode=0o755)
    assert files.mode("new") == 0o755
    (files.root / "new").chmod(0o640)
    files.write("new", "y", mode=0o755)
    assert files.mode("new") == 0o640
    assert stat.S_IMODE((files.root / "new").stat().st_mode) == 0o640


def test_walk_skips_caches_and_environments_and_is_bounded(files: DiskFiles) -> None:
    for path in ("b", "a/c", "a/.git/x", "__pycache__/x", "node_modules/x", "env/bin/python", ".dot/x", "z/y"):
        (files.root / path).parent.mkdir(parents=True, exist_ok=True)
        (files.root / path).write_text("x")
    (files.root / "env" / "pyvenv.cfg").write_text("")
    (files.root / "loop").symlink_to(".")
    assert files.walk("") == (".dot/x", "a/c", "b", "z/y")
    assert files.walk("", limit=2) == (".dot/x", "a/c")
    assert files.walk("a") == ("a/c",)
    assert files.walk("absent") == ()
    assert files.walk("b") == ()


def test_list_is_sorted_and_empty_when_absent(files: DiskFiles) -> None:
    for name in ("b", "a", "c"):
        (files.root / name).touch()
    assert files.list("") == ("a", "b", "c")
    assert files.list("nothing") == ()
    assert files.list("a") == ()


def test_reading_what_is_no_file(files: DiskFiles) -> None:
    (files.root / "folder").mkdir()
    os.mkfifo(files.root / "pipe")
    (files.root / "circle").symlink_to("circle")
    with (files.root / "huge").open("wb") as stream:
        stream.truncate(LARGEST + 1)
    for path, words in {
        "none": "does not exist",
        "folder": "is a folder",
        "pipe": "not a regular file",
        "huge": "at most 16",
    }.items():
        with pytest.raises(UnreadableError, match=words) as caught:
            files.read(path)
        assert caught.value.where == path
    with pytest.raises(WizardError):
        files.read("circle")


def test_writing_where_it_cannot_be(files: DiskFiles) -> None:
    (files.root / "folder").mkdir()
    (files.root / "file").write_text("x")
    for path, words in {
        "folder": "is a folder",
        "file/below": "a file where a folder is needed",
        "n" * 300: "too long",
        "folder/" + "n" * 300 + "/x": "too long",
    }.items():
        with pytest.raises(RefusedError, match=words):
            files.write(path, "x")
    assert files.walk("") == ("file",)
    assert not files.exists("n" * 300)
    assert not files.is_dir("n" * 300)
    with pytest.raises(RefusedError, match="is not a file"):
        files.write("", "x")
    with pytest.raises(RefusedError, match="code point"):
        files.write("y", "\ud800")


def test_removing_what_is_not_there(files: DiskFiles) -> None:
    with pytest.raises(RefusedError, match="does not exist"):
        files.remove("none")


def test_only_empty_folders_are_removed(files: DiskFiles) -> None:
    files.write("a/b/c", "x")
    assert not files.remove_folder("a/b")
    assert not files.remove_folder("none")
    files.remove("a/b/c")
    assert files.remove_folder("a/b")
    assert files.list("a") == ()


def test_a_size_limit_leaves_the_old_content(files: DiskFiles) -> None:
    files.write("x", "old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(RefusedError, match="size limit"):
            files.write("x", "n" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert files.read("x") == "old"
    assert files.list("") == ("x",)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    mount = shutil.which("mount")
    place = tmp_path / "small"
    place.mkdir()
    if (
        not mount
        or subprocess.run([mount, "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)], check=False).returncode
    ):
        pytest.skip("a small file system cannot be mounted with these rights")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_leaves_the_old_content(small_disk: Path) -> None:
    files = DiskFiles(small_disk)
    files.write("x", "old")
    with pytest.raises(RefusedError, match="disk is full") as caught:
        files.write("x", "n" * 200_000)
    assert "free some space" in caught.value.next_step
    assert files.read("x") == "old"
    assert files.list("") == ("x",)


def test_a_read_only_tree_says_so(small_disk: Path) -> None:
    files = DiskFiles(small_disk)
    files.write("x", "old")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(RefusedError, match="read-only file system"):
        files.write("x", "new")
    with pytest.raises(RefusedError, match="read-only file system"):
        files.remove("x")
    assert files.read("x") == "old"


def test_without_rights_the_error_names_them(tmp_path: Path) -> None:
    """Root may do everything, so an ordinary user is asked in a process of its own."""
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    tmp_path.joinpath("x").write_text("secret")
    tmp_path.joinpath("x").chmod(0o600)
    script = (
        "import os, sys; sys.path.insert(0, sys.argv[2])\n"
        "import wizard.adapters.files.files as f, wizard.errors as e\n"
        "files = f.DiskFiles(sys.argv[1]); os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "for act in (lambda: files.read('x'), lambda: files.write('y', 'z')):\n"
        "    try: act()\n"
        "    except e.WizardError as error: print(type(error).__name__, error.message)\n"
    )
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == 0 and folder != Path("/") and folder.is_relative_to("/tmp/pytest-of-root"):
            folder.chmod(0o755)
    here = str(Path(__file__).parents[4])
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path), here], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [
        "UnreadableError x is not accessible with your rights",
        "RefusedError y is not accessible with your rights",
    ]
