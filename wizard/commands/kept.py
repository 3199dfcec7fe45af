"""The outcome of `check` and `status`, kept until anything that it was made from changes (PERF.md, row 5).

What was printed and the exit code are kept with every question that was put to the stack's files and one digest over
the answers (`adapters.trace`): put again, equal answers make the same outcome. The name they are kept under is made
from everything else that decides it: the words, the root, this program, Python with what is installed beside it, the
terminal. `STACK_WIZARD_CACHE=off` does without.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from _thread import get_ident
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, cast

import wizard
from wizard.adapters.cache import Kept, cache_folder, load, store
from wizard.adapters.files import DiskFiles, Files
from wizard.adapters.git_look import head_state
from wizard.adapters.trace import Trace, TracedFiles, answers_alike

SCHEMA = 1
_SEEN = ("NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS", "CI", "ACCESSIBLE", "PYTHONIOENCODING", "PYTHONUTF8")


def answer(args: argparse.Namespace, run: Callable[[argparse.Namespace], int]) -> int:
    """Print what was kept when it still holds; else run the command, and keep what it prints."""
    root = Path(os.path.realpath(args.directory))
    folder, name, head = cache_folder(), _name(args, root), head_state(root)
    kept = load(folder, name)
    if kept is not None and kept.head == head and _alike(kept, root):
        sys.stdout.write(kept.text)
        sys.stdout.flush()
        return kept.code
    return _run_and_keep(args, run, lambda made: store(folder, name, made), head)


def _alike(kept: Kept, root: Path) -> bool:
    try:
        return answers_alike(DiskFiles(root), kept.asked, kept.answers)
    except ValueError:
        return False


def _run_and_keep(
    args: argparse.Namespace, run: Callable[[argparse.Namespace], int], keep: Callable[[Kept], None], head: str
) -> int:
    trace, out, err = Trace(), _Copy(sys.stdout), _Copy(sys.stderr)

    def watch(files: Files) -> Files:
        return TracedFiles(files, trace)

    args.watch = watch
    sys.stdout, sys.stderr = cast("TextIO", out), cast("TextIO", err)
    try:
        code = run(args)
    finally:
        sys.stdout, sys.stderr = out.stream, err.stream
    if trace.steady and trace.questions and not err.text:
        keep(Kept(head, code, trace.questions, trace.digest, out.text))
    return code


class _Copy:
    """A stream that remembers what this thread wrote to it; that something takes long is said by another thread."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self._parts: list[str] = []
        self._thread = get_ident()

    @property
    def text(self) -> str:
        """All that was written."""
        return "".join(self._parts)

    def write(self, text: str) -> int:
        """As `TextIO.write`."""
        if get_ident() == self._thread:
            self._parts.append(text)
        return self.stream.write(text)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> object:
            return getattr(self.stream, name)


def _name(args: argparse.Namespace, root: Path) -> str:
    """A name for everything that decides the outcome beside the stack itself."""
    parts = [
        [SCHEMA, wizard.__version__, sys.version, sys.prefix, str(root)],
        sorted((name, repr(value)) for name, value in vars(args).items()),
        [(name, os.environ.get(name)) for name in _SEEN],
        [sys.stdout.encoding, sys.stdout.isatty(), _columns()],
        [(path, _stamp(path)) for path in sys.path],
        sorted(_own_files(str(Path(wizard.__file__).parent))),
    ]
    return sha256(json.dumps(parts).encode("utf-8", "surrogateescape")).hexdigest()[:40]


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError, AttributeError):
        return 0


def _stamp(path: str) -> int:
    """When the names in a folder changed last: installing a distribution changes it."""
    try:
        return Path(path).stat().st_mtime_ns
    except OSError:
        return 0


def _own_files(folder: str) -> Iterator[tuple[str, int, int]]:
    """This program's own files: a wizard under development is another one after every change."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                status = entry.stat()
                yield entry.path, status.st_mtime_ns, status.st_size
            elif entry.name != "__pycache__":
                yield from _own_files(entry.path)
