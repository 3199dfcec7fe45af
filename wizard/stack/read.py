"""READ: everything that can be seen of a stack, as values. The door of this room.

Readers that not every stack needs (SQL, Markdown) are imported where they are used: their patterns cost milliseconds.
"""

from __future__ import annotations

import gc
import posixpath
from collections import Counter
from collections.abc import Callable
from functools import partial

from wizard.adapters.files.files import Files
from wizard.errors import WizardError
from wizard.rules.names import service_meant
from wizard.stack.claims import port_claims
from wizard.stack.compose.env_file import env_lines
from wizard.stack.compose.model import read_compose
from wizard.stack.detect.compose_commands import elsewhere
from wizard.stack.detect.credentials import credentials
from wizard.stack.detect.detect import look
from wizard.stack.fingerprint import Fingerprints, is_private
from wizard.stack.service_files import Reader, image_key
from wizard.stack.services import Candidate, find_services
from wizard.stack.survey import Survey
from wizard.stack.testing.test_files import tests_of
from wizard.values.checklist import Checklist
from wizard.values.declared import filled
from wizard.values.facts.code import PUTS_OUT, TAKES_IN
from wizard.values.facts.compose import ComposeModel, SwarmRemark
from wizard.values.facts.documents import DocumentFacts, PytestFacts, RegistryFacts, SqlFacts
from wizard.values.facts.stack import PortClaim, ServiceFacts, StackFacts
from wizard.values.lean import replace
from wizard.values.memo import Memo
from wizard.values.profile import PROFILE, Detected, Profile
from wizard.values.source import Problem, Source
from wizard.values.spec import Manifest, manifest_path

TEMPLATES = ".stack-wizard/templates/"
PATTERNS = ".stack-wizard/patterns/"
LoadManifest = Callable[[str], Manifest | None]


def read_stack(
    files: Files,
    *,
    head: str = "",
    claims: tuple[PortClaim, ...] = (),
    only: str | None = None,
    neighbours: bool = False,
    manifests: LoadManifest | None = None,
    memo: Memo | None = None,
    checklist: Checklist | None = None,
) -> StackFacts:
    """Reads the whole stack afresh; each file once.

    `head`: the commit the files are at. `claims`: ports claimed outside the repository (listening sockets, containers).
    `only`: the one service that matters; the Python of the others is then read only where it alone says their port.
    `neighbours`: with `only`, read the code of services that name one of its channels as well, so that what they send
    each other can be compared. `manifests`: how a service's manifest is loaded (`session.store.Manifests(files).load`).
    `checklist`: the one that the stack is judged by; files that its own checks ask for are read along.
    `memo`: spares parsing a text that an earlier reading with the same memo parsed.
    Raises `UnreadableError` for a bad committed profile and for a bad manifest of `only`; everything else that is wrong
    becomes a `Problem` of the file it is in.
    """
    was_enabled = gc.isenabled()
    gc.disable()  # the trees and facts all live until the end: collecting meanwhile costs as much as parsing
    try:
        stack = _Stack(Survey(files, memo), only, manifests, neighbours=neighbours)
        return stack.facts(head, claims, checklist)
    finally:
        if was_enabled:
            gc.enable()


