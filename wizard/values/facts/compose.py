"""Facts read from Compose files (https://github.com/compose-spec/compose-spec), each with its line."""

from __future__ import annotations

from wizard.values.lean import dataclass, field
from wizard.values.memo import Kept, derived
from wizard.values.source import Fact, Problem, Source


@dataclass(frozen=True, slots=True)
class PublishedPort:
    """One published port; ranges are expanded to one fact a port.

    `host_ip` empty: all addresses. `published` None: an ephemeral host port. `raw`: the entry as written,
    variables unresolved; `published`/`target` have `${VAR:-default}` resolved with the stack's `.env`. `unset`: the
    variable in it that nothing in the repository sets, so that address or host port are not known; '' without one.
    `mode`: how a Swarm publishes it, `host` or `ingress`; '' where that is not said, which means ingress.
    """

    host_ip: str
    published: int | None
    target: int
    raw: str
    source: Source
    protocol: str = "tcp"
    unset: str = ""
    mode: str = ""


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """A health check of compose or of a Dockerfile. `test`: the words; `port`/`path`: what it probes, when that can be
    read.

    `tool`: the program it needs (`curl`, `wget`, `nc`, `python`, `bash` …), empty for a shell builtin or when
    unreadable.
    `host`: as asked, empty when unreadable. `fault`: why the words cannot do what they say, whatever the service does,
    as the end of a sentence that begins with the check.
    """

    test: tuple[str, ...]
    source: Source
    port: int | None = None
    path: str = ""
    disabled: bool = False
    keys: tuple[str, ...] = ()
    tool: str = ""
    host: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class DependsOn:
    """One entry of `depends_on`. `condition` empty: the short form. `required` False: it may be left out."""

    service: str
    condition: str
    source: Source
    required: bool = True


@dataclass(frozen=True, slots=True)
class EnvEntry:
    """One entry of `environment` or of an env file. `value` None: passed through from the shell (`- NAME`).

    `raw`: as written, `value`: with `${VAR:-default}` resolved. `file`: came from an `env_file`.
    """

    name: str
    value: str | None
    raw: str
    source: Source
    file: bool = False


@dataclass(frozen=True, slots=True)
class ComposeService:
    """A service of the merged model (all files of the profile in order), or a commented-out block of one file.

    `declared`: where its key stands in every file that mentions it. `end_line`: last line of the block in
    `declared[-1]`.
    `written`: the words of entrypoint and command as written, variables unresolved. `secret_paths`: mounted secret ->
    its path in the container. `aliases`: its further names in its networks. `unread_env`: env files that are kept out
    of git and not here, so that what they set cannot be known; `absent_env`: those without which Compose starts
    nothing. `unread_ports`: entries of `ports` that are numbers only once a variable is set which nothing in the
    repository sets.
    `build`: context, relative to the stack's root; `dockerfile`: path relative to the stack's root; both None without
    `build`. `target`: the stage of the Dockerfile that is built, None for the last one. `replicas`: how many
    containers of it are started (`scale`, `deploy.replicas`), None where nothing says so. `inline`: the text of a
    `dockerfile_inline`. `build_args`: `NAME=value` of each argument that has a value. `build_contexts`: `NAME=where` of
    each of `additional_contexts`. `deploy`: everything that `deploy` says, by its dotted place (`update_config.order`);
    what is a list is joined by commas.
    """

    key: str
    declared: tuple[Source, ...]
    end_line: int = 0
    image: Fact[str] | None = None
    build: Fact[str] | None = None
    dockerfile: Fact[str] | None = None
    container_name: Fact[str] | None = None
    command: Fact[tuple[str, ...]] | None = None
    entrypoint: Fact[tuple[str, ...]] | None = None
    user: Fact[str] | None = None
    environment: tuple[EnvEntry, ...] = ()
    secrets: tuple[Fact[str], ...] = ()
    depends_on: tuple[DependsOn, ...] = ()
    healthcheck: HealthCheck | None = None
    ports: tuple[PublishedPort, ...] = ()
    expose: tuple[Fact[int], ...] = ()
    networks: tuple[Fact[str], ...] = ()
    network_mode: Fact[str] | None = None
    profiles: tuple[Fact[str], ...] = ()
    volumes: tuple[Fact[str], ...] = ()
    keys: tuple[str, ...] = ()
    commented: bool = False
    problems: tuple[Problem, ...] = ()
    target: Fact[str] | None = None
    replicas: Fact[int] | None = None
    inline: Fact[str] | None = None
    build_args: tuple[Fact[str], ...] = ()
    build_contexts: tuple[Fact[str], ...] = ()
    written: tuple[str, ...] = ()
    secret_paths: tuple[tuple[str, str], ...] = ()
    aliases: tuple[str, ...] = ()
    unread_env: tuple[Source, ...] = ()
    absent_env: tuple[Fact[str], ...] = ()
    unread_ports: tuple[Fact[str], ...] = ()
    deploy: tuple[tuple[str, Fact[str]], ...] = ()

    def deployed(self, place: str) -> Fact[str] | None:
        """Returns what `deploy` says at a dotted place, None where it says nothing."""
        return next((fact for name, fact in self.deploy if name == place), None)

    @property
    def many(self) -> Fact[str] | None:
        """Returns what makes more than one task of it on a Swarm: its replicas, or one on every node."""
        mode = self.deployed("mode")
        if mode is not None and mode.value == "global":
            return mode
        replicas = self.deployed("replicas")
        return replicas if replicas is not None and replicas.value.isdecimal() and int(replicas.value) > 1 else None


