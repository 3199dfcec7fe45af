"""Everything read of one stack. Facts are read afresh after every write and never patched in place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from wizard.values.checklist import Checklist
from wizard.values.declared import filled
from wizard.values.facts.code import PythonFile, RequirementsFacts
from wizard.values.facts.compose import ComposeModel, ComposeService
from wizard.values.facts.container import DockerfileFacts
from wizard.values.facts.documents import DocumentFacts, PytestFacts, RegistryFacts, SqlFacts
from wizard.values.lean import dataclass, field
from wizard.values.memo import Kept, derived
from wizard.values.profile import Detected, Profile
from wizard.values.source import Fact, Problem, Source
from wizard.values.spec import Manifest


@dataclass(frozen=True, slots=True)
class PortClaim:
    """Somebody's claim to a host port, from one source.

    `state`: reserved (registry), published (compose), exposed (Dockerfile EXPOSE or health check, config default),
    listening (a socket of this machine), container (a published port of a running or stopped container).
    `holder`: service, container or process name. `source` None for listening/container; `detail`: in words.
    `address`: of the host, empty for all of them. `serves`: the services that share the holder's network, for which it
    publishes too. `profiles`: of Compose, without which it does not start. `stands_alone`: it is from a Compose file
    that is started instead of the profile's.
    """

    port: int
    state: str
    holder: str
    source: Source | None
    detail: str = ""
    address: str = ""
    protocol: str = "tcp"
    serves: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    stands_alone: bool = False


@dataclass(frozen=True, slots=True)
class Credential:
    """What a server of the stack asks of those who connect. `source`: the line that says so.

    `kind`: secret (`name` is the Compose secret), variable (`name` is a variable of Compose's environment), env_file
    (`name` is set there), literal (it stands in the file), unknown. `inside`: the variable of the server's own
    container that holds it, '' for none. `user`: of an ACL, '' when the password alone will do. `file`: the env file of
    the server alone that has it, which Compose does not take variables from; '' for none.
    """

    server: str
    key: str
    source: Source
    kind: str
    name: str = ""
    inside: str = ""
    user: str = ""
    file: str = ""

    @property
    def variable(self) -> str:
        """The variable of Compose's environment from which a new service's secret takes the password: the stack's own,
        that of the server's env file, else one that is called like the server's; '' where none can be."""
        if self.kind in ("variable", "env_file"):
            return self.name
        return (self.inside or f"{self.server.upper()}_PASSWORD") if self.kind == "literal" and not self.user else ""


@dataclass(frozen=True, slots=True)
class Program:
    """What a container's start gives to Python (`-m uvicorn app.main:app`), and the folder of the stack that its
    modules are imported from."""

    words: tuple[str, ...]
    folder: str


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """One service of the stack: its folder and everything elsewhere that belongs to it.

    `name`: the spec name (folder name; compose key without prefix). `folder`: relative path, '' when it has none.
    `entry`: path of the file that serves, normally `…/service.py`, '' when none. `dotted`: modules import each other as
    a package (`from .config` / `from NAME.config`), else flat (`from config`). `compose`: the active block;
    `commented`: blocks in comments.
    `tests`: path kind (`unit`, `integration`, `e2e`) -> parsed test files (conftest.py too). `unclear_tests`: the kind
    and the file of tests that may as well be another service's. `own_files`: all files of the folder.
    `shared`: modules of the stack outside the folder that its code imports when it is imported (helpers, a package that
    services have in common).
    `listens`: the port of the server that its start command (or a script it runs) starts, with that line; None when
    that cannot be told. `listens_by`: the variable that sets it, '' when the command says it itself. `starts_missing`:
    what the start command starts and no file of the repository is, so that what does run was not read.
    `starts_script`: the shell script that is started and names no Python.
    `image_of_many`: other services are made from the same image, so that what it exposes and probes may be theirs.
    `too_new`: what its code uses that the Python of its image does not have. `brought`: the modules of the repository's
    own packages that its image installs, each with the line that does. `program`: what its start gives to Python; None
    where that is the entry file itself, or cannot be told.
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
    unclear_tests: tuple[Fact[str], ...] = ()
    manifest: Manifest | None = None
    problems: tuple[Problem, ...] = ()
    shared: tuple[PythonFile, ...] = ()
    listens: Fact[int] | None = None
    listens_by: str = ""
    starts_missing: Fact[str] | None = None
    starts_script: Fact[str] | None = None
    too_new: tuple[Fact[str], ...] = ()
    brought: tuple[Fact[str], ...] = ()
    image_of_many: bool = False
    program: Program | None = None

    @property
    def code(self) -> tuple[PythonFile, ...]:
        """Its own modules and the shared ones."""
        return (*self.python, *self.shared)

    def module(self, filename: str) -> PythonFile | None:
        """Returns the service's own file with this base name, or None."""
        return next((f for f in self.python if f.path.rsplit("/", 1)[-1] == filename), None)


@dataclass(frozen=True, slots=True)
class StackFacts:
    """The whole stack as read at one moment. `texts`: every editable file that was read, path -> text (see `FileEdit`).

    `fingerprints`: service -> sha256 over the files a live observation of it depends on.
    `dockerignore`: paths of the stack's `.dockerignore` files. `whole`: the code of every service was read that writes
    or reads a channel of one of those that matter, so that both its ends are known. `checklist`: where the stack has
    items of its own; None: the shipped one (ask `wizard.checklist.load.checklist_of`). `asked`: whether each path
    is there that its checks ask for.
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
    credentials: tuple[Credential, ...] = ()
    whole: bool = True
    checklist: Checklist | None = None
    asked: Mapping[str, bool] = field(default_factory=dict)
    derived: Kept = field(default_factory=dict, compare=False, repr=False)

    def fingerprint(self, service: str, item: str) -> str:
        """Returns what an observation of an item depends on: the service's files; for an item of the stack's own
        checklist, what it declares and the files that it names as well. '' for a service that is not there."""
        base = self.fingerprints.get(service, "")
        items = self.checklist.items if self.checklist is not None and self.checklist.content else ()
        own = next((one for one in items if one.id == item and one.checks), None)
        facts = self.service(service)
        if not base or own is None or facts is None:
            return base
        from hashlib import sha256

        paths = [filled(path, service, facts.folder) for one in own.checks for path in one.paths]
        read = [(path, self.asked.get(path), self.texts.get(path)) for path in paths]
        said = repr((base, [one.kind for one in own.checks], read))
        return sha256(said.encode("utf-8", "surrogateescape")).hexdigest()

    def credential(self, server: str) -> Credential | None:
        """Returns what `redis` or `postgres` asks for, None when it asks for nothing that could be read."""
        return next((found for found in self.credentials if found.server == server), None)

    def secret_of(self, server: str) -> str:
        """Returns the Compose secret that hands a server's password over, '' when there is none and none can be made.

        A password from a variable of Compose's environment makes one: a secret with that variable as its source. So
        does one that stands in the file: it is not written down a second time.
        """
        known = self.profile.redis.secret if server == "redis" else self.profile.postgres.secret
        asked = self.credential(server)
        if known or asked is None or asked.kind == "secret":
            return known or (asked.name if asked is not None else "")
        held = (name for name, variable in self.compose.secret_variables if variable == asked.variable)
        return next(held, asked.variable.lower()) if asked.variable else ""

    @property
    def service_names(self) -> frozenset[str]:
        """The spec names of all services."""
        services = self.services
        return derived(self.derived, "names", services, lambda: frozenset(service.name for service in services))

    @property
    def shared_readmes(self) -> frozenset[str]:
        """Paths of READMEs that several services have."""
        return derived(self.derived, "readmes", self.services, self._shared_readmes)

    def _shared_readmes(self) -> frozenset[str]:
        counts = Counter(service.readme.path for service in self.services if service.readme is not None)
        return frozenset(path for path, count in counts.items() if count > 1)

    @property
    def profile(self) -> Profile:
        """The profile in force."""
        return self.detected.profile

    def service(self, name: str) -> ServiceFacts | None:
        """Returns the facts of one service by its spec name, or None."""
        by_name = derived(self.derived, "name", self.services, lambda: {s.name: s for s in reversed(self.services)})
        return by_name.get(name)
