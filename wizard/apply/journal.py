"""What is being written, noted before the first write, so that a crash at any moment can be put right."""

from __future__ import annotations

import json
from pathlib import Path

from wizard.adapters.files.durable import sync_folder, write_durably
from wizard.adapters.files.errors import is_there, unwritable
from wizard.adapters.git.repo import Repo
from wizard.errors import RepositoryError
from wizard.values.lean import dataclass

SCHEMA = 1
NAME = "journal.json"
AT_WORK = "git-at-work"
"""Lies beside the journal while the wizard's own git may hold locks; in it are the locks that are somebody else's."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file. `before` None: it did not exist. `after`: sha256 of the new text, `''` when the file is removed.

    `mode`: the permission bits it had, or those it gets.
    """

    path: str
    before: str | None
    after: str
    mode: int


@dataclass(frozen=True, slots=True)
class Journal:
    """One apply. `head`: HEAD before it. `folders`: the folders it makes, parents first."""

    service: str
    phase: str
    head: str
    entries: tuple[Entry, ...]
    folders: tuple[str, ...] = ()
    schema: int = SCHEMA

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths it touches, in order."""
        return tuple(entry.path for entry in self.entries)


def digest(text: str | None) -> str:
    """Returns what `Entry.after` holds for a text; `''` for None (no file)."""
    if text is None:
        return ""
    from hashlib import sha256  # what is here and below is loaded by those who write, not by every `status`

    return sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def place(repo: Repo) -> Path:
    """Returns where the journal lies."""
    return repo.git_path(NAME)


def store(journal: Journal, repo: Repo) -> None:
    """Writes the journal durably. Raises `RefusedError` (disk full, no rights)."""
    from dataclasses import asdict

    target = place(repo)
    try:
        # ASCII JSON keeps lone surrogates, that is bytes that are no UTF-8, as escapes.
        write_durably(target, json.dumps(asdict(journal)).encode("ascii"), 0o600)
    except OSError as error:
        raise unwritable(str(target), error) from error


def load(repo: Repo) -> Journal | None:
    """Returns the journal of an interrupted apply, or None. Raises `RepositoryError` when it cannot be understood."""
    target = place(repo)
    try:
        text = target.read_text("ascii")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise _broken(target, "cannot be read") from error
    try:
        data = json.loads(text)
        if data["schema"] != SCHEMA:
            raise _broken(target, f"has schema {data['schema']}, this version writes {SCHEMA}")
        entries = tuple(Entry(**entry) for entry in data["entries"])
        return Journal(data["service"], data["phase"], data["head"], entries, tuple(data["folders"]))
    except (ValueError, KeyError, TypeError) as error:
        raise _broken(target, "is damaged") from error


def mark(repo: Repo) -> None:
    """Notes that a git of the wizard's own is about to work, and whose locks are there. Raises `RefusedError`."""
    target, others = repo.git_path(AT_WORK), repo.locks()
    try:
        if others or is_there(target):
            write_durably(target, "\n".join(sorted(others)).encode("utf-8", "surrogateescape"), 0o600)
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch(0o600)
    except OSError as error:
        raise unwritable(str(target), error) from error


def locks_of_others(repo: Repo) -> frozenset[str] | None:
    """Returns the locks that were there before a git of the wizard's own went to work; None: none did."""
    try:
        return frozenset(repo.git_path(AT_WORK).read_text("utf-8", "surrogateescape").split("\n"))
    except OSError:
        return None


def drop(repo: Repo) -> None:
    """Removes the journal: what it told of is committed, or put back."""
    target = place(repo)
    try:
        repo.git_path(AT_WORK).unlink(missing_ok=True)
        target.unlink(missing_ok=True)
        sync_folder(target.parent)
    except FileNotFoundError:
        return
    except OSError as error:
        raise unwritable(str(target), error) from error


def _broken(target: Path, what: str) -> RepositoryError:
    return RepositoryError(
        f"the journal of an interrupted run {what}",
        where=str(target),
        next_step=f"look with `git status` what it wrote, put that right, then remove the journal: rm {target}",
    )