REFUSED, IGNORED, DIFFERS, HARMLESS = "refused", "ignored", "differs", "harmless"


@dataclass(frozen=True, slots=True)
class SwarmRemark:
    """A part of a Compose file of which `docker stack deploy` makes something else than Compose does.

    `service`: the Compose key, '' for the top level. `place`: dotted, in the service or from the top. `effect`: refused
    (the whole file is), ignored, differs, or harmless: ignored, and what a Swarm goes by stands beside it. `words`:
    what happens, and what takes its place. `rule`: who says so.
    """

    service: str
    place: str
    effect: str
    words: str
    rule: str
    source: Source


@dataclass(frozen=True, slots=True)
class ComposeModel:
    """The merged compose model. `files`: every file read, `include`d ones too, in merge order.

    `secrets`: top-level secrets, name -> file (empty when external). `commented`: service blocks that are commented
    out. `beside`: services of files that are loaded only when a command names them.
    `secrets`: top-level secrets, name -> file (empty when external or from a variable). `secret_variables`: those that
    take their text from a variable of Compose's environment, name -> variable. `external_networks`: others may be
    in them, too. `commented`: service blocks that are commented out. `swarm`: what `docker stack deploy` makes of the
    files, for a stack that it deploys.
    """

    files: tuple[str, ...] = ()
    services: tuple[ComposeService, ...] = ()
    commented: tuple[ComposeService, ...] = ()
    secrets: tuple[tuple[str, str, Source], ...] = ()
    networks: tuple[Fact[str], ...] = ()
    volumes: tuple[Fact[str], ...] = ()
    name: Fact[str] | None = None
    problems: tuple[Problem, ...] = ()
    beside: tuple[ComposeService, ...] = ()
    secret_variables: tuple[tuple[str, str], ...] = ()
    external_networks: tuple[str, ...] = ()
    swarm: tuple[SwarmRemark, ...] = ()
    derived: Kept = field(default_factory=dict, compare=False, repr=False)

    def service(self, key: str) -> ComposeService | None:
        """Returns the active service with this key, or None."""
        by_key = derived(self.derived, "key", self.services, lambda: {s.key: s for s in reversed(self.services)})
        return by_key.get(key)

    def waiting_for(self, key: str) -> frozenset[str]:
        """Returns the keys of the services that start after this one, through others too; `depends_on` them from it
        would be a cycle."""
        waiting = derived(self.derived, "waiting", self.services, self._waiting)
        found: set[str] = set()
        todo = [key]
        while todo:
            later = waiting.get(todo.pop(), frozenset()) - found
            found |= later
            todo += later
        return frozenset(found)

    def _waiting(self) -> dict[str, frozenset[str]]:
        """Compose key -> the keys of those that wait for it themselves."""
        found: dict[str, set[str]] = {}
        for service in self.services:
            for dependency in service.depends_on:
                found.setdefault(dependency.service, set()).add(service.key)
        return {key: frozenset(later) for key, later in found.items()}
