"""Which file of a service serves, and how its modules import each other."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from wizard.stack.folders import ENTRY_NAMES
from wizard.stack.image.placed import NOWHERE, file_of
from wizard.values.facts.code import PythonFile
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Fact

if TYPE_CHECKING:
    from wizard.stack.service_start import Start
    from wizard.stack.services import Candidate

_STARTED = lazy_pattern(
    r"(?:\A|\s)-m\s+(?!gunicorn|uvicorn|flask|hypercorn|waitress|pytest|http)([A-Za-z_][\w.]*)"
    r"|(?<![\w/.-])([A-Za-z_][\w.]*):(?:create_)?\w+(?:\([^()]*\))?(?=[\s'\"]|$)"
    r"|(?<![\w-])(?!huey_consumer)([\w./-]+\.py)\b"
    r"|(?:(?:--app|-A)[ =]|(?<![\w-])(?:arq|dramatiq|huey_consumer(?:\.py)?)\s+(?:-[\w=-]+\s+(?:\d+\s+)?)*)([\w.]+)"
)
_PYTHON = lazy_pattern(r"python|\.py\b|\$[@*]|\b(?:exec|eval|source)\b")
_ENDINGS = (".py", "/__main__.py", "/__init__.py")
_SERVED = lazy_pattern(r"(?:^|[\s/])(?:uvicorn|gunicorn|hypercorn|daphne|granian|waitress-serve)\s")
_WORKER = lazy_pattern(r"(?:^|[\s/;&])(?:celery|rq|dramatiq|huey_consumer|arq|rqscheduler)\s")


def entry_of(
    candidate: Candidate, own: tuple[str, ...], found: tuple[Start, ...], placed: Mapping[str, Fact[str]] = NOWHERE
) -> str:
    """Returns the file that is started (`found`: how), else the one with a usual name; '' without. `placed`: modules
    that the image has under another name."""
    for start in found:
        path = _started(start.text, candidate, own, placed)
        if path or _WORKER.search(start.text):
            return path
    folder = "" if candidate.folder == "." else candidate.folder
    usual = (posixpath.join(folder, below, name) for below in ("", "app", "src") for name in ENTRY_NAMES)
    return next((path for path in usual if path in own), "") if candidate.folder else ""


def missing_start(
    found: tuple[Start, ...],
    candidate: Candidate,
    own: tuple[str, ...],
    paths: Iterable[str],
    placed: Mapping[str, Fact[str]],
) -> Fact[str] | None:
    """Returns the module or file that command or entrypoint start and that is none of the repository's `paths`; None
    where they start one that is there, or nothing that can be read."""
    absent: Fact[str] | None = None
    for start in found:
        if "\n" in start.text or _WORKER.search(start.text):
            continue
        if _started(start.text, candidate, own, placed):
            return None
        for match in _STARTED.finditer(start.text):
            name = match[1] or match[3] or (match[2] if _SERVED.search(start.text) else "") or ""
            tail = name.lstrip("./").removesuffix(".py")
            places = tuple(f"/{tail.replace('.', '/')}{ending}" for ending in _ENDINGS)
            if absent is None and tail and not any(f"/{path}".endswith(places) for path in paths):
                absent = Fact(name, start.source)
    return absent


def script_of(found: tuple[Start, ...], entry: str) -> Fact[str] | None:
    """Returns the shell script that is started and names no Python, where nothing else says which file serves; None for
    any other."""
    script = next((start for start in found if not start.words), None)
    if entry or script is None or any(_PYTHON.search(start.text) for start in found):
        return None
    return Fact(script.source.path, script.source)


def _started(command: str, candidate: Candidate, own: tuple[str, ...], placed: Mapping[str, Fact[str]]) -> str:
    """The service's file that a command line names: `python -m market.service`, `gunicorn app:app`, `python x.py`."""
    for match in _STARTED.finditer(command):
        module = match[1] or match[2] or match[4]
        names = [module or match[3].removesuffix(".py").lstrip("./").replace("/", ".")]
        if match[4]:
            names.append(module.rpartition(".")[0])  # `-A worker.celery`: also an object
        renamed = [stem for name in names if (stem := file_of(name, placed))]
        if renamed:
            found = next((path for stem in renamed for end in _ENDINGS if (path := stem + end) in own), "")
        elif not module:
            found = _owned(match[3].removesuffix(".py").lstrip("./") + ".py", candidate, own)
        else:
            found = next((path for name in names if name and (path := _module(name, candidate, own))), "")
        if found:
            return found
    return ""


def _module(name: str, candidate: Candidate, own: tuple[str, ...]) -> str:
    return next((f for e in _ENDINGS if (f := _owned(name.replace(".", "/") + e, candidate, own))), "")


def started_folders(found: tuple[Start, ...]) -> tuple[str, ...]:
    """Returns the first part of every module and path that a start names: the folder of the code, seen from where it
    starts.
    """
    return tuple(dict.fromkeys(path.partition("/")[0] for path in started_paths(found)))


def started_paths(found: Iterable[Start]) -> Iterator[str]:
    """Yields what starts name, as paths: `services/market/main` for `python -m services.market.main`."""
    for start in found:
        for match in _STARTED.finditer(start.text):
            module = match[1] or match[2] or match[4]
            yield module.replace(".", "/") if module else match[3].lstrip("./")


def _owned(path: str, candidate: Candidate, own: tuple[str, ...]) -> str:
    """The own file a path means inside the image, where the folder may have another name: the longest fitting tail."""
    parts = path.split("/")
    folder = "" if candidate.folder == "." else candidate.folder
    bare = parts[-1].startswith("__") and parts[-2:-1] != [posixpath.basename(folder)]
    for start in range(len(parts) - 1 if bare else len(parts)):
        found = posixpath.join(folder, *parts[start:])
        if found in own:
            return found
    below = [file for file in own if file.endswith(f"/{path}")] if len(parts) > 1 else []
    return below[0] if len(below) == 1 else ""  # `src/app/main.py`, copied or put on the path as `app/main.py`


def serving(python: tuple[PythonFile, ...]) -> str:
    """Returns the first file with routes, an application object or a served port."""
    return next((file.path for file in python if file.routes or file.apps or file.served_ports), "")


def is_dotted(python: tuple[PythonFile, ...], candidate: Candidate, own: tuple[str, ...]) -> bool:
    """Tells whether the modules are a package (`from .config`, `from NAME.config`) and not flat (`from config`)."""
    stems = {posixpath.basename(file.path).removesuffix(".py") for file in python}
    written = [fact.value for file in python for fact in file.local_imports]
    package = candidate.name.replace("-", "_")
    if any(module.startswith(".") or module.partition(".")[0] == package for module in written):
        return True
    if any(module.partition(".")[0] in stems for module in written):
        return False
    return not python or any(posixpath.basename(path) == "__init__.py" for path in own)
