"""One service's files to `ServiceFacts`."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from functools import partial

from wizard.stack.folders import dockerfile_in
from wizard.stack.image.files import with_files
from wizard.stack.image.images import built_by, image_of
from wizard.stack.image.installs import brought_modules
from wizard.stack.image.placed import placed_modules, searched_modules
from wizard.stack.image.requirements import read_requirements
from wizard.stack.image.script import probed
from wizard.stack.service_entry import entry_of, is_dotted, missing_start, script_of, serving, started_folders
from wizard.stack.service_program import program_of
from wizard.stack.service_python import PythonReader, join
from wizard.stack.service_start import environment_of, listening, starts
from wizard.stack.services import Candidate
from wizard.stack.survey import Survey
from wizard.stack.testing.test_files import KINDS, Tests
from wizard.values.facts.code import PythonFile, RequirementsFacts
from wizard.values.facts.compose import ComposeService, HealthCheck
from wizard.values.facts.container import DockerfileFacts
from wizard.values.facts.documents import DocumentFacts
from wizard.values.facts.stack import ServiceFacts
from wizard.values.lean import replace
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Fact, Problem, Source
from wizard.values.spec import Manifest

MOST_FILES = 5000
"""Files of one service's folder: past that somebody's data is in the way."""
_READ = lazy_pattern(
    r"\.(?:py|sh|bash|toml|ini|cfg|txt|md|sql|ya?ml|env|conf|in|json|proto|lua|j2|html)$"
    r"|(?:^|/)(?:Dockerfile[^/]*|[^/]*\.Dockerfile|\.dockerignore|\.env[^/]*|Procfile|Makefile)$",
    re.IGNORECASE,
)
_ROOT_FOLDERS = ("app", "src", "api", "backend")
_REQUIREMENTS = ("requirements.txt", "requirements/base.txt", "requirements/prod.txt", "requirements.in")
_READMES = ("readme.md", "readme.markdown")


class Reader:
    """Reads services over one survey. Python files that two services share are parsed once.

    `roots`: the names of the stack's own importable packages. `tests`: (service, kind) -> test files.
    `owners`: folder -> how many services have their code in it. `built`: Dockerfile and stage -> how many are built of
    them.
    """

    def __init__(
        self,
        survey: Survey,
        roots: frozenset[str],
        tests: Tests,
        owners: Mapping[str, int],
        built: Mapping[tuple[str, str], int],
    ) -> None:
        self.built = built
        self.survey = survey
        self.unclear = tests.unclear
        self.code = PythonReader(survey, roots, tests.found, owners)

    def read(self, candidate: Candidate, manifest: Manifest | None, *, code: bool) -> ServiceFacts:
        """Returns the facts of one service. `code` False: its Python is left out, except where only that says its
        port.
        """
        problems = list(candidate.problems)
        dockerfile = self.dockerfile(candidate)
        own = self.own_files(candidate, dockerfile, problems)
        requirements = self.requirements(candidate, dockerfile)
        found = starts(candidate, own, dockerfile, self.survey.texts.get)
        block = candidate.compose or next(iter(candidate.commented), None)
        placed = placed_modules(dockerfile, block, self.survey)
        entry = entry_of(candidate, own, found, placed)
        reach = {**searched_modules(own, candidate.folder, self.survey), **placed} if code else placed
        port = listening(found, environment_of(candidate, dockerfile))
        run = partial(self.code.run_files, candidate, dockerfile, entry, reach)
        python = (
            self.code.python(candidate, own, entry, requirements, problems, run)
            if code
            else self.code.port_files(candidate, entry)
        )
        entry = entry or serving(python)
        shared: tuple[PythonFile, ...] = ()
        if code and entry:
            python, shared = self.code.with_shared(candidate, python, entry, requirements, reach)
        if dockerfile is not None and code:
            wanted = requirements.path if requirements else ""
            dockerfile = with_files(dockerfile, block, entry, (*python, *shared), wanted, self.survey, reach)
        return ServiceFacts(
            name=candidate.name,
            folder=candidate.folder,
            entry=entry,
            dotted=is_dotted(python, candidate, own),
            own_files=own,
            python=python,
            dockerfile=None if self.is_others(candidate, dockerfile) else dockerfile,
            requirements=requirements,
            readme=self.readme(own, candidate.folder),
            compose=self.block(candidate.compose, dockerfile),
            commented=tuple(candidate.commented),
            tests=self.code.test_files(candidate) if code else {},
            unclear_tests=tuple(self.unclear_tests(candidate)) if code else (),
            manifest=manifest,
            problems=tuple(problems),
            shared=shared,
            listens=port.port if port else None,
            listens_by=port.variable if port else "",
            starts_missing=missing_start(found, candidate, own, self.survey.tree.paths, placed) if code else None,
            starts_script=script_of(found, entry) if code else None,
            brought=self.brought(dockerfile, requirements, reach) if code else (),
            image_of_many=self.built.get(image_key(candidate), 0) > 1,
            too_new=self.code.too_new(dockerfile, (*python, *shared)) if code else (),
            program=program_of(found, candidate.folder, entry, own) if code else None,
        )

    def brought(
        self, image: DockerfileFacts | None, wants: RequirementsFacts | None, placed: Mapping[str, Fact[str]]
    ) -> tuple[Fact[str], ...]:
        """Returns the modules of the repository that the image gets by installing them or under another name."""
        renamed = (Fact(name, fact.source) for name, fact in placed.items())
        return (*brought_modules(image, wants, self.survey), *renamed)

    def own_files(
        self, candidate: Candidate, dockerfile: DockerfileFacts | None, problems: list[Problem]
    ) -> tuple[str, ...]:
        """Returns the files of the folder, their texts read; of the stack's root only what lies in it and where its
        code is.
        """
        tree, folder = self.survey.tree, candidate.folder
        paths = tree.below(folder) if folder not in ("", ".") else ()
        if folder == ".":
            named = started_folders(starts(candidate, (), dockerfile, self.survey.texts.get))
            folders = dict.fromkeys((*_ROOT_FOLDERS, candidate.name, candidate.name.replace("-", "_"), *named))
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

    def dockerfile(self, candidate: Candidate) -> DockerfileFacts | None:
        """Returns the file Compose builds (active or commented block), else the folder's own."""
        blocks = [*([candidate.compose] if candidate.compose else []), *candidate.commented]
        built = next((file for block in blocks if (file := built_by(self.survey, block)) is not None), None)
        if built is not None or not candidate.folder:
            return built
        own = dockerfile_in("" if candidate.folder == "." else candidate.folder, self.survey.tree)
        return image_of(self.survey, own) if own else None

    def unclear_tests(self, candidate: Candidate) -> Iterator[Fact[str]]:
        """Yields the kind of each test file that may be about this service or about another one."""
        for kind in KINDS:
            yield from (Fact(kind, Source(path)) for path in self.unclear.get((candidate.name, kind), ()))

    @staticmethod
    def is_others(candidate: Candidate, file: DockerfileFacts | None) -> bool:
        """Tells whether a Dockerfile of the stack's root, where services lie side by side, is none of this service's:
        Compose builds it from another, which is not there."""
        named = candidate.compose.dockerfile if candidate.compose is not None else None
        if candidate.folder != "." or named is None or file is None:
            return False
        return not file.inline and file.path != named.value

    def block(self, block: ComposeService | None, image: DockerfileFacts | None) -> ComposeService | None:
        """Returns the block, with what its health check's script asks: the image's own check runs it too, or it can be
        read.
        """
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

    def requirements(self, candidate: Candidate, dockerfile: DockerfileFacts | None) -> RequirementsFacts | None:
        """Returns the requirements file that the image installs: the folder's own where that is among them, else the
        first; the folder's own where the image says nothing of any that is there."""
        own = tuple(join(candidate.folder, name) for name in _REQUIREMENTS if candidate.folder)
        installed = tuple(self._installed(candidate, dockerfile))
        both = tuple(path for path in own if path in installed and candidate.folder != ".")
        for path in (*both, *installed, *own):
            if self.survey.tree.has(path):
                get = self.survey.texts.get
                return self.survey.memo.over(("requirements", path), get, partial(read_requirements, path))
        return None

    @staticmethod
    def _installed(candidate: Candidate, dockerfile: DockerfileFacts | None) -> Iterator[str]:
        """The paths that the requirements files of an image may have in the stack. COPY to a folder that is written
        without a slash at its end looks like one to a file of that name."""
        block = candidate.compose or next(iter(candidate.commented), None)
        if dockerfile is None or block is None or block.build is None:
            return
        for fact in dockerfile.requires:
            path = posixpath.normpath(posixpath.join(block.build.value, fact.value))
            folder, name = posixpath.split(path)
            yield folder if posixpath.basename(folder) == name else path

    def readme(self, own: tuple[str, ...], folder: str) -> DocumentFacts | None:
        """Returns the folder's README."""
        for path in own:
            if path.lower().endswith(_READMES) and posixpath.dirname(path) == folder.strip("."):
                from wizard.stack.documents.markdown import read_document

                text = self.survey.texts.document(path)
                if not isinstance(text, str):
                    return DocumentFacts(path, unread=text) if text else None
                return self.survey.memo.made(("document", path, text), partial(read_document, text, path))
        return None


def image_key(candidate: Candidate) -> tuple[str, str]:
    """Returns the Dockerfile that Compose builds for a service, and the stage; empty where it builds none."""
    block = candidate.compose
    file, stage = (block.dockerfile, block.target) if block is not None else (None, None)
    return (file.value, stage.value if stage is not None else "") if file is not None else ("", "")
