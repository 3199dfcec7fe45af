"""Reads which distributions a project says it needs (pyproject.toml by PEP 621, PEP 735 or Poetry, Pipfile, setup.cfg),
and which versions a lock file holds."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Collection, Iterator

from wizard.rules.projects.words import Table, of_list, of_table, table, valid
from wizard.values.pattern import lazy_pattern

PROJECTS = ("pyproject.toml", "Pipfile", "setup.cfg")
"""Files that say what a project needs, the first that names anything wins."""
LOCKS = {"pyproject.toml": ("poetry.lock", "uv.lock", "pdm.lock"), "Pipfile": ("Pipfile.lock",)}
"""The lock files of a project file."""
_DECLARES = ("pyproject.toml", "poetry.lock", "uv.lock", "Pipfile", "setup.py", "setup.cfg", "environment.yml")
_EXPORTS = {
    "poetry.lock": "poetry export -f requirements.txt -o requirements.txt",
    "uv.lock": "uv export --frozen --no-dev -o requirements.txt",
    "Pipfile": "pipenv requirements > requirements.txt",
    "pyproject.toml": "uv pip compile pyproject.toml -o requirements.txt",
    "setup.cfg": "uv pip compile setup.cfg -o requirements.txt",
    "setup.py": "uv pip compile setup.py -o requirements.txt",
}
_GROUPS = ("test", "tests", "testing", "dev", "develop")
_TEST_GROUP = lazy_pattern(r"(?i)test|dev")


def needed(name: str, text: str) -> tuple[str, ...]:
    """Returns what a project file (`name`: its base name) says the program needs to run; empty for one that says
    nothing or cannot be read."""
    return valid(_read(name, text, tests=False))


def needed_by_tests(name: str, text: str) -> tuple[str, ...]:
    """Returns what a project file says its tests need beside that."""
    return valid(_read(name, text, tests=True))


def _read(name: str, text: str, *, tests: bool) -> Iterator[str]:
    if name == "setup.cfg":
        yield from _setup_cfg(text, tests=tests)
        return
    import tomllib  # many stacks have no such file

    try:
        tree = tomllib.loads(text)
    except (ValueError, RecursionError):
        return
    if name == "Pipfile":
        yield from of_table(table(tree.get("dev-packages" if tests else "packages")))
    else:
        yield from _pyproject(tree, tests=tests)


def _pyproject(tree: Table, *, tests: bool) -> Iterator[str]:
    project, poetry = table(tree.get("project")), table(table(tree.get("tool")).get("poetry"))
    if not tests:
        yield from of_list(project.get("dependencies"))
        yield from of_table(table(poetry.get("dependencies")))
        return
    for groups in (project.get("optional-dependencies"), tree.get("dependency-groups")):
        for name in _GROUPS:
            yield from of_list(table(groups).get(name))
    yield from of_table(table(poetry.get("dev-dependencies")))
    for name, group in table(poetry.get("group")).items():
        if _TEST_GROUP.search(str(name)):
            yield from of_table(table(table(group).get("dependencies")))


def _setup_cfg(text: str, *, tests: bool) -> Iterator[str]:
    import configparser

    parser = configparser.RawConfigParser()
    try:
        parser.read_string(text)
    except (ValueError, configparser.Error):
        return
    if not tests:
        yield from parser.get("options", "install_requires", fallback="").splitlines()
        return
    for name in _GROUPS:
        yield from parser.get("options.extras_require", name, fallback="").splitlines()


def locked(name: str, text: str) -> tuple[str, ...]:
    """Returns the versions that a lock file holds, as `name==version`; a package that it has twice, for two systems or
    Pythons, is left to the installer."""
    found: dict[str, set[str]] = {}
    for package, version in _packages(name, text):
        found.setdefault(package, set()).add(version)
    return valid(f"{package}=={next(iter(versions))}" for package, versions in found.items() if len(versions) == 1)


def _packages(name: str, text: str) -> Iterator[tuple[str, str]]:
    import tomllib

    try:
        if name == "Pipfile.lock":
            tree = json.loads(text)
            for group in ("default", "develop"):
                for package, entry in table(table(tree).get(group)).items():
                    yield str(package), str(table(entry).get("version", "")).removeprefix("==")
            return
        for entry in tomllib.loads(text).get("package", []):
            source = table(table(entry).get("source"))
            if not {"editable", "virtual", "directory", "git", "path"} & {*source, source.get("type")}:
                yield str(table(entry).get("name", "")), str(table(entry).get("version", ""))
    except (ValueError, RecursionError):
        return


def declaring(paths: Collection[str]) -> str:
    """Returns the file that declares a project's dependencies, the uppermost; '' for none. A `setup.py` in a package is
    a module of it."""
    found = [path for path in paths if posixpath.basename(path) in _DECLARES]
    kept = [path for path in found if posixpath.join(posixpath.dirname(path), "__init__.py") not in paths]
    return min(kept, key=lambda path: (path.count("/"), _DECLARES.index(posixpath.basename(path))), default="")


def export_command(paths: Collection[str]) -> str:
    """Returns the command that makes a `requirements.txt` of what is declared, '' where none is known."""
    names = {posixpath.basename(path) for path in paths}
    return next((command for name, command in _EXPORTS.items() if name in names), "")
