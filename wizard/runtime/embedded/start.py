"""How the service's process is started: which of its code is copied where, and the words that Python gets."""

from __future__ import annotations

import posixpath
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from wizard.values.facts.stack import ServiceFacts
from wizard.values.lean import dataclass
from wizard.values.pattern import lazy_pattern

_IGNORED = shutil.ignore_patterns("__pycache__", "*.pyc", ".venv", "venv", ".git", "node_modules", ".*_cache")
_VARIABLE = lazy_pattern(r"\$\$?(?:\{(?P<braced>[A-Za-z_]\w*)(?::?-(?P<default>[^}]*))?\}|(?P<bare>[A-Za-z_]\w*))")

_TAKES_PORT = frozenset({"uvicorn", "flask", "fastapi", "daphne", "granian"})

PLAIN_LOOP = """\
import asyncio

Loop = asyncio.SelectorEventLoop
EventLoopPolicy = asyncio.DefaultEventLoopPolicy
new_event_loop = asyncio.new_event_loop
run = asyncio.run


def install():
    pass
"""
"""What the service finds as `uvloop`: that one resolves names in C, while the names of the stack's servers mean
something only to Python's own functions here (`places.py`)."""


@dataclass(frozen=True, slots=True)
class Start:
    """The words after `python`, and the folder (from that of the copy) in which it is started."""

    words: tuple[str, ...]
    place: str
    within: str

    @classmethod
    def of(cls, service: ServiceFacts) -> Start:
        """Returns how the container starts the service's code; where that cannot be told, its entry file.

        `place`: where the service's folder is copied to, below that of the copy, so that its modules have their names.
        """
        folder, program = service.folder, service.program
        if program is not None:
            inside = posixpath.relpath(program.folder or ".", folder)
            if not inside.startswith(".."):
                name = posixpath.basename(folder)
                return cls(program.words, name, posixpath.normpath(posixpath.join(name, inside)))
            return cls(program.words, posixpath.relpath(folder, program.folder or "."), ".")
        entry = Path(service.entry).relative_to(folder)
        if service.dotted:
            name = Path(folder).name
            return cls(("-m", ".".join((name, *entry.with_suffix("").parts))), name, ".")
        return cls((str(entry),), ".", ".")

    def copy(self, source: Path, app: Path) -> Path:
        """Copies the service's folder below `app`, made anew, and returns where to start."""
        shutil.rmtree(app, ignore_errors=True)
        shutil.copytree(source, app / self.place, ignore=_IGNORED)
        return app / self.within

    def given(self, environment: Mapping[str, str], old: int | None, port: int) -> list[str]:
        """Returns the words with their variables filled in, and the port that the start itself names moved to `port`.

        `old`: the port that stands in the words, None when a variable or the code sets it.
        """
        words = [_VARIABLE.sub(lambda match: _value(match, environment), word) for word in self.words]
        if old is None or old == port:
            return words
        moved = [re.sub(rf"(?:(?<=[:=])|\A){old}\Z", str(port), word) for word in words]
        return moved if moved != words else [*words, *_port_option(words, port)]


def _port_option(words: Sequence[str], port: int) -> list[str]:
    """The words that give a server its port where its command leaves that to the server's default."""
    if words[:1] == ["-m"] and words[1] in ("gunicorn", "hypercorn"):
        return ["--bind", f"127.0.0.1:{port}"]
    if words[:1] == ["-m"] and (words[1] in _TAKES_PORT or "flower" in words):
        return [f"--port={port}"]
    return [f"127.0.0.1:{port}"] if words[-1] == "runserver" else []


def _value(match: re.Match[str], environment: Mapping[str, str]) -> str:
    return environment.get(match["braced"] or match["bare"]) or match["default"] or ""
