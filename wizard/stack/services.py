"""Which services a stack has: folders with code, Compose blocks that are built here, commented blocks, manifests."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable

from wizard.stack.folders import ENTRY_NAMES, dockerfile_in, folder_of, has_entry
from wizard.stack.image.images import built_by, runs_something_else
from wizard.stack.service_entry import started_paths
from wizard.stack.service_start import starts
from wizard.stack.survey import Survey
from wizard.values.facts.compose import ComposeModel, ComposeService
from wizard.values.lean import dataclass, field
from wizard.values.pattern import lazy_pattern
from wizard.values.profile import Profile
from wizard.values.source import Problem, Source
from wizard.values.spec import MANIFESTS

_PYTHON_IMAGE = lazy_pattern(r"^\s*FROM\s.*(?:python|uv|conda)", re.IGNORECASE | re.MULTILINE)
_NEVER = frozenset(
    {"tests", "test", "docs", "doc", "scripts", "infrastructure", "infra", "deploy", "deployment", "docker", "tools"}
    | {"compose", "config", "configs", "migrations", "data", "logs", "bin", "ops", "k8s", "helm", "terraform"}
)


@dataclass(slots=True)
class Candidate:
    """A service before its files are read. `folder`: '' when it has none, '.' when it is the stack's root itself."""

    name: str
    folder: str = ""
    compose: ComposeService | None = None
    commented: list[ComposeService] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def find_services(survey: Survey, profile: Profile, model: ComposeModel) -> tuple[Candidate, ...]:
    """Returns the stack's services: those of Compose in its order, then the others by name."""
    found = _Services(survey, profile)
    placed = [(service, found.place(service)) for service in model.services]
    own = [(service, folder) for service, folder in placed if folder is not None]
    for service, folder in sorted(own, key=lambda pair: not found.bears_name(pair[1], pair[0])):
        found.add_active(service, folder)
    run = found.started()
    for name, folder in sorted(_code_folders(survey, profile, found.problems)):
        if not any(f"/{folder}/" in f"/{path}/" for path in run) or dockerfile_in(folder, survey.tree):
            found.add_folder(name, folder)
    for block in model.commented:
        found.add_commented(block)
    for name in _manifests(survey):
        found.named(name)
    return found.in_order([service.key for service in model.services])


class _Services:
    """The services found so far. `taken`: the folders that have an owner."""

    def __init__(self, survey: Survey, profile: Profile) -> None:
        self.survey = survey
        self.profile = profile
        self.found: dict[str, Candidate] = {}
        self.taken: set[str] = set()
        self.python: dict[str, bool] = {}
        self.problems: dict[str, Problem] = {}

    def named(self, name: str) -> Candidate:
        """Returns the service of this name, new if need be."""
        return self.found.setdefault(name, Candidate(name))

    def name_of(self, key: str) -> str:
        """Returns the spec name of a compose key."""
        return key.removeprefix(self.profile.prefix) or key

    def place(self, service: ComposeService) -> str | None:
        """Returns the folder of a service of this stack; None for what runs a foreign image or is no Python."""
        folder = folder_of(service, self.survey.tree)
        named = self.folder_named(self.name_of(service.key))
        if folder is None:
            return None if self.is_server(service) else named or None
        misspelt = folder not in ("", ".") and not self.survey.tree.is_folder(folder)
        if folder == "" or misspelt or posixpath.dirname(folder) != self.profile.services_dir:
            folder = named or folder or "."
        if folder not in self.python:
            self.python[folder] = is_python(folder, service, self.survey)
        own = self.bears_name(folder, service) or not self.is_other(service)  # a folder of its name is its code
        return folder if self.python[folder] and own else None

    def is_other(self, service: ComposeService) -> bool:
        """Tells whether what is built is plainly no Python, whatever lies in the folder beside."""
        return runs_something_else(self.survey, service)

    def bears_name(self, folder: str, service: ComposeService) -> bool:
        """Returns True when the folder is called like the service: it is the folder's owner, whoever else builds from
        it.
        """
        return _alike(posixpath.basename(folder), self.name_of(service.key))

    def add_active(self, service: ComposeService, folder: str) -> None:
        """Adds a service of Compose. It is called like its folder, except where others share it or the folder has a
        name that says nothing (`.`, `src`, outside the services folder).
        """
        name = self.name_of(service.key)
        below = bool(self.profile.services_dir) and posixpath.dirname(folder) == self.profile.services_dir
        owner = posixpath.basename(folder)
        if self.bears_name(folder, service) or (below and folder not in self.taken):
            name = owner
        candidate = self.named(name)
        candidate.compose, candidate.folder = service, folder
        self.taken.add(folder)

    def started(self) -> set[str]:
        """Returns the paths that services start from an image of more than one folder: the code there is theirs."""
        load = self.survey.texts.get
        paths: set[str] = set()
        for candidate in self.found.values():
            if candidate.compose is not None and not candidate.folder.startswith(f"{self.profile.services_dir}/"):
                paths.update(started_paths(starts(candidate, (), built_by(self.survey, candidate.compose), load)))
        return paths

    def is_server(self, service: ComposeService) -> bool:
        return service.key in (self.profile.redis.service, self.profile.postgres.service)

    def add_folder(self, name: str, folder: str) -> None:
        """Adds a folder with code, unless a compose service has it already."""
        if folder not in self.taken:
            candidate = self.named(name)
            candidate.folder = candidate.folder or folder
            self.taken.add(candidate.folder)

    def add_commented(self, block: ComposeService) -> None:
        """Adds a commented block to the service of its folder or name, or as one of its own if it is built."""
        folder = folder_of(block, self.survey.tree)
        name = self.name_of(block.key)
        for candidate in self.found.values():
            if _alike(candidate.name, name) or (folder and candidate.folder == folder):
                candidate.commented.append(block)
                return
        if folder and self.survey.tree.is_folder(folder):
            candidate = self.named(name)
            candidate.folder = folder
            candidate.commented.append(block)

    def folder_named(self, name: str) -> str:
        """Returns the folder below the services folder with this name, whether spelled with `-` or `_`; '' without."""
        for spelled in dict.fromkeys((name, name.replace("-", "_"), name.replace("_", "-"))):
            folder = posixpath.join(self.profile.services_dir, spelled)
            if self.survey.tree.is_folder(folder):
                return folder
        return ""

    def in_order(self, keys: list[str]) -> tuple[Candidate, ...]:
        """Returns those of Compose in its order; problems go to the service whose folder has them."""
        for candidate in self.found.values():
            if candidate.folder in self.problems:
                candidate.problems.append(self.problems[candidate.folder])
        place = {key: index for index, key in enumerate(keys)}
        active = [(place[c.compose.key], c) for c in self.found.values() if c.compose is not None]
        rest = sorted((c for c in self.found.values() if c.compose is None), key=lambda c: c.name)
        return (*(c for _, c in sorted(active, key=lambda pair: pair[0])), *rest)


