"""Reads files out of a repository that is nobody's here: fetched into a scratch folder, never checked out.

Without a work tree no hook, no filter of a `.gitattributes`, no symbolic link and no submodule of it does anything: its
files are blobs with a name, a mode and a size, and are asked for by their hash.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from wizard.adapters.git.run import Outcome, run
from wizard.errors import RefusedError, RepositoryError, UsageError
from wizard.rules.text import is_safe, one_line, program_output
from wizard.values.lean import dataclass
from wizard.values.pattern import lazy_pattern

SCHEMES = ("https", "ssh", "file")
"""Plain http and git:// could be answered by anybody on the way."""
LARGEST_PACK = 64 * 1024 * 1024
"""Bytes of a file that git may write while it fetches: a pattern's repository is small."""
FETCH_SECONDS = 120.0
_PLACE = "refs/stack-wizard/asked"
_HASH = lazy_pattern(r"[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")
_REF = lazy_pattern(r"(?![-/.])(?!.*(?:\.\.|@\{|//|\.lock\Z))[A-Za-z0-9._/+-]{1,200}(?<![/.])\Z")
_SCP = lazy_pattern(r"[A-Za-z0-9._-]+@[A-Za-z0-9][A-Za-z0-9.-]*:(?![:-]).+\Z")
_SAFE = (
    *("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "gc.auto=0"),
    *("-c", "maintenance.auto=false", "-c", "fetch.recurseSubmodules=no", "-c", "transfer.fsckObjects=true"),
)


@dataclass(frozen=True, slots=True)
class Blob:
    """A file of a commit. `mode`: as git writes it (`100644`, `120000` for a link)."""

    path: str
    mode: str
    name: str
    size: int


def checked_source(source: str) -> str:
    """Returns where to fetch from: an absolute path or an address. Raises `UsageError` for what git would take for
    an option, a command, or a password on the command line."""
    step = "give a folder, https://…, ssh://… or user@host:path"
    if not source.strip() or source.startswith("-") or not is_safe(source) or "\n" in source:
        raise UsageError(f"{one_line(source)!r} is no place of a repository", next_step=step)
    if "://" in source:
        try:
            parts = urlsplit(source)
        except ValueError:
            raise UsageError("the address is malformed", next_step=step) from None
        host = parts.hostname or ""
        if parts.scheme not in SCHEMES or host.startswith("-") or (parts.scheme != "file" and not host):
            raise UsageError(f"{one_line(parts.scheme)}:// is not fetched from", next_step=step)
        if parts.password or (parts.username and parts.scheme == "https"):
            raise UsageError("the address holds a name or a password", next_step="keep it in git's credential helper")
        return source
    if "::" in source:
        raise UsageError(f"{one_line(source)}: `::` would start a program", next_step=step)
    if _SCP.match(source):
        return source
    folder = Path(source).expanduser()
    if not folder.is_dir():
        raise UsageError(f"there is no folder {one_line(source)}", next_step=step)
    return str(folder.resolve())


def fetch(source: str, at: str, scratch: Path) -> str:
    """Fetches one commit into the empty folder `scratch`; returns its hash. `at`: a branch, a tag or a hash, '' for
    what the source itself stands at.

    Raises `UsageError` for what can be none, `RefusedError` when it is not there (any more) or too large.
    """
    if at and not _REF.match(at):
        raise UsageError(f"{one_line(at)!r} is no branch, tag or commit", next_step="name one of the repository")
    made = _git(scratch, "init", "--quiet", "--bare", "--template=")
    if not made.ok:
        raise RepositoryError(f"git init: {program_output(made.err)}", where=str(scratch), next_step="see the cause")
    got = _fetch(scratch, source, f"+{at or 'HEAD'}:{_PLACE}", "--depth=1")
    if not got.ok and _HASH.match(at):  # a server that gives no commit by its hash alone
        _fetch(scratch, source, "+refs/heads/*:refs/stack-wizard/heads/*")
        found = _git(scratch, "rev-parse", "--verify", f"{at}^{{commit}}")
    else:
        found = _git(scratch, "rev-parse", "--verify", f"{_PLACE}^{{commit}}") if got.ok else got
    if not found.ok:
        raise _not_there(source, at, found)
    return found.out.strip()


def _not_there(source: str, at: str, got: Outcome) -> RefusedError:
    lines = program_output(got.err).split("\n")
    said = one_line(next((line for line in lines if line.startswith("fatal: ")), lines[-1]), 300)
    if "signal" in got.err or "too large" in got.err.lower():
        size = LARGEST_PACK // 1024 // 1024
        return RefusedError(
            f"the repository has files over {size} MB", where=source, next_step="keep a pattern in a small one"
        )
    if at:
        text = f"{at[:12] if _HASH.match(at) else at} is not in the repository (any more)"
        return RefusedError(f"{text}: {said}", where=source, next_step="name a commit that is there with --at")
    return RefusedError(f"it cannot be fetched: {said}", where=source, next_step="try `git ls-remote` on it")


def _fetch(scratch: Path, source: str, what: str, *options: str) -> Outcome:
    words = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", *options, "--", source, what)
    return _git(scratch, *words, seconds=FETCH_SECONDS)


def _git(folder: Path, *words: str, seconds: float | None = None) -> Outcome:
    allowed = {"GIT_ALLOW_PROTOCOL": ":".join(SCHEMES), "GIT_TEMPLATE_DIR": "", "GIT_LFS_SKIP_SMUDGE": "1"}
    return run(folder, *_SAFE, *words, seconds=seconds, extra=allowed, largest=LARGEST_PACK)


def files_of(scratch: Path, commit: str) -> tuple[Blob, ...]:
    """Returns the files of a fetched commit, folders opened, in git's order."""
    listed = _git(scratch, "ls-tree", "-r", "-l", "-z", "--full-tree", commit)
    found = []
    for line in listed.out.split("\0"):
        head, tab, path = line.partition("\t")
        words = head.split()
        if tab and len(words) == 4:
            found.append(Blob(path, words[0], words[2], int(words[3]) if words[3].isdigit() else 0))
    return tuple(found)


def texts_of(scratch: Path, blobs: Iterable[Blob]) -> dict[str, str]:
    """Returns the text of each file. Raises `RefusedError` for one that is no UTF-8 text."""
    texts: dict[str, str] = {}
    for blob in blobs:
        got = _git(scratch, "cat-file", "blob", blob.name)
        if not got.ok or "\0" in got.out or any("\ud800" <= char <= "\udfff" for char in got.out):
            raise RefusedError(f"{one_line(blob.path)} is no text", next_step="a pattern holds YAML and templates only")
        texts[blob.path] = got.out
    return texts
