"""Which file of a service serves, and how its modules import each other."""

from __future__ import annotations

import posixpath

from wizard.stack.folders import ENTRY_NAMES
from wizard.stack.services import Candidate
from wizard.values.code_facts import PythonFile
from wizard.values.container_facts import DockerfileFacts
from wizard.values.pattern import lazy_pattern

_STARTED = lazy_pattern(
    r"\s-m\s+(?!gunicorn|uvicorn|flask|hypercorn|waitress|pytest|http)([A-Za-z_][\w.]*)"
    r"|(?<![\w/.-])([A-Za-z_][\w.]*):(?:create_)?\w+(?:\(\))?(?=[\s'\"]|$)"
    r"|(?<![\w-])([\w./-]+\.py)\b"
    r"|(?:--app|-A)[ =]([\w.]+)"
)
_WORKER = lazy_pattern(r"(?:^|[\s/;&])(?:celery|rq|dramatiq|huey_consumer|arq|rqscheduler)\s")


def entry_of(candidate: Candidate, own: tuple[str, ...], dockerfile: DockerfileFacts | None) -> str:
    """The file that the command of Compose or of the image starts, else the one with a usual name; '' without."""
    block = candidate.compose or next(iter(candidate.commented), None)
    facts = [block.command, block.entrypoint] if block else []
    facts += [dockerfile.command, dockerfile.entrypoint] if dockerfile else []
    for fact in facts:
        command = " ".join(fact.value) if fact else ""
        path = _started(command, candidate, own) if command else ""
        if path or _WORKER.search(command):
            return path
    folder = "" if candidate.folder == "." else candidate.folder
    usual = (posixpath.join(folder, below, name) for below in ("", "app", "src") for name in ENTRY_NAMES)
    return next((path for path in usual if path in own), "") if candidate.folder else ""


def _started(command: str, candidate: Candidate, own: tuple[str, ...]) -> str:
    """The service's file that a command line names: `python -m market.service`, `gunicorn app:app`, `python x.py`."""
    for match in _STARTED.finditer(command):
        module = match[1] or match[2] or match[4]
        path = module.replace(".", "/") if module else match[3].removesuffix(".py").lstrip("./")
        for ending in (".py", "/__main__.py", "/__init__.py") if module else (".py",):
            if found := _owned(path + ending, candidate, own):
                return found
    return ""


def _owned(path: str, candidate: Candidate, own: tuple[str, ...]) -> str:
    """The own file a path means inside the image, where the folder may have another name: the longest fitting tail."""
    parts = path.split("/")
    folder = "" if candidate.folder == "." else candidate.folder
    bare = parts[-1].startswith("__") and parts[-2:-1] != [posixpath.basename(folder)]
    for start in range(len(parts) - 1 if bare else len(parts)):
        found = posixpath.join(folder, *parts[start:])
        if found in own:
            return found
    return ""


def serving(python: tuple[PythonFile, ...]) -> str:
    """The first file with routes, an application object or a served port."""
    return next((file.path for file in python if file.routes or file.apps or file.served_ports), "")


def is_dotted(python: tuple[PythonFile, ...], candidate: Candidate, own: tuple[str, ...]) -> bool:
    """Whether the modules are a package (`from .config`, `from NAME.config`) and not flat (`from config`)."""
    stems = {posixpath.basename(file.path).removesuffix(".py") for file in python}
    written = [fact.value for file in python for fact in file.local_imports]
    package = candidate.name.replace("-", "_")
    if any(module.startswith(".") or module.partition(".")[0] == package for module in written):
        return True
    if any(module.partition(".")[0] in stems for module in written):
        return False
    return not python or any(posixpath.basename(path) == "__init__.py" for path in own)
