"""Everything read of one stack. Facts are read afresh after every write and never patched in place."""

from __future__ import annotations

from collections.abc import Mapping

from wizard.values.code_facts import PythonFile, RequirementsFacts
from wizard.values.compose_facts import ComposeModel, ComposeService
from wizard.values.container_facts import DockerfileFacts
from wizard.values.doc_facts import DocumentFacts, PytestFacts, RegistryFacts, SqlFacts
from wizard.values.lean import dataclass, field
from wizard.values.profile import Detected, Profile
from wizard.values.source import Problem, Source
from wizard.values.spec import Manifest


@dataclass(frozen=True, slots=True)
class PortClaim:
    """Somebody's claim to a host port, from one source.

    `state`: reserved (registry), published (compose), exposed (Dockerfile EXPOSE or health check, config default),
    listening
    (a socket of this machine), container (a published port of a running or stopped container).
    `holder`: service, container or process name. `source` None for listening/container; `detail`: in words.
    """

    port: int
    state: str
    holder: str
    source: Source | None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """One service of the stack: its folder and everything elsewhere that belongs to it.

    `name`: the spec name (folder name; compose key without prefix). `folder`: relative path, '' when it has none.
    `entry`: path of the file that serves, normally `…/service.py`, '' when none. `dotted`: modules import each other as
    a package
    (`from .config` / `from NAME.config`), else flat (`from config`). `compose`: the active block; `commented`: blocks
    in comments.
    `tests`: path kind (`unit`, `integration`, `e2e`) -> parsed test files (conftest.py too). `own_files`: all files of
    the folder.
    `shared`: modules of the stack outside the folder that its code imports when it is imported (helpers, a package that
    services have in common).
    """

    name: str
    folder: str
    entry: str = ""
    dotted: bool = True
    own_files: tuple[str, ...] = ()
    python: tuple[PythonFile, ...] = ()
    dockerfile: DockerfileFacts | None = None
    requirements: RequirementsFacts | None = None
    readme: DocumentFacts | None = None
    compose: ComposeService | None = None
    commented: tuple[ComposeService, ...] = ()
    tests: dict[str, tuple[PythonFile, ...]] = field(default_factory=dict)
    manifest: Manifest | None = None
    problems: tuple[Problem, ...] = ()
    shared: tuple[PythonFile, ...] = ()

    @property
    def code(self) -> tuple[PythonFile, ...]:
        """Its own modules and the shared ones."""
        return (*self.python, *self.shared)

    def module(self, filename: str) -> PythonFile | None:
        """The service's own file with this base name, or None."""
        return next((f for f in self.python if f.path.rsplit("/", 1)[-1] == filename), None)


@dataclass(frozen=True, slots=True)
class StackFacts:
    """The whole stack as read at one moment. `texts`: every editable file that was read, path -> text (see `FileEdit`).

    `fingerprints`: service -> sha256 over the files a live observation of it depends on.
    `dockerignore`: paths of the stack's `.dockerignore` files.
    """

    root: str
    detected: Detected
    compose: ComposeModel
    services: tuple[ServiceFacts, ...]
    registry: RegistryFacts | None
    runbook: DocumentFacts | None
    sql: tuple[SqlFacts, ...]
    pytest: PytestFacts | None
    claims: tuple[PortClaim, ...] = ()
    head: str = ""
    texts: dict[str, str] = field(default_factory=dict)
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    dockerignore: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def profile(self) -> Profile:
        """The profile in force."""
        return self.detected.profile

    def service(self, name: str) -> ServiceFacts | None:
        """The facts of one service by its spec name, or None."""
        return next((s for s in self.services if s.name == name), None)
