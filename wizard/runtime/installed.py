"""What a service's environment is made of: the requirements files and packages that its image installs, or what its
project file says, and the versions that a lock file holds."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from wizard.rules.projects.needs import LOCKS, PROJECTS, locked, needed, needed_by_tests
from wizard.runtime.process import Scratch
from wizard.runtime.venv import (
    environment_python,
    image_constraints,
    image_python,
    image_version,
    python_note,
    with_includes,
)
from wizard.values.facts.stack import ServiceFacts, StackFacts
from wizard.values.lean import dataclass
from wizard.values.live import Limits, LiveTrouble
from wizard.values.pattern import lazy_pattern

_DEV_NAMES = (
    *("requirements-dev.txt", "requirements-test.txt", "requirements-tests.txt", "dev-requirements.txt"),
    *("test-requirements.txt", "requirements_dev.txt", "requirements_test.txt"),
    *("requirements/dev.txt", "requirements/test.txt", "tests/requirements.txt"),
)
_BESIDE_TESTS = ("requirements.txt",)
_PYTEST = lazy_pattern(r"(?im)^\s*pytest\s*(?:\[[^\]]*\])?\s*(?:[=<>~!;@#].*)?$")
_TOOLS = frozenset(
    {"pip", "uv", "poetry", "poetry-core", "poetry-plugin-export", "pipenv", "pdm", "hatch", "pip-tools"}
)
"""What an image installs to install the rest with."""
_NAME = lazy_pattern(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Installed:
    """What goes into an environment. `constraints`: which versions come in question where something needs such a
    package."""

    files: tuple[Path, ...]
    packages: tuple[str, ...]
    constraints: tuple[str, ...] = ()


def installed(facts: StackFacts, service: ServiceFacts) -> Installed:
    """Returns what the service's image installs. Where no requirements file is known, the nearest project file says it,
    as `poetry install`, `uv sync` or `pip install .` would read it."""
    root, image = Path(facts.root), service.dockerfile
    files = _files(root, service)
    by_name = tuple(fact.value for fact in (image.packages if image is not None else ()) if not _is_tool(fact.value))
    folders = [fact.value for fact in image.installs] if image is not None else []
    context = (image.context or "") if image is not None else ""
    packages = [word for folder in folders for word in _declared(root / context / folder)[0]]
    if files:
        return Installed(files, _once((*by_name, *packages)), image_constraints(service))
    place = _project(facts, service)
    declared, versions = _declared(root / place) if place is not None else ((), ())
    return Installed((), _once((*by_name, *packages, *declared)), (*image_constraints(service), *versions))


def with_tests(facts: StackFacts, service: ServiceFacts, places: Sequence[str]) -> Installed:
    """Returns that and the stack's own test requirements: files (of the root, the service, the tests), and what a
    project file names.

    pytest itself is added only when none of them names it: what the wizard brings must never fight with a pin.
    """
    own, root = installed(facts, service), Path(facts.root)
    beside = (root / part for place in places for part in (Path(place), *Path(place).parents))
    folders = dict.fromkeys((root, root / service.folder, *beside))
    found = [place / name for place in folders for name in (*_DEV_NAMES, *_BESIDE_TESTS)]
    at_root = {root / name for name in _BESIDE_TESTS}
    files = [path for path in dict.fromkeys(found) if path.is_file() and path not in at_root]
    files = [path for path in files if path not in own.files]
    projects = dict.fromkeys((root, *(root / place for place in (_project(facts, service),) if place is not None)))
    named = tuple(word for place in projects for word in _tests_of(place))
    texts = [path.read_text("utf-8", "replace") for path in with_includes([*own.files, *files])]
    has_pytest = any(_PYTEST.search(text) for text in (*texts, *named, *own.packages))
    packages = (*own.packages, *named, *(() if has_pytest else ("pytest",)))
    return Installed((*own.files, *files), _once(packages), own.constraints)


def build(
    scratch: Scratch,
    service: ServiceFacts,
    wanted: Installed,
    limits: Limits,
    cancelled: Callable[[], bool],
    say: Callable[[str], None],
) -> Path:
    """Returns the Python of an environment with all of it.

    Raises `LiveTrouble` (`requirements`, `timeout`): undecided where this machine lacks the image's Python, since
    another one may refuse what the image installs.
    """
    try:
        return environment_python(
            scratch,
            wanted.files,
            wanted.packages,
            python=image_python(service),
            constraints=wanted.constraints,
            limits=limits,
            cancelled=cancelled,
            say=say,
        )
    except LiveTrouble as trouble:
        note = python_note(service)
        if not note or trouble.cause != "requirements":
            raise
        step = f"install Python {image_version(service)} on this machine, or verify with --runtime docker"
        raise LiveTrouble(trouble.cause, f"{trouble.message} ({note})", step, undecided=True) from trouble


def _files(root: Path, service: ServiceFacts) -> tuple[Path, ...]:
    image = service.dockerfile
    found = [service.requirements.path] if service.requirements else []
    context = (image.context or "") if image is not None else ""
    asked = [posixpath.normpath(posixpath.join(context, fact.value)) for fact in image.requires] if image else []
    kept = [path for path in (*found, *asked) if not path.startswith("..") and (root / path).is_file()]
    return tuple(root / path for path in dict.fromkeys(kept))


def _project(facts: StackFacts, service: ServiceFacts) -> str | None:
    """The folder whose project file says what the service needs: its own, its image's context, or one above."""
    context = service.dockerfile.context if service.dockerfile is not None else None
    starts = [service.folder, *([context] if context is not None else [])]
    above = [str(part) for start in starts for part in (Path(start), *Path(start).parents)]
    return next((place for place in dict.fromkeys((*above, ".")) if _declared(Path(facts.root) / place)[0]), None)


def _declared(place: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(what a folder's project file needs, the versions of its lock file)."""
    for name, text in _project_files(place):
        words = needed(name, text)
        if words:
            locks = ((lock, _text(place / lock)) for lock in LOCKS.get(name, ()))
            return words, next((locked(lock, text) for lock, text in locks if text), ())
    return (), ()


def _tests_of(place: Path) -> tuple[str, ...]:
    return tuple(word for name, text in _project_files(place) for word in needed_by_tests(name, text))


def _project_files(place: Path) -> Iterator[tuple[str, str]]:
    yield from ((name, text) for name in PROJECTS if (text := _text(place / name)))


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


def _is_tool(word: str) -> bool:
    name = _NAME.match(word)
    return name is not None and name[0].lower() in _TOOLS


def _once(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))
