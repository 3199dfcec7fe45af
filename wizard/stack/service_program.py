"""Which program of a package starts a service (`uvicorn app.main:app`), or which module (`python -m app.main`): words
for Python, and the folder that its modules are imported from."""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Mapping
from itertools import pairwise
from types import MappingProxyType

from wizard.stack.image.shell_words import commands
from wizard.stack.service_start import Start
from wizard.values.facts.stack import Program

PROGRAMS: Mapping[str, str] = MappingProxyType(
    {
        **{name: name for name in ("uvicorn", "gunicorn", "hypercorn", "daphne", "granian", "flask", "fastapi")},
        **{name: name for name in ("celery", "dramatiq", "arq", "streamlit")},
        "waitress-serve": "waitress",
    }
)
"""Programs that load somebody's module, and the package that `python -m` starts them from."""
_PYTHONS = ("python", "python3", "pypy3")
_FLAGS = frozenset({"-u", "-B", "-O", "-OO", "-I", "-s", "-S", "-E", "-b", "-q"})
_FOLDERS = frozenset({"--app-dir", "--chdir"})
"""Options that name the folder of the modules, as it is in the image: here it is where the program is started."""


def program_of(found: tuple[Start, ...], folder: str, entry: str) -> Program | None:
    """Returns what a container's start (`found`) gives to Python; None where it is the entry file itself or cannot be
    read."""
    if not entry or not folder:
        return None
    for start in found:
        for words in commands(_line(start)):
            given = _given(words)
            module = _module(given)
            root = _root(module, entry)
            if module and root is not None and not _is_plain(given, root, folder, entry):
                return Program(_without_folders(given), root)
    return None


def _line(start: Start) -> str:
    """The start as a shell reads it: one word is a whole line already, several are as they are."""
    if len(start.words) < 2:
        return start.text
    return " ".join(word if "$" in word and " " not in word else shlex.quote(word) for word in start.words)


def _given(words: list[str]) -> tuple[str, ...]:
    """The words for Python: of the first known program, or after `python`."""
    for at, word in enumerate(words):
        name = posixpath.basename(word)
        if name in PROGRAMS:
            return ("-m", PROGRAMS[name], *words[at + 1 :])
        if name in _PYTHONS or name.startswith("python3."):
            rest = words[at + 1 :]
            while rest and rest[0] in _FLAGS:
                del rest[0]
            return tuple(rest)
    return ()


def _module(given: tuple[str, ...]) -> str:
    """The dotted module that is loaded: `app.main` of `-m uvicorn app.main:app`, and of `-m app.main`; '' for none."""
    if given[:1] != ("-m",) or len(given) < 2:
        return ""
    if given[1] not in PROGRAMS.values():
        return given[1]
    objects = (word for word in given[2:] if ":" in word and word.partition(":")[0].replace(".", "").isidentifier())
    options = dict(pairwise(given))
    return (next(objects, "") or options.get("--app") or options.get("-A") or "").partition(":")[0]


def _root(module: str, entry: str) -> str | None:
    """The folder from which `module` is `entry`; None when it is another file."""
    for ending in (".py", "/__main__.py", "/__init__.py"):
        tail = module.replace(".", "/") + ending
        if module and (entry == tail or entry.endswith(f"/{tail}")):
            return entry[: -len(tail)].rstrip("/")
    return None


def _is_plain(given: tuple[str, ...], root: str, folder: str, entry: str) -> bool:
    """Tells that it is the entry file as a module of the service's own folder: run so without this."""
    own = given[1] not in PROGRAMS.values()
    return own and len(given) == 2 and root == posixpath.dirname(folder) and entry.startswith(f"{folder}/")


def _without_folders(given: tuple[str, ...]) -> tuple[str, ...]:
    kept: list[str] = []
    for word in given:
        if kept and kept[-1] in _FOLDERS:
            kept.pop()
        elif word.partition("=")[0] not in _FOLDERS or "=" not in word:
            kept.append(word)
    return tuple(kept)
