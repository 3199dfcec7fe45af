"""What git's own files say of HEAD and of who may read it, without running git: a text that changes when they do."""

from __future__ import annotations

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

_LARGEST = 1 << 24


def head_state(folder: Path) -> str:
    """A digest over the files that decide what HEAD is for the repository around `folder`; the same one for none.

    HEAD, the branch's file or packed refs or reftable, and git's configurations (they decide whom git trusts).
    """
    said = sorted((name, value) for name, value in os.environ.items() if name.startswith("GIT_"))
    digest = sha256(repr((os.geteuid(), said)).encode("utf-8", "surrogateescape"))
    for name, data in _parts(folder):
        digest.update(f"{name}\0".encode("utf-8", "surrogateescape") + sha256(data).digest())
    return digest.hexdigest()


def _parts(folder: Path) -> Iterator[tuple[str, bytes]]:
    home = os.path.expanduser("~")  # noqa: PTH111 (Path.expanduser raises without a home)
    config = os.environ.get("XDG_CONFIG_HOME") or f"{home}/.config"
    given = os.environ.get("GIT_CONFIG_GLOBAL", "")
    for path in (given, f"{home}/.gitconfig", f"{config}/git/config", "/etc/gitconfig"):
        yield path, _data(Path(path))
    for above in (folder, *folder.parents):
        git = above / ".git"
        if os.path.lexists(git):
            yield str(git), str(above.stat().st_uid).encode()
            yield from _repository(git)
            return
        if os.path.lexists(above / "HEAD"):
            yield str(above), b"bare, or inside git's own folder"


def _repository(git: Path) -> Iterator[tuple[str, bytes]]:
    link = b"" if git.is_dir() else _data(git)
    yield "link", link
    if link.startswith(b"gitdir: "):
        git = git.parent / os.fsdecode(link[8:].rstrip(b"\r\n"))
    shared = _data(git / "commondir")
    common = git / os.fsdecode(shared.rstrip(b"\r\n")) if shared else git
    head = _data(git / "HEAD")
    yield "HEAD", head
    if head.startswith(b"ref: "):
        loose = _data(common / os.fsdecode(head[5:].rstrip(b"\r\n")))
        yield "branch", loose or _data(common / "packed-refs")
    yield "config", _data(common / "config")
    yield "reftable", b"".join(_data(where / "reftable" / "tables.list") for where in (git, common))


def _data(path: Path) -> bytes:
    """The content, empty when there is none."""
    try:
        with path.open("rb") as stream:
            return stream.read(_LARGEST)
    except OSError:
        return b""
