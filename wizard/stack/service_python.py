"""The Python of one service: which files are its own, run or shared, each parsed once and settled over the others."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from functools import partial

from wizard.rules.base_images import python_of
from wizard.rules.pythons import too_new
from wizard.stack.image.files import holder, imported
from wizard.stack.python.imports import used_part
from wizard.stack.python.resolve import resolve
from wizard.stack.python.source import read_python
from wizard.stack.services import Candidate
from wizard.stack.survey import Survey
from wizard.stack.testing.test_files import KINDS
from wizard.values.facts.code import PythonFile, RequirementsFacts
from wizard.values.facts.container import DockerfileFacts
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Fact, Problem, Source

MOST_PYTHON, LARGEST_PYTHON, MOST_SHARED = 400, 1_000_000, 40
"""Files of one service, characters of one file, files of other folders: past that somebody's data is in the way."""
_ASIDE = lazy_pattern(
    r"(?:^|/)(?:tests?|migrations|alembic|node_modules|docs?|examples?|scripts|benchmarks?)/"
    r"|(?:^|/)(?:test_[^/]*|[^/]*_test|conftest)\.py$"
)


class PythonReader:
    """Reads the Python of services over one survey; files that two services share are parsed once.

    `roots`: the names of the stack's own importable packages. `tests`: (service, kind) -> test files.
    `owners`: folder -> how many services have their code in it.
    """

    def __init__(
        self,
        survey: Survey,
        roots: frozenset[str],
        tests: dict[tuple[str, str], list[str]],
        owners: Mapping[str, int],
    ) -> None:
        self.survey = survey
        self.owners = owners
        self.roots = roots
        self.tests = tests
        self._parsed: dict[tuple[str, str], PythonFile] = {}

    def too_new(self, image: DockerfileFacts | None, files: tuple[PythonFile, ...]) -> tuple[Fact[str], ...]:
        """Returns what the code uses that the Python of its image does not have; nothing where that one is not
        known.
        """
        base = image.base if image is not None else None
        python = python_of(base.image, base.tag) if base is not None else None
        if python is None:
            return ()
        found: list[Fact[str]] = []
        for file in files:
            text = self.survey.texts.get(file.path) or ""
            ask = partial(too_new, text, file.path, python)
            found += self.survey.memo.made(("too new", file.path, python, text), ask)
        return tuple(found)

    def python(
        self,
        candidate: Candidate,
        own: tuple[str, ...],
        entry: str,
        wants: RequirementsFacts | None,
        problems: list[Problem],
        run: Callable[[tuple[PythonFile, ...]], tuple[PythonFile, ...]],
    ) -> tuple[PythonFile, ...]:
        """Returns the service's modules, settled over each other; scripts, migrations and the like are none, unless one
        is the `entry`. `run`: picks those that its container may run."""
        start = (
            len(candidate.folder) if candidate.folder != "." else 0
        )  # its slash is what a folder's name begins after
        tests = {path for kind in KINDS for path in self.tests.get((candidate.name, kind), ())}
        paths = [
            path
            for path in own
            if path.endswith(".py") and (path == entry or (path not in tests and not _ASIDE.search(path, start)))
        ]
        if len(paths) > MOST_PYTHON:
            message = f"{candidate.folder} has {len(paths)} Python files; the first {MOST_PYTHON} are read"
            problems.append(Problem(message, Source(candidate.folder)))
        files = run(self.parsed(paths[:MOST_PYTHON], self.package(candidate)))
        required = frozenset(r.name for r in wants.requirements) if wants else frozenset()
        return self.settled(files, candidate, required)

    def run_files(
        self,
        candidate: Candidate,
        image: DockerfileFacts | None,
        entry: str,
        placed: Mapping[str, Fact[str]],
        files: tuple[PythonFile, ...],
    ) -> tuple[PythonFile, ...]:
        """Returns the modules that the entry imports and, where no other service has the same folder, those that the
        image gets beside them; all of them where entry or image cannot tell.
        """
        by_path = {file.path: file for file in files}
        if entry not in by_path:
            return files
        block = candidate.compose or next(iter(candidate.commented), None)
        alone = self.owners.get(candidate.folder, 0) < 2
        held = holder(image, block, self.survey) if alone else None
        if alone and (held is None or not held(entry)):
            return files
        found = imported(entry, by_path.get, self.survey, late=True, placed=placed)
        reached = {entry, *(fact.value for fact in found)}
        around = {posixpath.join(posixpath.dirname(path), "__init__.py") for path in reached}
        return tuple(f for f in files if f.path in reached | around or (held is not None and held(f.path)))

    def with_shared(
        self,
        candidate: Candidate,
        own: tuple[PythonFile, ...],
        entry: str,
        wants: RequirementsFacts | None,
        placed: Mapping[str, Fact[str]],
    ) -> tuple[tuple[PythonFile, ...], tuple[PythonFile, ...]]:
        """Returns the service's modules and those of other folders that they import, settled over each other."""
        files = {file.path: file for file in own}
        others: dict[str, PythonFile] = {}

        def load(path: str) -> PythonFile | None:
            if path not in files and len(others) < MOST_SHARED:
                found = self.parse(path, "")
                if found is not None:
                    others[path] = found
            return files.get(path) or others.get(path)

        if all(fact.value in files for fact in tuple(imported(entry, load, self.survey, placed=placed))):
            return own, ()
        used = frozenset().union(*(file.names_used for file in (*own, *others.values())))
        shared = tuple(used_part(file, used) for path, file in others.items() if path not in files)
        required = frozenset(r.name for r in wants.requirements) if wants else frozenset()
        settled = self.settled((*own, *shared), candidate, required)
        return settled[: len(own)], settled[len(own) :]

    def package(self, candidate: Candidate) -> str:
        """Returns the name by which the modules may import each other; services that share a folder share it."""
        named = posixpath.basename(candidate.folder).strip(".")
        return named or (candidate.name if self.owners.get(candidate.folder, 0) < 2 else "")

    def parsed(self, paths: list[str], package: str) -> tuple[PythonFile, ...]:
        """Returns the Python files that can be read, each parsed once."""
        return tuple(file for path in paths if (file := self.parse(path, package)) is not None)

    def settled(
        self, files: tuple[PythonFile, ...], candidate: Candidate, required: frozenset[str] = frozenset()
    ) -> tuple[PythonFile, ...]:
        """Returns the files settled over each other; as the reading before did when it had the very same ones."""
        roots = self.roots | {candidate.name}
        key = ("settled", tuple(map(id, files)), roots, required)
        # The files are kept with the result: while they live, nothing else can have their ids.
        return self.survey.memo.made(key, lambda: (files, resolve(files, roots=roots, required=required)))[1]

    def parse(self, path: str, package: str) -> PythonFile | None:
        """Returns one Python file; a huge one is a problem, not parsed; None when it is absent or unreadable."""
        found = self._parsed.get((path, package))
        text = self.survey.texts.get(path)
        if found is not None or text is None:
            return found
        if len(text) > LARGEST_PYTHON:
            found = PythonFile(path, problems=(Problem(f"{len(text)} characters: too large to be read", Source(path)),))
        else:
            read = partial(read_python, text, path, package=package, settled=False)
            found = self.survey.memo.made(("python", path, package, text), read)
        self._parsed[path, package] = found
        return found

    def port_files(self, candidate: Candidate, entry: str) -> tuple[PythonFile, ...]:
        """Returns, of a service that publishes nothing, the files that may say which port it means to use."""
        if candidate.compose is not None and candidate.compose.ports:
            return ()
        paths = dict.fromkeys((entry, *(join(candidate.folder, name) for name in ("config.py", "settings.py"))))
        files = self.parsed([path for path in paths if self.survey.tree.has(path)], self.package(candidate))
        return self.settled(files, candidate)

    def test_files(self, candidate: Candidate) -> dict[str, tuple[PythonFile, ...]]:
        """Returns kind -> test files, helpers and conftests included; a kind without files is left out."""
        found: dict[str, tuple[PythonFile, ...]] = {}
        for kind in KINDS:
            paths = self.tests.get((candidate.name, kind), [])
            if paths:
                files = self.parsed([*paths, *self._helpers(paths, candidate)], self.package(candidate))
                found[kind] = self.settled(files, candidate)[: len(paths)]
        return found

    def _helpers(self, paths: list[str], candidate: Candidate) -> list[str]:
        """Returns the modules from which tests have names that may be markers."""
        package = self.package(candidate)
        files = [file for file in self.parsed(paths, package) if any(test.unread for test in file.tests)]

        def load(path: str) -> PythonFile | None:
            return self.parse(path, package)

        found = (fact.value for file in files for fact in imported(file.path, load, self.survey))
        return [path for path in dict.fromkeys(found) if path not in paths][:MOST_SHARED]


def join(folder: str, name: str) -> str:
    """Returns the path of a file in a service's folder, which may be the stack's root."""
    return name if folder in ("", ".") else f"{folder}/{name}"
