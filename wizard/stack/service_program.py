"""Which program of a package starts a service (`uvicorn app.main:app`), or which module (`python -m app.main`): words
for Python, and the folder that its modules are imported from."""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Collection, Iterator, Mapping
from itertools import pairwise
from types import MappingProxyType

from wizard.stack.image.shell_words import commands
from wizard.stack.service_start import Start
from wizard.values.facts.stack import Program

PROGRAMS: Mapping[str, str] = MappingProxyType(
    {
        **{name: name for name in ("uvicorn", "gunicorn", "hypercorn", "daphne", "granian", "flask", "fastapi")},
        **{name: name for name in ("celery", "dramatiq", "arq", "streamlit", "faststream", "taskiq", "saq")},
        "huey_consumer": "huey.bin.huey_consumer",
        "huey_consumer.py": "huey.bin.huey_consumer",
        "waitress-serve": "waitress",
        "rq": "rq.cli",
    }
)
"""Programs that load somebody's module, and the package that `python -m` starts them from."""
_OF_AN_ATTRIBUTE = frozenset({"celery", "dramatiq", "arq", "saq", "huey.bin.huey_consumer"})
"""Programs that take `package.module.attribute`, or the module alone, where others want a colon."""
_BY_WORD = _OF_AN_ATTRIBUTE - {"celery"}
"""Those that take it as a word of its own."""
_BY_JOB = frozenset({"rq.cli", "celery"})
"""Those that may be started without any: what they import is said later, by a job or on their command line."""
_PYTHONS = ("python", "python3", "pypy3")
_FLAGS = frozenset({"-u", "-B", "-O", "-OO", "-I", "-s", "-S", "-E", "-b", "-q"})
_FOLDERS = frozenset({"--app-dir", "--chdir"})
"""Options that name the folder of the modules, as it is in the image: here it is where the program is started."""


def program_of(found: tuple[Start, ...], folder: str, entry: str, own: Collection[str] = ()) -> Program | None:
    """Returns what a container's start (`found`) gives to Python; None where it is the entry file itself or cannot be
    read. `own`: the service's files, among which a program's module may be another one than the entry."""
    if not entry or not folder:
        return None
    asked = [given for start in found for words in commands(_line(start)) if (given := _given(words))]
    for given in asked:
        root = _root_of(given, entry, own)
        if root is not None:
            if _is_plain(given, root, folder, entry):
                continue
            return Program(_without_folders(given), root)
    scripts = [given for given in asked if _with_words(given, entry)]
    if scripts:  # `manage.py migrate` comes before what stays
        return Program(scripts[-1], entry[: -len(scripts[-1][0])].rstrip("/"))
    jobs = (given for given in asked if given[:1] == ("-m",) and {*given[1:2]} & _BY_JOB and not any(_modules(given)))
    return next((Program(given, folder) for given in jobs), None)


def _root_of(given: tuple[str, ...], entry: str, own: Collection[str]) -> str | None:
    """The folder from which a program's module is the entry, or the only one from which it is another file."""
    modules = tuple(_modules(given))
    root = next((root for module in modules if (root := _root(module, entry)) is not None), None)
    if root is not None or not {*given[1:2]} & set(PROGRAMS.values()):
        return root
    others = (_root(module, file) for module in modules for file in own)
    roots = {root for root in others if root is not None}
    return next(iter(roots)) if len(roots) == 1 else None


def _with_words(given: tuple[str, ...], entry: str) -> bool:
    """Tells whether it is the entry file with words of its own: `manage.py runserver`."""
    return len(given) > 1 and given[0].endswith(".py") and (entry == given[0] or entry.endswith(f"/{given[0]}"))


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


def _modules(given: tuple[str, ...]) -> Iterator[str]:
    """Yields the dotted modules that may be what is loaded, the likeliest first: `app.main` of `-m uvicorn
    app.main:app`, of `-m app.main` and of `-m celery -A app.main.celery`."""
    if given[:1] != ("-m",) or len(given) < 2:
        return
    if given[1] not in PROGRAMS.values():
        yield given[1]
        return
    attached = (word.partition("=")[2] for word in given if word.startswith("--app="))
    close = (word[2:] for word in given if word.startswith("-A") and len(word) > 2)
    options = dict(pairwise(given))
    named = [*attached, *close, options.get("--app", ""), options.get("-A", "")]
    words = [word for word in given[2:] if not word.startswith("-") and "://" not in word]
    named += words if given[1] in _BY_WORD else [word for word in words if ":" in word]
    named += words[-1:] if given[1] == "gunicorn" else []
    for name in named:
        module = name.partition(":")[0]
        if module and module.replace(".", "").isidentifier():
            yield module
            if given[1] in _OF_AN_ATTRIBUTE and "." in module:
                yield module.rpartition(".")[0]
            if given[1] == "celery":
                yield f"{module}.celery"


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