class _Stack:
    """The steps of one reading, in the order in which they need each other."""

    def __init__(
        self, survey: Survey, only: str | None, manifests: LoadManifest | None, *, neighbours: bool = False
    ) -> None:
        self.survey = survey
        self.neighbours = neighbours
        self.load_manifest = manifests
        self.problems: list[Problem] = []
        self.detected: Detected
        self.model: ComposeModel
        self.detected, self.model = look(survey)
        self.profile: Profile = self.detected.profile
        self.candidates = find_services(survey, self.profile, self.model)
        keys = ((one.name, one.compose.key if one.compose else "", one.folder or "") for one in self.candidates)
        self.only = (service_meant(only, keys, self.profile.prefix) or only) if only else only

    def facts(self, head: str, claims: tuple[PortClaim, ...], checklist: Checklist | None) -> StackFacts:
        """Reads everything."""
        pytest = self.pytest()
        tests = tests_of(self.survey, self.profile, self.candidates, pytest)
        owners = Counter(candidate.folder for candidate in self.candidates)
        built = Counter(key for candidate in self.candidates if (key := image_key(candidate))[0])
        reader = Reader(self.survey, self.roots(), tests, owners, built)
        services = self.services(reader)
        registry = self.registry(services)
        runbook = self.document(self.profile.runbook)
        sql = tuple(self.sql())
        overlays = self.overlays()
        apart = elsewhere(self.survey, self.profile.compose_files, tuple(m.files[0] for m, _ in overlays))
        found = port_claims(registry, [(self.model, ""), *overlays], services, self.profile, apart)
        beside = tuple(service for model, _ in overlays for service in model.services)
        self.read_along(tests.found)
        asked = self.asked(checklist, services) if checklist is not None and checklist.content else {}
        texts = {path: text for path, text in self.survey.texts.all.items() if not is_private(path)}
        return StackFacts(
            root=str(self.survey.files.root),
            detected=self.detected,
            compose=replace(self.model, beside=beside, swarm=self.swarm() if self.profile.on_swarm else ()),
            services=services,
            registry=registry,
            runbook=runbook,
            sql=sql,
            pytest=pytest,
            claims=(*found, *claims),
            head=head,
            texts=texts,
            fingerprints=Fingerprints(texts, self.profile, self.model, services, _by_service(tests.found)),
            dockerignore=tuple(path for path in texts if path.endswith(".dockerignore")),
            problems=(*self.survey.texts.problems, *self.survey.tree.problems, *self.problems),
            credentials=credentials(self.model, self.profile, self.survey.texts.get),
            whole=self.only is None or self.neighbours,
            checklist=checklist,
            asked=asked,
        )

    def swarm(self) -> tuple[SwarmRemark, ...]:
        """Reads the Compose files once more, as `docker stack deploy` does."""
        from wizard.stack.compose.swarm import swarm_remarks
        from wizard.stack.detect.compose_commands import exports_env_file

        paths = self.profile.compose_files
        folder = posixpath.dirname(paths[0]) if paths else ""
        found: dict[str, Source] = {}
        for path in dict.fromkeys((posixpath.join(folder, ".env"), ".env", posixpath.join(folder, ".env.example"))):
            for line in env_lines(self.survey.texts.get(path) or ""):
                found.setdefault(line.name, Source(path, line.line))
        dotenv = {} if not found or exports_env_file(self.survey) else found
        return swarm_remarks(self.survey.compose, paths, self.model, dotenv)

    def services(self, reader: Reader) -> tuple[ServiceFacts, ...]:
        """Reads every service; when one matters, the code of the others only as far as they share a channel with it."""
        found = tuple(self.service(candidate, reader, code=self.only is None) for candidate in self.candidates)
        mine = next((one for one in found if one.name == self.only), None)
        if mine is None or not self.neighbours:
            return found
        names = {
            use.value for file in mine.code for use in file.redis if use.value and use.kind in (*TAKES_IN, *PUTS_OUT)
        }
        return tuple(
            self.service(candidate, reader, code=True) if one is not mine and self.mentions(one, names) else one
            for candidate, one in zip(self.candidates, found, strict=True)
        )

    def mentions(self, service: ServiceFacts, names: set[str]) -> bool:
        """Tells whether a service's code, or what Compose gives it, has one of these channels in it."""
        given = {entry.value for entry in service.compose.environment} if service.compose else set()
        texts = (self.survey.texts.get(path) or "" for path in service.own_files if path.endswith(".py"))
        return bool(names & given) or any(name in text for text in texts for name in names)

    def roots(self) -> frozenset[str]:
        """Returns names that the stack's own code may import: its top-level packages and modules, and the services."""
        paths = [path for path in self.survey.tree.paths if path.endswith(".py")]
        prefix = f"{self.profile.services_dir}/" if self.profile.services_dir else ""
        tops = {path.split("/", 1)[0].removesuffix(".py") for path in paths}
        shared = {path[len(prefix) :].split("/", 1)[0].removesuffix(".py") for path in paths if path.startswith(prefix)}
        return frozenset(tops | shared | {candidate.name for candidate in self.candidates})

    def service(self, candidate: Candidate, reader: Reader, *, code: bool) -> ServiceFacts:
        """Reads one service. `code` False: its Python is left out, unless it is the one that matters."""
        code = code or candidate.name == self.only
        manifest, problem = self.manifest(candidate.name)
        facts = reader.read(candidate, manifest, code=code)
        return replace(facts, problems=(*facts.problems, problem)) if problem else facts

    def manifest(self, name: str) -> tuple[Manifest | None, Problem | None]:
        """Returns the service's manifest, or what is wrong with it."""
        path = manifest_path(name)
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
        """Reads the document with the port list."""
        path = self.profile.registry
        text = self.prose(path, "registry")
        if not isinstance(text, str):
            return RegistryFacts(path, unread=text) if text else None
        from wizard.stack.documents.port_registry import read_registry

        names, prefix = tuple(service.name for service in services), self.profile.prefix
        make = partial(read_registry, text, path, names, prefix)
        return self.survey.memo.made(("registry", path, text, names, prefix), make)

    def document(self, path: str) -> DocumentFacts | None:
        """Reads the runbook."""
        text = self.prose(path, "runbook")
        if not isinstance(text, str):
            return DocumentFacts(path, unread=text) if text else None
        from wizard.stack.documents.markdown import read_document

        return self.survey.memo.made(("document", path, text), lambda: read_document(text, path))

    def pytest(self) -> PytestFacts | None:
        """Reads the configuration of the stack's tests, which lies beside them or in the root."""
        files = (name for folder in ("tests", "") for name in self.survey.tree.children(folder))
        if not any(name.endswith((".toml", ".ini", ".cfg")) for name in files):
            return None
        from wizard.stack.testing.pytest_config import read_pytest

        return read_pytest(self.survey.texts.get)

    def sql(self) -> list[SqlFacts]:
        """Reads the schema first, then the seeds."""
        named = [(self.profile.schema_file, "schema_file"), *((path, "seed_files") for path in self.profile.seed_files)]
        texts = {path: self.text(path, field) for path, field in named}
        found = {path: text for path, text in texts.items() if text is not None}
        if not found:
            return []
        from wizard.stack.documents.sql import read_sql

        memo = self.survey.memo
        return [memo.made(("sql", *entry), partial(read_sql, entry[1], entry[0])) for entry in found.items()]

    def text(self, path: str, field: str) -> str | None:
        """Reads a file that a field of the profile names; a missing one is a problem."""
        text = self.survey.texts.get(path) if path else None
        if path and text is None and not self.survey.files.exists(path):
            why = self.detected.why.get(field, "the profile")
            self.problems.append(Problem(f"{path} does not exist, and {why} names it as {field}", Source(path)))
        return text

    def prose(self, path: str, field: str) -> str | Problem | None:
        """Reads a document that a field of the profile names, or why it cannot be read."""
        self.text(path, field)
        return self.survey.texts.document(path) if path else None

    def overlays(self) -> list[tuple[ComposeModel, str]]:
        """Reads the Compose files beside those of the profile, each by itself: their ports count, too."""
        from wizard.stack.detect.compose_candidates import find_compose_files, is_shadowed

        folders = {path.rpartition("/")[0] for path in self.profile.compose_files}
        known = {*self.model.files, *self.profile.compose_files}
        found = find_compose_files(self.survey)
        beside = [p for p in found if p not in known and p.rpartition("/")[0] in folders and not is_shadowed(p, found)]
        home = posixpath.dirname(self.profile.compose_files[0]) if self.profile.compose_files else ""
        load, reader = self.survey.texts.get, self.survey.compose
        return [(_only(read_compose((path,), load, reader.fork(), folder=home), path), f"in {path}") for path in beside]

    def asked(self, checklist: Checklist, services: tuple[ServiceFacts, ...]) -> dict[str, bool]:
        """Reads what the stack's own checks ask for; returns whether each of these paths is there."""
        found: dict[str, bool] = {}
        declared = [path for item in checklist.items for one in item.checks for path in one.paths]
        places = {one.name: one.folder or posixpath.join(self.profile.services_dir, one.name) for one in services}
        if self.only is not None:
            places.setdefault(self.only, posixpath.join(self.profile.services_dir, self.only))
        for path in dict.fromkeys(filled(path, *place) for path in declared for place in places.items()):
            found[path] = self.survey.files.exists(path)
            if found[path] and not self.survey.files.is_dir(path):
                self.survey.texts.get(path)
        return found

    def read_along(self, tests: dict[tuple[str, str], list[str]]) -> None:
        """Reads files that planning may edit or fingerprints cover although no reader needs them."""
        for paths in tests.values():
            for path in paths:
                self.survey.texts.get(path)
        for path in self.survey.tree.paths:
            name = path.rpartition("/")[2]
            wanted = "/" not in path and name.endswith((".py", ".toml", ".ini", ".cfg"))
            if path.startswith(TEMPLATES) or (path.startswith(PATTERNS) and "/templates/" in path):
                wanted = not self.survey.files.is_link(path)
                words = "a template that is a link is not read: what it leads to would be written into other files"
                self.problems += [] if wanted else [Problem(words, Source(path))]
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
