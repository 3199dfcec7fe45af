"""Facts read from Compose files (https://github.com/compose-spec/compose-spec), each with its line."""

from __future__ import annotations

from wizard.values.lean import dataclass
from wizard.values.source import Fact, Problem, Source


@dataclass(frozen=True, slots=True)
class PublishedPort:
    """One published port; ranges are expanded to one fact a port.

    `host_ip` empty: all addresses. `published` None: an ephemeral host port. `raw`: the entry as written,
    variables unresolved; `published`/`target` have `${VAR:-default}` resolved with the stack's `.env`.
    """

    host_ip: str
    published: int | None
    target: int
    raw: str
    source: Source
    protocol: str = "tcp"


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """A health check of compose or of a Dockerfile. `test`: the words; `port`/`path`: what it probes, when that can be
    read.

    `tool`: the program it needs (`curl`, `wget`, `nc`, `python`, `bash` …), empty for a shell builtin or when
    unreadable.
    """

    test: tuple[str, ...]
    source: Source
    port: int | None = None
    path: str = ""
    disabled: bool = False
    keys: tuple[str, ...] = ()
    tool: str = ""


@dataclass(frozen=True, slots=True)
class DependsOn:
    """One entry of `depends_on`. `condition` empty: the short form."""

    service: str
    condition: str
    source: Source


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
    `build`: context, relative to the stack's root; `dockerfile`: path relative to the stack's root; both None without
    `build`.
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


@dataclass(frozen=True, slots=True)
class ComposeModel:
    """The merged compose model. `files`: every file read, `include`d ones too, in merge order.

    `secrets`: top-level secrets, name -> file (empty when external). `commented`: service blocks that are commented
    out.
    """

    files: tuple[str, ...] = ()
    services: tuple[ComposeService, ...] = ()
    commented: tuple[ComposeService, ...] = ()
    secrets: tuple[tuple[str, str, Source], ...] = ()
    networks: tuple[Fact[str], ...] = ()
    volumes: tuple[Fact[str], ...] = ()
    name: Fact[str] | None = None
    problems: tuple[Problem, ...] = ()

    def service(self, key: str) -> ComposeService | None:
        """The active service with this key, or None."""
        return next((s for s in self.services if s.key == key), None)
