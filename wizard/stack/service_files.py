"""One service's files to `ServiceFacts`."""

from __future__ import annotations

import posixpath
import re
from functools import partial

from wizard.stack.dockerfile import read_dockerfile
from wizard.stack.dockerfile_script import probed
from wizard.stack.folders import dockerfile_in
from wizard.stack.image_files import imported, with_files
from wizard.stack.python_resolve import resolve
from wizard.stack.python_source import read_python
from wizard.stack.requirements import read_requirements
from wizard.stack.service_entry import entry_of, is_dotted, serving
from wizard.stack.services import Candidate
from wizard.stack.survey import Survey
from wizard.stack.tests_of import KINDS
from wizard.values.code_facts import PythonFile, RequirementsFacts
from wizard.values.compose_facts import ComposeService, HealthCheck
from wizard.values.container_facts import DockerfileFacts
from wizard.values.doc_facts import DocumentFacts
from wizard.values.facts import ServiceFacts
from wizard.values.lean import replace
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Problem, Source
from wizard.values.spec import Manifest

MOST_FILES, MOST_PYTHON, LARGEST_PYTHON = 5000, 400, 1_000_000
MOST_SHARED = 40
_READ = lazy_pattern(
    r"\.(?:py|sh|bash|toml|ini|cfg|txt|md|sql|ya?ml|env|conf|in|json|proto|lua|j2|html)$"
    r"|(?:^|/)(?:Dockerfile[^/]*|[^/]*\.Dockerfile|\.dockerignore|\.env[^/]*|Procfile|Makefile)$",
    re.IGNORECASE,
)
_ASIDE = lazy_pattern(
    r"(?:^|/)(?:tests?|migrations|alembic|node_modules|docs?|examples?|scripts|benchmarks?)/"
    r"|(?:^|/)(?:test_[^/]*|[^/]*_test|conftest)\.py$"
)
_ROOT_FOLDERS = ("app", "src", "api", "backend")
_REQUIREMENTS = ("requirements.txt", "requirements/base.txt", "requirements/prod.txt", "requirements.in")
_READMES = ("readme.md", "readme.markdown")


