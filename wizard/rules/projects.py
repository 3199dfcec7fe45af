"""Reads which distributions a project says it needs: pyproject.toml (PEP 621, PEP 735, Poetry), Pipfile, setup.cfg, and
which versions a lock file holds.

Everything becomes words that pip takes (PEP 508). What is no requirement by that grammar is left out: these words end
on a command line, and a path or an option among them would do what nobody asked for.
"""

from __future__ import annotations

import configparser
import json
import posixpath
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from wizard.values.pattern import lazy_pattern

PROJECTS = ("pyproject.toml", "Pipfile", "setup.cfg")
"""Files that say what a project needs, the first that names anything wins."""
LOCKS = {"pyproject.toml": ("poetry.lock", "uv.lock", "pdm.lock"), "Pipfile": ("Pipfile.lock",)}
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
_NUMBER = lazy_pattern(r"(?P<mark>[\^~]?)(?P<release>\d+(?:\.\d+)*)(?P<rest>[\w.+-]*)\Z")
_OPERATOR = lazy_pattern(r"[<>=!]|~=")
Table = Mapping[str, Any]


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


def needed(name: str, text: str) -> tuple[str, ...]:
    """Returns what a project file (`name`: its base name) says the program needs to run; empty for one that says
    nothing or cannot be read."""
    return _valid(_read(name, text, tests=False))


def needed_by_tests(name: str, text: str) -> tuple[str, ...]:
    """Returns what a project file says its tests need beside that."""
    return _valid(_read(name, text, tests=True))


def locked(name: str, text: str) -> tuple[str, ...]:
    """Returns the versions that a lock file holds, as `name==version`; a package that it has twice, for two systems or
    Pythons, is left to the installer."""
    found: dict[str, set[str]] = {}
    for package, version in _packages(name, text):
        found.setdefault(package, set()).add(version)
    return _valid(f"{package}=={next(iter(versions))}" for package, versions in found.items() if len(versions) == 1)


def _packages(name: str, text: str) -> Iterator[tuple[str, str]]:
    try:
        if name == "Pipfile.lock":
            tree = json.loads(text)
            for group in ("default", "develop"):
                for package, entry in _table(_table(tree).get(group)).items():
                    yield str(package), str(_table(entry).get("version", "")).removeprefix("==")
            return
        for entry in tomllib.loads(text).get("package", []):
            source = _table(_table(entry).get("source"))
            if not {"editable", "virtual", "directory", "git", "path"} & {*source, source.get("type")}:
                yield str(_table(entry).get("name", "")), str(_table(entry).get("version", ""))
    except (ValueError, RecursionError):
        return


def _read(name: str, text: str, *, tests: bool) -> Iterator[str]:
    try:
        if name == "setup.cfg":
            yield from _setup_cfg(text, tests=tests)
            return
        tree = tomllib.loads(text)
    except (ValueError, RecursionError, configparser.Error):
        return
    if name == "Pipfile":
        yield from _poetry(_table(tree.get("dev-packages" if tests else "packages")))
    else:
        yield from _pyproject(tree, tests=tests)


def _pyproject(tree: Table, *, tests: bool) -> Iterator[str]:
    project, poetry = _table(tree.get("project")), _table(_table(tree.get("tool")).get("poetry"))
    if not tests:
        yield from _words(project.get("dependencies"))
        yield from _poetry(_table(poetry.get("dependencies")))
        return
    for groups in (project.get("optional-dependencies"), tree.get("dependency-groups")):
        for name in _GROUPS:
            yield from _words(_table(groups).get(name))
    yield from _poetry(_table(poetry.get("dev-dependencies")))
    for name, group in _table(poetry.get("group")).items():
        if _TEST_GROUP.search(str(name)):
            yield from _poetry(_table(_table(group).get("dependencies")))


def _setup_cfg(text: str, *, tests: bool) -> Iterator[str]:
    parser = configparser.RawConfigParser()
    parser.read_string(text)
    if not tests:
        yield from parser.get("options", "install_requires", fallback="").splitlines()
        return
    for name in _GROUPS:
        yield from parser.get("options.extras_require", name, fallback="").splitlines()


def _poetry(table: Table) -> Iterator[str]:
    """Poetry's and pipenv's tables, name -> constraint (https://python-poetry.org/docs/dependency-specification/)."""
    for name, said in table.items():
        entry = said[0] if isinstance(said, list) and said else said
        options = _table(entry)
        elsewhere = {"git", "path", "url", "file"} & set(options)
        if name == "python" or elsewhere or options.get("optional") is True:
            continue
        version = str(options.get("version", "*")) if options else str(entry)
        extras = ",".join(_words(options.get("extras")))
        markers = options.get("markers")
        yield f"{name}{f'[{extras}]' if extras else ''}{_range(version)}{f' ; {markers}' if markers else ''}"


def _range(text: str) -> str:
    """A constraint in Poetry's words as PEP 440 has it: `^1.2` is `>=1.2,<2`; one with `||` is left to the
    installer."""
    if "|" in text:
        return ""
    return ",".join(part for word in text.replace(" ", "").split(",") if (part := _part(word)))


def _part(word: str) -> str:
    if _OPERATOR.match(word):
        return word
    number = _NUMBER.match(word)
    if number is None or not number["mark"]:
        return f"=={word}" if word.strip("*") else ""
    release = [int(part) for part in number["release"].split(".")]
    if number["mark"] == "~":
        fixed = min(len(release), 2) - 1
    else:
        fixed = next((place for place, part in enumerate(release) if part), len(release) - 1)
    upper = [*release[:fixed], release[fixed] + 1]
    return f">={word[1:]},<{'.'.join(map(str, upper))}"


def _words(value: object) -> Iterator[str]:
    yield from (word for word in value if isinstance(word, str)) if isinstance(value, list) else ()


def _table(value: object) -> Table:
    return value if isinstance(value, Mapping) else {}


def _valid(words: Iterable[str]) -> tuple[str, ...]:
    from packaging.requirements import InvalidRequirement, Requirement

    found: dict[str, None] = {}
    for word in words:
        bare = word.partition("#")[0].strip()
        try:
            if bare and Requirement(bare).url is None:
                found[bare] = None
        except InvalidRequirement:
            continue
    return tuple(found)
