"""Outcomes kept on this machine, one file each, that nobody needs to trust: whole and our own, or as good as absent."""

from __future__ import annotations

import json
import os
import stat
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from wizard.adapters.trace import Question
from wizard.values.lean import dataclass

LARGEST_ENTRY = 16 << 20
LARGEST_CACHE = 64 << 20
PREFIX = "answer-"


@dataclass(frozen=True, slots=True)
class Kept:
    """An outcome: what was printed and the exit code, and what they were made from.

    `head`: see `git_look.head_state`. `asked`, `answers`: questions to the files and the digest over the answers.
    """

    head: str
    code: int
    asked: tuple[Question, ...]
    answers: str
    text: str


def cache_folder() -> Path:
    """`$XDG_CACHE_HOME/stack-wizard` (https://specifications.freedesktop.org/basedir-spec/latest/)."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return Path(base if base.startswith("/") else os.path.expanduser("~/.cache")) / "stack-wizard"  # noqa: PTH111


def load(folder: Path, name: str) -> Kept | None:
    """The outcome kept under a name; None when there is none, or none that we wrote ourselves and that is whole."""
    try:
        handle = os.open(folder / (PREFIX + name), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as stream:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid() or status.st_size > LARGEST_ENTRY:
                return None
            data = stream.read()
        digest, _, rest = data.partition(b"\n")
        if digest != sha256(rest).hexdigest().encode("ascii"):
            return None
        head, _, text = rest.partition(b"\n")
        found = json.loads(head)
        asked = tuple((str(kind), str(path)) for kind, path in found["asked"])
        kept = Kept(str(found["head"]), int(found["code"]), asked, str(found["answers"]), text.decode("utf-8"))
    except (OSError, ValueError, TypeError, KeyError):
        return None
    with suppress(OSError):
        os.utime(folder / (PREFIX + name))  # what is asked for stays longest
    return kept


def store(folder: Path, name: str, kept: Kept) -> None:
    """Keep an outcome, in one step; where it cannot be written, nothing is kept."""
    try:
        data = _data(kept)
        if len(data) > LARGEST_ENTRY:
            return
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        scratch = folder / f".{os.getpid()}-{os.urandom(4).hex()}.tmp"
        with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as stream:
            stream.write(data)
        scratch.replace(folder / (PREFIX + name))
        _make_room(folder)
    except (OSError, ValueError):
        return


def _data(kept: Kept) -> bytes:
    head = {"head": kept.head, "code": kept.code, "asked": kept.asked, "answers": kept.answers}
    rest = json.dumps(head).encode("ascii") + b"\n" + kept.text.encode("utf-8")
    return sha256(rest).hexdigest().encode("ascii") + b"\n" + rest


def _make_room(folder: Path) -> None:
    """When too much is kept, remove what was not asked for longest, down to half."""
    with os.scandir(folder) as entries:
        files = [(e.stat().st_mtime_ns, e.stat().st_size, e.path) for e in entries if e.is_file(follow_symlinks=False)]
    total = sum(size for _, size, _ in files)
    if total <= LARGEST_CACHE:
        return
    for _, size, path in sorted(files):
        if total <= LARGEST_CACHE // 2:
            return
        Path(path).unlink(missing_ok=True)
        total -= size
