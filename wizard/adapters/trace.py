"""Which questions were put to a stack's files: put again later, equal answers make the same outcome.

A program that only looks, and looks only through `Files`, does the same steps as long as every question it asks gets
the answer that it got before. So the questions with a digest over the answers tell whether an outcome still holds;
nothing that was asked can change unnoticed, also what was absent then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from wizard.adapters.files import Files
from wizard.errors import WizardError

T = TypeVar("T")
Question = tuple[str, str]
"""(kind, path); the kind of a walk carries its limit: `walk 5001`."""


class Trace:
    """The questions asked so far, in order, with the digest of each first answer.

    `steady` False: one question got two answers, or something was written: the outcome is worth nothing later.
    """

    def __init__(self) -> None:
        self._answers: dict[Question, bytes] = {}
        self.steady = True

    def note(self, question: Question, answer: bytes) -> None:
        """Keep the digest of an answer."""
        digest = sha256(answer).digest()
        if self._answers.setdefault(question, digest) != digest:
            self.steady = False

    @property
    def questions(self) -> tuple[Question, ...]:
        """All questions, in the order in which they were first asked."""
        return tuple(self._answers)

    @property
    def digest(self) -> str:
        """One digest over all answers: nothing can be learned from it about a single file."""
        return sha256(b"".join(self._answers.values())).hexdigest()


class TracedFiles:
    """`Files` that note every question and its answer in `trace`."""

    def __init__(self, files: Files, trace: Trace) -> None:
        self._files = files
        self._trace = trace

    @property
    def root(self) -> Path:
        """See `Files.root`."""
        return self._files.root

    def exists(self, path: str) -> bool:
        """See `Files.exists`."""
        found = self._files.exists(path)
        self._trace.note(("exists", path), _yes(found))
        return found

    def is_dir(self, path: str) -> bool:
        """See `Files.is_dir`."""
        found = self._files.is_dir(path)
        self._trace.note(("is_dir", path), _yes(found))
        return found

    def is_link(self, path: str) -> bool:
        """See `Files.is_link`."""
        found = self._files.is_link(path)
        self._trace.note(("is_link", path), _yes(found))
        return found

    def list(self, path: str) -> tuple[str, ...]:
        """See `Files.list`."""
        found = self._files.list(path)
        self._trace.note(("list", path), _names(found))
        return found

    def walk(self, path: str, *, limit: int = 5000) -> tuple[str, ...]:
        """See `Files.walk`."""
        found = self._files.walk(path, limit=limit)
        self._trace.note((f"walk {limit}", path), _names(found))
        return found

    def read(self, path: str) -> str:
        """See `Files.read`."""
        return _noted(self._trace, ("read", path), lambda: self._files.read(path), _data)

    def mode(self, path: str) -> int:
        """See `Files.mode`."""
        return _noted(self._trace, ("mode", path), lambda: self._files.mode(path), lambda mode: b"%o" % mode)

    def write(self, path: str, text: str, *, mode: int | None = None) -> None:
        """See `Files.write`."""
        self._trace.steady = False
        self._files.write(path, text, mode=mode)

    def remove(self, path: str) -> None:
        """See `Files.remove`."""
        self._trace.steady = False
        self._files.remove(path)

    def remove_folder(self, path: str) -> bool:
        """See `Files.remove_folder`."""
        self._trace.steady = False
        return self._files.remove_folder(path)


def answers_alike(files: Files, questions: Iterable[Question], digest: str) -> bool:
    """Put the questions again: True when the digest over the answers is the same. Raises `ValueError`: no question."""
    again = Trace()
    traced = TracedFiles(files, again)
    for kind, path in questions:
        _ask(traced, kind, path)
    return again.digest == digest


def _ask(files: TracedFiles, kind: str, path: str) -> None:
    word, _, limit = kind.partition(" ")
    if word == "walk":
        files.walk(path, limit=int(limit))
        return
    asked: dict[str, Callable[[str], object]] = {
        "exists": files.exists,
        "is_dir": files.is_dir,
        "is_link": files.is_link,
        "list": files.list,
        "read": files.read,
        "mode": files.mode,
    }
    if word not in asked:
        raise ValueError(f"no question: {kind}")
    try:
        asked[word](path)
    except WizardError:
        return  # an error is an answer, too, and has been noted


def _noted(trace: Trace, question: Question, ask: Callable[[], T], data: Callable[[T], bytes]) -> T:
    try:
        found = ask()
    except WizardError as error:
        trace.note(question, f"{type(error).__name__}: {error.message}".encode("utf-8", "surrogateescape"))
        raise
    trace.note(question, b"=" + data(found))
    return found


def _yes(found: bool) -> bytes:
    return b"yes" if found else b"no"


def _names(names: tuple[str, ...]) -> bytes:
    return "\0".join(names).encode("utf-8", "surrogateescape")


def _data(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
