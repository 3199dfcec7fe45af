"""READ: everything that can be seen of a stack, as values. The door of this room.

Readers that not every stack needs (SQL, Markdown) are imported where they are used: their patterns cost milliseconds.
"""

from __future__ import annotations

import gc
import posixpath
from collections.abc import Callable
from functools import partial

from wizard.adapters.files import Files
from wizard.errors import WizardError
from wizard.stack.claims import port_claims
from wizard.stack.compose import read_compose
from wizard.stack.detect import look
from wizard.stack.fingerprint import Fingerprints, is_private
from wizard.stack.profile_file import PROFILE
from wizard.stack.service_files import Reader
from wizard.stack.services import MANIFESTS, Candidate, find_services
from wizard.stack.survey import Survey
from wizard.stack.tests_of import tests_of
from wizard.values.compose_facts import ComposeModel
from wizard.values.doc_facts import DocumentFacts, PytestFacts, RegistryFacts, SqlFacts
from wizard.values.facts import PortClaim, ServiceFacts, StackFacts
from wizard.values.lean import replace
from wizard.values.memo import Memo
from wizard.values.profile import Detected, Profile
from wizard.values.source import Problem, Source
from wizard.values.spec import Manifest

TEMPLATES = ".stack-wizard/templates/"
LoadManifest = Callable[[str], Manifest | None]


def read_stack(
    files: Files,
    *,
    head: str = "",
    claims: tuple[PortClaim, ...] = (),
    only: str | None = None,
    manifests: LoadManifest | None = None,
    memo: Memo | None = None,
) -> StackFacts:
    """Read the whole stack afresh; each file once.

    `head`: the commit the files are at. `claims`: ports claimed outside the repository (listening sockets, containers).
    `only`: the one service that matters; the Python of the others is then read only where it alone says their port.
    `manifests`: how a service's manifest is loaded (`session.store.Manifests(files).load`).
    `memo`: spares parsing a text that an earlier reading with the same memo parsed.
    Raises `UnreadableError` for a bad committed profile and for a bad manifest of `only`; everything else that is wrong
    becomes a `Problem` of the file it is in.
    """
    was_enabled = gc.isenabled()
    gc.disable()  # the trees and facts all live until the end: collecting meanwhile costs as much as parsing
    try:
        return _Stack(Survey(files, memo), only, manifests).facts(head, claims)
    finally:
        if was_enabled:
            gc.enable()