class Reader:
    """Reads services over one survey. Python files that two services share are parsed once.

    `roots`: the names of the stack's own importable packages. `tests`: (service, kind) -> test files.
    """

    def __init__(self, survey: Survey, roots: frozenset[str], tests: dict[tuple[str, str], list[str]]) -> None:
        self.survey = survey
        self.roots = roots
        self.tests = tests
        self._parsed: dict[tuple[str, str], PythonFile] = {}

    def read(self, candidate: Candidate, manifest: Manifest | None, *, code: bool) -> ServiceFacts:
        """The facts of one service. `code` False: its Python is left out, except where only that says its port."""
        problems = list(candidate.problems)
        own = self.own_files(candidate, problems)
        dockerfile = self.dockerfile(candidate)
        requirements = self.requirements(candidate)
        entry = entry_of(candidate, own, dockerfile)
        python = self.python(candidate, own, requirements, problems) if code else self.port_files(candidate, entry)
        entry = entry or serving(python)
        shared: tuple[PythonFile, ...] = ()
        if code and entry:
            python, shared = self.with_shared(candidate, python, entry, requirements)
        if dockerfile is not None and code:
            block = candidate.compose or next(iter(candidate.commented), None)
            wanted = requirements.path if requirements else ""
            dockerfile = with_files(dockerfile, block, entry, (*python, *shared), wanted, self.survey)
        return ServiceFacts(
            name=candidate.name,
            folder=candidate.folder,
            entry=entry,
            dotted=is_dotted(python, candidate, own),
            own_files=own,
            python=python,
            dockerfile=dockerfile,
            requirements=requirements,
            readme=self.readme(own, candidate.folder),
            compose=self.block(candidate.compose, dockerfile),
            commented=tuple(candidate.commented),
            tests=self.test_files(candidate) if code else {},
            manifest=manifest,
            problems=tuple(problems),
            shared=shared,
        )

    def own_files(self, candidate: Candidate, problems: list[Problem]) -> tuple[str, ...]:
        """The files of the folder, their texts read; of the stack's root only what lies in it and where its code is."""
        tree, folder = self.survey.tree, candidate.folder
        paths = tree.below(folder) if folder not in ("", ".") else ()
        if folder == ".":
            folders = dict.fromkeys((*_ROOT_FOLDERS, candidate.name, candidate.name.replace("-", "_")))
            paths = tuple(path for path in tree.paths if "/" not in path)
            paths += tuple(path for name in folders if tree.is_folder(name) for path in tree.below(name))
        if len(paths) > MOST_FILES:
            message = f"{folder} has {len(paths)} files; {MOST_FILES} are read"
            problems.append(Problem(message, Source(folder)))
            paths = tuple(sorted(sorted(paths, key=lambda path: path.count("/"))[:MOST_FILES]))
        for path in paths:
            if _READ.search(path):
                self.survey.texts.get(path)
        return paths

    def python(
        self, candidate: Candidate, own: tuple[str, ...], wants: RequirementsFacts | None, problems: list[Problem]
    ) -> tuple[PythonFile, ...]:
        """The service's modules, settled over each other."""
        start = len(candidate.folder) + 1 if candidate.folder != "." else 0
        paths = [path for path in own if path.endswith(".py") and not _ASIDE.search(path, start)]
        if len(paths) > MOST_PYTHON:
            message = f"{candidate.folder} has {len(paths)} Python files; the first {MOST_PYTHON} are read"
            problems.append(Problem(message, Source(candidate.folder)))
        files = self.parsed(paths[:MOST_PYTHON], _package(candidate))
        required = frozenset(r.name for r in wants.requirements) if wants else frozenset()
        return self.settled(files, candidate, required)

    def with_shared(
        self, candidate: Candidate, own: tuple[PythonFile, ...], entry: str, wants: RequirementsFacts | None
    ) -> tuple[tuple[PythonFile, ...], tuple[PythonFile, ...]]:
        """The service's modules and those of other folders that they import, settled over each other."""
        files = {file.path: file for file in own}
        others: dict[str, PythonFile] = {}

        def load(path: str) -> PythonFile | None:
            if path not in files and len(others) < MOST_SHARED:
                found = self.parse(path, "")
                if found is not None:
                    others[path] = found
            return files.get(path) or others.get(path)

        if all(fact.value in files for fact in tuple(imported(entry, load, self.survey))):
            return own, ()
        used = frozenset().union(*(file.names_used for file in (*own, *others.values())))
        shared = tuple(_used_part(file, used) for path, file in others.items() if path not in files)
        required = frozenset(r.name for r in wants.requirements) if wants else frozenset()
        settled = self.settled((*own, *shared), candidate, required)
        return settled[: len(own)], settled[len(own) :]

    def parsed(self, paths: list[str], package: str) -> tuple[PythonFile, ...]:
        """Python files that can be read, each parsed once."""
        return tuple(file for path in paths if (file := self.parse(path, package)) is not None)

    def settled(
        self, files: tuple[PythonFile, ...], candidate: Candidate, required: frozenset[str] = frozenset()
    ) -> tuple[PythonFile, ...]:
        """The files settled over each other; as the reading before did when it had the very same ones."""
        roots = self.roots | {candidate.name}
        key = ("settled", tuple(map(id, files)), roots, required)
        # The files are kept with the result: while they live, nothing else can have their ids.
        return self.survey.memo.made(key, lambda: (files, resolve(files, roots=roots, required=required)))[1]

    def parse(self, path: str, package: str) -> PythonFile | None:
        """One Python file; a huge one is a problem, not parsed; None when it is absent or unreadable."""
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
        """Of a service that publishes nothing: the files that may say which port it means to use."""
        if candidate.compose is not None and candidate.compose.ports:
            return ()
        paths = dict.fromkeys((entry, *(_join(candidate.folder, name) for name in ("config.py", "settings.py"))))
        files = self.parsed([path for path in paths if self.survey.tree.has(path)], _package(candidate))
        return self.settled(files, candidate)

    def dockerfile(self, candidate: Candidate) -> DockerfileFacts | None:
        """The file Compose builds (active or commented block), else the folder's own."""
        blocks = [*([candidate.compose] if candidate.compose else []), *candidate.commented]
        named = [block.dockerfile.value for block in blocks if block.dockerfile]
        own = dockerfile_in("" if candidate.folder == "." else candidate.folder, self.survey.tree)
        found = [path for path in (*named, own if candidate.folder else "") if self.survey.tree.has(path)]
        text = self.survey.texts.get(found[0]) if found else None
        if text is None:
            return None
        parts = ("dockerfile", found[0], text)
        return self.survey.memo.over(parts, self.survey.texts.get, partial(read_dockerfile, text, found[0]))

    def block(self, block: ComposeService | None, image: DockerfileFacts | None) -> ComposeService | None:
        """The block, with what its health check's script asks: the image's own check runs it too, or it can be read."""
        check = block.healthcheck if block is not None else None
        if block is None or check is None or image is None or check.disabled or check.port is not None:
            return block
        own = image.healthcheck
        if own is not None and own.port is not None and check.test[-1] == own.test[-1]:
            found: HealthCheck | None = replace(check, port=own.port, path=own.path)
        else:
            env = {name: value for name, value, _ in image.env}
            found = probed(check, image.path, self.survey.texts.get, {}, env)
        return replace(block, healthcheck=found)

    def requirements(self, candidate: Candidate) -> RequirementsFacts | None:
        """The folder's requirements file."""
        for name in _REQUIREMENTS if candidate.folder else ():
            path = _join(candidate.folder, name)
            if self.survey.tree.has(path):
                get = self.survey.texts.get
                return self.survey.memo.over(("requirements", path), get, partial(read_requirements, path))
        return None

    def readme(self, own: tuple[str, ...], folder: str) -> DocumentFacts | None:
        """The folder's README."""
        for path in own:
            if path.lower().endswith(_READMES) and posixpath.dirname(path) == folder.strip("."):
                from wizard.stack.markdown import read_document

                text = self.survey.texts.get(path)
                if text is None:
                    return None
                return self.survey.memo.made(("document", path, text), partial(read_document, text, path))
        return None

    def test_files(self, candidate: Candidate) -> dict[str, tuple[PythonFile, ...]]:
        """Kind -> test files, helpers and conftests included; a kind without files is left out."""
        found: dict[str, tuple[PythonFile, ...]] = {}
        for kind in KINDS:
            paths = self.tests.get((candidate.name, kind), [])
            if paths:
                files = self.parsed(paths, _package(candidate))
                found[kind] = self.settled(files, candidate)
        return found


def _used_part(file: PythonFile, used: frozenset[str]) -> PythonFile:
    """A shared module with only those reads of the environment that can happen: at import, or in what is used."""
    pending = file.pending
    if pending is None:
        return file
    kept = tuple(v for v in pending.variables if not (v.scope or v.owner) or {v.scope, v.owner} & used)
    return replace(file, pending=replace(pending, variables=kept))


def _package(candidate: Candidate) -> str:
    """The name by which the modules may import each other; services that share a folder share it."""
    return posixpath.basename(candidate.folder).strip(".") or candidate.name


def _join(folder: str, name: str) -> str:
    return name if folder in ("", ".") else f"{folder}/{name}"