def _code_folders(survey: Survey, profile: Profile, problems: dict[str, Problem]) -> Iterable[tuple[str, str]]:
    """The folders below the services folder that hold a service: an entry file, or a Dockerfile with Python."""
    tree = survey.tree
    names = set(tree.children(profile.services_dir))
    if profile.services_dir:
        names |= set(survey.files.list(profile.services_dir))
    for name in names:
        folder = posixpath.join(profile.services_dir, name)
        if name.startswith((".", "_")) or (not profile.services_dir and name.lower() in _NEVER) or tree.has(folder):
            continue
        if not tree.is_folder(folder) and not _adopted(survey, folder, problems):
            continue
        if _is_service(folder, survey, strict=not profile.services_dir):
            yield name, folder


def is_python(folder: str, service: ComposeService, survey: Survey) -> bool:
    """Returns False for what is plainly something else: code without a Python file, not built on Python either."""
    tree = survey.tree
    paths = tree.below(folder) if folder != "." else [path for path in tree.paths if path.count("/") < 3]
    if not paths or any(path.endswith((".py", "requirements.txt", "pyproject.toml")) for path in paths):
        return True
    text = survey.texts.get(service.dockerfile.value) if service.dockerfile else None
    return text is not None and bool(_PYTHON_IMAGE.search(text))


def _adopted(survey: Survey, folder: str, problems: dict[str, Problem]) -> bool:
    """A linked folder is read like any other when it stays inside the stack."""
    if survey.tree.adopt(folder):
        return True
    if survey.files.is_link(folder):
        problems[folder] = Problem(f"{folder} is a link that leads out of the stack: not read", Source(folder))
        survey.tree.problems.append(problems[folder])
    return False


def _is_service(folder: str, survey: Survey, *, strict: bool) -> bool:
    tree = survey.tree
    docker = bool(dockerfile_in(folder, tree))
    entry = has_entry(folder, tree) or any(
        tree.has(f"{folder}/{sub}/{name}") for sub in ("app", "src") for name in ENTRY_NAMES
    )
    if strict:
        return docker and entry
    return entry or (docker and any(path.endswith(".py") for path in tree.below(folder)))


def _manifests(survey: Survey) -> list[str]:
    names = survey.tree.children(MANIFESTS)
    return [name.removesuffix(".yaml") for name in names if name.endswith(".yaml")]


def _alike(one: str, other: str) -> bool:
    return one.replace("-", "_").lower() == other.replace("-", "_").lower()