class _Stack:
    """The steps of one reading, in the order in which they need each other."""

    def __init__(self, survey: Survey, only: str | None, manifests: LoadManifest | None) -> None:
        self.survey = survey
        self.only = only
        self.load_manifest = manifests
        self.problems: list[Problem] = []
        self.detected: Detected
        self.model: ComposeModel
        self.detected, self.model = look(survey)
        self.profile: Profile = self.detected.profile
        self.candidates = find_services(survey, self.profile, self.model)

    def facts(self, head: str, claims: tuple[PortClaim, ...]) -> StackFacts:
        """Everything."""
        tests = tests_of(self.survey.tree, self.profile, self.candidates)
        reader = Reader(self.survey, self.roots(), tests)
        services = tuple(self.service(candidate, reader) for candidate in self.candidates)
        registry = self.registry(services)
        runbook = self.document(self.profile.runbook)
        sql = tuple(self.sql())
        pytest = self.pytest()
        overlays = [(self.model, ""), *self.overlays()]
        found = port_claims(registry, overlays, services, self.profile)
        self.read_along(tests)
        texts = {path: text for path, text in self.survey.texts.all.items() if not is_private(path)}
        return StackFacts(
            root=str(self.survey.files.root),
            detected=self.detected,
            compose=self.model,
            services=services,
            registry=registry,
            runbook=runbook,
            sql=sql,
            pytest=pytest,
            claims=(*found, *claims),
            head=head,
            texts=texts,
            fingerprints=Fingerprints(texts, self.profile, self.model, services, _by_service(tests)),
            dockerignore=tuple(path for path in texts if path.endswith(".dockerignore")),
            problems=(*self.survey.texts.problems, *self.survey.tree.problems, *self.problems),
        )

    def roots(self) -> frozenset[str]:
        """Names that the stack's own code may import: its top-level packages and modules, and the services."""
        paths = [path for path in self.survey.tree.paths if path.endswith(".py")]
        prefix = f"{self.profile.services_dir}/" if self.profile.services_dir else ""
        tops = {path.split("/", 1)[0].removesuffix(".py") for path in paths}
        shared = {path[len(prefix) :].split("/", 1)[0].removesuffix(".py") for path in paths if path.startswith(prefix)}
        return frozenset(tops | shared | {candidate.name for candidate in self.candidates})

    def service(self, candidate: Candidate, reader: Reader) -> ServiceFacts:
        """One service; code of the others is left out when only one matters."""
        code = self.only is None or candidate.name == self.only
        manifest, problem = self.manifest(candidate.name)
        facts = reader.read(candidate, manifest, code=code)
        return replace(facts, problems=(*facts.problems, problem)) if problem else facts

    def manifest(self, name: str) -> tuple[Manifest | None, Problem | None]:
        """The service's manifest, or what is wrong with it."""
        path = f"{MANIFESTS}/{name}.yaml"
        if self.load_manifest is None or not self.survey.tree.has(path):
            return None, None
        self.survey.texts.get(path)
        try:
            return self.load_manifest(name), None
        except WizardError as error:
            if name == self.only:
                raise
            return None, Problem(error.message, Source(path))

    def registry(self, services: tuple[ServiceFacts, ...]) -> RegistryFacts | None:
        """The document with the port list."""
        path = self.profile.registry
        text = self.text(path, "registry")
        if text is None:
            return None
        from wizard.stack.registry import read_registry

        names, prefix = tuple(service.name for service in services), self.profile.prefix
        make = partial(read_registry, text, path, names, prefix)
        return self.survey.memo.made(("registry", path, text, names, prefix), make)

    def document(self, path: str) -> DocumentFacts | None:
        """The runbook."""
        text = self.text(path, "runbook")
        if text is None:
            return None
        from wizard.stack.markdown import read_document

        return self.survey.memo.made(("document", path, text), lambda: read_document(text, path))

    def pytest(self) -> PytestFacts | None:
        """The configuration of the stack's tests, which lies beside them or in the root."""
        files = (name for folder in ("tests", "") for name in self.survey.tree.children(folder))
        if not any(name.endswith((".toml", ".ini", ".cfg")) for name in files):
            return None
        from wizard.stack.pytest_config import read_pytest

        return read_pytest(self.survey.texts.get)

    def sql(self) -> list[SqlFacts]:
        """Schema first, then the seeds."""
        named = [(self.profile.schema_file, "schema_file"), *((path, "seed_files") for path in self.profile.seed_files)]
        texts = {path: self.text(path, field) for path, field in named}
        found = {path: text for path, text in texts.items() if text is not None}
        if not found:
            return []
        from wizard.stack.sql import read_sql

        memo = self.survey.memo
        return [memo.made(("sql", *entry), partial(read_sql, entry[1], entry[0], deep=True)) for entry in found.items()]

    def text(self, path: str, field: str) -> str | None:
        """A file that a field of the profile names; a missing one is a problem."""
        text = self.survey.texts.get(path) if path else None
        if path and text is None and not self.survey.files.exists(path):
            why = self.detected.why.get(field, "the profile")
            self.problems.append(Problem(f"{path} does not exist, and {why} names it as {field}", Source(path)))
        return text

    def overlays(self) -> list[tuple[ComposeModel, str]]:
        """The Compose files beside those of the profile, each by itself: their ports count, too."""
        from wizard.stack.detect_compose import find_compose_files

        folders = {path.rpartition("/")[0] for path in self.profile.compose_files}
        known = {*self.model.files, *self.profile.compose_files}
        beside = [p for p in find_compose_files(self.survey) if p not in known and p.rpartition("/")[0] in folders]
        home = posixpath.dirname(self.profile.compose_files[0]) if self.profile.compose_files else ""
        load, reader = self.survey.texts.get, self.survey.compose
        return [(_only(read_compose((path,), load, reader.fork(), folder=home), path), f"in {path}") for path in beside]

    def read_along(self, tests: dict[tuple[str, str], list[str]]) -> None:
        """Files that planning may edit or fingerprints cover although no reader needs them."""
        for paths in tests.values():
            for path in paths:
                self.survey.texts.get(path)
        for path in self.survey.tree.paths:
            name = path.rpartition("/")[2]
            wanted = "/" not in path and name.endswith((".py", ".toml", ".ini", ".cfg"))
            wanted = wanted or path.startswith(TEMPLATES)
            if wanted or name in (".dockerignore", ".env.example", ".gitignore") or path == PROFILE:
                self.survey.texts.get(path)


def _only(model: ComposeModel, path: str) -> ComposeModel:
    """The services of an overlay, with the ports that it publishes itself (not what it includes)."""
    kept = tuple(
        replace(service, ports=tuple(port for port in service.ports if port.source.path == path))
        for service in model.services
    )
    return ComposeModel(files=(path,), services=kept)


def _by_service(tests: dict[tuple[str, str], list[str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for (service, _), paths in tests.items():
        found.setdefault(service, []).extend(paths)
    return found
