"""The doors, on a small stack whose files are fuzzed: what they print, and what they write."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from hypothesis import strategies as st

from tests.fuzz.bounded import EscapeError, Event, Result, fuzz, outside
from tests.fuzz.inputs import TEXTS
from tests.fuzz.parsers import PARSERS
from wizard.cli import main
from wizard.rules.text import is_safe

FILES = (
    "compose.yaml",
    ".env",
    "services/market/Dockerfile",
    "services/market/service.py",
    "services/market/requirements.txt",
    "services/market/README.md",
    "FUTURE_SERVICES.md",
    "database/schema.sql",
    "pyproject.toml",
    ".stack-wizard/stack.yaml",
    ".stack-wizard/services/market.yaml",
    ".stack-wizard/templates/docs/readme.md.j2",
    ".stack-wizard/baseline.yaml",
    ".stack-wizard/checklist.yaml",
)
DOORS = {
    "check": ("check",),
    "check json": ("check", "--format", "json"),
    "check sarif": ("check", "--format", "sarif"),
    "check markdown": ("check", "--format", "markdown"),
    "check junit": ("check", "--format", "junit"),
    "check github": ("check", "--format", "github"),
    "check baseline": ("check", "--baseline", "--format", "gitlab"),
    "map": ("map",),
    "map json": ("map", "--format", "json"),
    "map asyncapi": ("map", "market", "--format", "asyncapi"),
    "report": ("report", "--output", "-"),
    "templates": ("templates", "list"),
    "ports": ("ports",),
    "status": ("status",),
    "dry run": ("run", "market", "--yes", "--dry-run"),
}
COMPOSE = "services:\n  market:\n    build: services/market\n    ports: ['127.0.0.1:8005:8005']\n"
BUG = 3


def tried(name: str, seconds: float) -> Result:
    """Tries one parser or door for some seconds. Call it in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        home, root = Path(folder) / "home", Path(folder) / "stack"
        home.mkdir()
        os.environ.update(HOME=str(home), XDG_STATE_HOME=str(home), XDG_CACHE_HOME=str(home), NO_COLOR="1")
        if name in PARSERS:
            return fuzz(PARSERS[name], TEXTS, seconds, forbidden=lambda event: _forbidden(event, folder))
        root.mkdir()
        subprocess.run(["git", "init", "-q", str(root)], check=True)
        door = _Door(root, DOORS[name])
        texts = st.tuples(st.integers(0, len(FILES) - 1), TEXTS).map(lambda pair: f"{FILES[pair[0]]}\0{pair[1]}")
        return fuzz(
            door.run,
            texts,
            seconds,
            prepare=door.prepare,
            forbidden=lambda event: not _looks(event) and _forbidden(event, folder),
        )


def _looks(event: Event) -> bool:
    """Tells what a door may do to look: ask git, and an engine on this machine."""
    name, arguments = event
    asks_engine = name == "socket.connect" and getattr(arguments[0], "family", None) == socket.AF_UNIX
    return asks_engine or (name == "subprocess.Popen" and str(arguments[0]) == "git")


def _forbidden(event: Event, home: str) -> bool:
    """Caches and the log of bugs lie in the home; everything else stays as it is."""
    _, arguments = event
    return outside(event) and not str(arguments[0]).startswith(f"{home}/home/")


class BugError(AssertionError):
    """The program said of itself that it has a bug."""


class _Door:
    def __init__(self, root: Path, words: tuple[str, ...]) -> None:
        self._root, self._words = root, words

    def prepare(self, pair: str) -> None:
        """Puts the stack right again, and one fuzzed file into it."""
        for name in FILES:
            (self._root / name).unlink(missing_ok=True)
        name, _, text = pair.partition("\0")
        for path, said in {"compose.yaml": COMPOSE, name: text}.items():
            (self._root / path).parent.mkdir(parents=True, exist_ok=True)
            (self._root / path).write_bytes(_bytes(said))

    def run(self, pair: str) -> None:
        """Runs the command; raises what it did wrong."""
        code, said = self._said()
        if code == BUG:
            raise BugError(said[-300:])
        if not is_safe(said):
            raise EscapeError(repr(said[:200]))

    def _said(self) -> tuple[int, str]:
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            try:
                code = main(["-C", str(self._root), *self._words])
            except SystemExit as end:
                code = int(str(end.code or 0))
        return code, out.getvalue() + err.getvalue()


def _bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")
