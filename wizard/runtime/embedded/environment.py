"""The environment of the service's process: what its compose block sets, with the stack's servers replaced by the
scratch ones.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

from wizard.rules.ports import container_port
from wizard.rules.secrets import exported, is_secret
from wizard.rules.variables import is_port, server_meant
from wizard.values.facts.stack import ServiceFacts, StackFacts
from wizard.values.lean import dataclass, field
from wizard.values.live import Endpoint, LiveTrouble
from wizard.values.pattern import lazy_pattern
from wizard.values.spec import ServiceSpec

_SECRET_PATH = lazy_pattern(r"/run/secrets/([A-Za-z0-9_.\-]+)")
_ADDRESS = lazy_pattern(r"(?P<user>[^@/\s]*@)?(?P<host>[A-Za-z0-9_.\-]+)(?P<port>:\d+)?\Z")
_URL = lazy_pattern(r"(?P<scheme>[a-z][a-z0-9+.\-]*)://(?P<authority>[^/?#\s]*)(?P<rest>[^\s]*)")
_VARIABLE = lazy_pattern(r"\$\{?([A-Za-z_]\w*)")
_TELLING = 4
"""A shorter password may be any other value of the environment."""


@dataclass(frozen=True, slots=True)
class Servers:
    """The scratch servers under the names that compose knows them by.

    `redis_names`: further host names (container name, aliases, what the code says by default). `redis_variables`: the
    variables that hold the password of the stack's own server, whatever the service calls its own.
    """

    redis_key: str
    redis_port: int
    redis: Endpoint | None
    postgres_key: str
    postgres_port: int
    postgres: Endpoint | None
    redis_password: str = field(default="", repr=False)
    postgres_password: str = field(default="", repr=False)
    redis_names: frozenset[str] = frozenset()
    postgres_names: frozenset[str] = frozenset()
    redis_variables: frozenset[str] = frozenset()
    postgres_variables: frozenset[str] = frozenset()

    def is_right(self, server: Endpoint, value: str, raw: str) -> bool:
        """Tells whether a password stands for the stack's own: a `${VARIABLE}`, or the text of the secret. Another one
        stays wrong.
        """
        own = self.redis_password if server is self.redis else self.postgres_password
        return "${" in raw or not own or value == own

    def of_host(self, host: str) -> Endpoint | None:
        """Returns the scratch server that stands for a compose host name."""
        if self.redis is not None and (host == self.redis_key or host in self.redis_names):
            return self.redis
        known = host == self.postgres_key or host in self.postgres_names
        return self.postgres if self.postgres is not None and known else None

    def of_password(self, value: str, raw: str) -> Endpoint | None:
        """Returns the scratch server whose own password a value is: the same `${VARIABLE}`, or the same text."""
        asked = set(_VARIABLE.findall(raw))
        for server, own, variables in (
            (self.redis, self.redis_password, self.redis_variables),
            (self.postgres, self.postgres_password, self.postgres_variables),
        ):
            if server is not None and (asked & variables or (len(own) >= _TELLING and value == own)):
                return server
        return None

    def libpq(self) -> dict[str, str]:
        """Returns the variables that lead PostgreSQL's client library to the scratch server, whatever host the code
        says.
        """
        at = self.postgres
        return {"PGHOSTADDR": at.host, "PGPORT": str(at.port)} if at is not None else {}

    def places(self, folder: Path) -> str:
        """Returns what `site/sitecustomize.py` gets: where each host and port is reached here, and where the secrets
        are.
        """
        hosts: dict[str, dict[str, int]] = {}
        for key, names, usual, at in (
            (self.redis_key, self.redis_names, self.redis_port, self.redis),
            (self.postgres_key, self.postgres_names, self.postgres_port, self.postgres),
        ):
            if at is not None:
                hosts |= {name: {str(usual): at.port} for name in {key, *names} - {""}}
        return json.dumps({"hosts": hosts, "secrets": str(folder)})

    def of_variable(self, name: str) -> tuple[Endpoint | None, int]:
        """Returns the scratch server that a variable speaks of by its name, and the port the stack's own has."""
        server = server_meant(name)
        if server == "redis":
            return self.redis, self.redis_port
        return (self.postgres, self.postgres_port) if server == "postgres" else (None, 0)


def write_secrets(facts: StackFacts, service: ServiceFacts, servers: Servers, folder: Path) -> None:
    """Writes the service's secrets into `folder`: the scratch servers' passwords, random text for every other.

    The stack's real secrets are never used: the run must not reach anything beyond its scratch servers in their name.
    """
    folder.mkdir(mode=0o700)
    names = {fact.value for fact in service.compose.secrets} if service.compose else set()
    known = {facts.secret_of("redis"): servers.redis, facts.secret_of("postgres"): servers.postgres}
    for name in sorted(names | {name for name in known if name}):
        server = known.get(name)
        path = folder / Path(name).name
        path.write_text(server.password if server else secrets.token_hex(16), encoding="utf-8")
        path.chmod(0o600)


def service_environment(
    facts: StackFacts,
    service: ServiceFacts,
    spec: ServiceSpec,
    servers: Servers,
    folder: Path,
    port: int,
) -> dict[str, str]:
    """Returns the variables of the service: compose's, and the code's own defaults where they name a server of the
    stack.

    `folder`: where the secrets are. `port`: the port it shall serve; a variable that holds the one it has in its
    container is moved to it. A required variable that nobody sets stays unset: the service then fails here as it would
    in the stack.
    """
    own_port = container_port(service, spec.port)
    declared = _declared(service)
    values = {name: value for name, (value, _) in declared.items()}
    defaults = _defaults(service)
    result = {name: _mapped(name, value, raw, servers, folder) for name, (value, raw) in declared.items()}
    for name, default in defaults.items():
        moved = _mapped(name, default, default, servers, folder)
        if name not in result and moved != default:
            result[name] = moved
    for name, secret in _exported(service):
        file = folder / secret
        if name not in result and file.is_file():
            result[name] = file.read_text(encoding="utf-8")
    prefix = spec.name.upper()
    _set_usual_ports(result, prefix, service, servers)
    for name, value in {**defaults, **values}.items():
        own = is_port(name) and servers.of_variable(name)[0] is None
        if own and value == str(own_port) and port != own_port:
            result[name] = str(port)
    if port != own_port:
        result.setdefault(f"{prefix}_PORT", str(port))
    if service.listens_by and service.listens is not None and service.listens.value == own_port:
        result[service.listens_by] = str(port)
    result[f"{prefix}_SECRETS_DIR"] = str(folder)
    return result


def refuse_without_env_file(service: ServiceFacts) -> None:
    """Raises `LiveTrouble` where an env file of the service is not here: nothing it lacks would be the code's fault."""
    lacking = service.compose.absent_env if service.compose is not None else ()
    if lacking:
        file = lacking[0]
        text = f"the env file {file.value} ({file.source}) is not here: Compose starts nothing without it"
        step = f"write {file.value} as whoever runs the stack has it, and verify again"
        raise LiveTrouble("no-env-file", text, step, undecided=True)


def unmapped(facts: StackFacts, service: ServiceFacts, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Returns names the variables that point to services of the stack which are not started here, each as a short
    clause.
    """
    started = {facts.profile.redis.service, facts.profile.postgres.service}
    keys = {block.key for block in facts.compose.services} - started
    keys -= {service.compose.key if service.compose else ""}
    found = []
    for name in sorted(environment):
        words = set(re.findall(r"(?<![\w.-])[A-Za-z0-9_][\w.-]*", environment[name]))
        missing = sorted(words & keys)
        if missing:
            found.append(f"{name} points to {', '.join(missing)}, which is not started here")
    return tuple(found)


def _exported(service: ServiceFacts) -> Iterator[tuple[str, str]]:
    """(variable, secret) pairs that the container's start exports in a shell: `export X=$(cat /run/secrets/x)`."""
    for holder in (service.compose, service.dockerfile):
        for fact in (holder.entrypoint, holder.command) if holder is not None else ():
            yield from exported(" ".join(fact.value)).items() if fact is not None else ()


def _set_usual_ports(result: dict[str, str], prefix: str, service: ServiceFacts, servers: Servers) -> None:
    """The generated services' port variables, unless the code demands one that nobody sets: that must fail here as
    well.
    """
    demanded = {v.name for file in service.python for v in file.variables if v.required and v.default is None}
    for name, server in ((f"{prefix}_REDIS_PORT", servers.redis), (f"{prefix}_POSTGRES_PORT", servers.postgres)):
        if server is not None and name not in demanded:
            result.setdefault(name, str(server.port))


def _declared(service: ServiceFacts) -> dict[str, tuple[str, str]]:
    """Variable -> (value, as written) of the image and of the compose block; a name passed through from an unset one
    is absent.
    """
    image = service.dockerfile.env if service.dockerfile else ()
    declared = {name: (value, value) for name, value, _ in image if name not in ("PATH", "PYTHONPATH", "HOME")}
    for entry in service.compose.environment if service.compose else ():
        value = os.environ.get(entry.name) if entry.value is None else entry.value
        if value is not None:
            declared[entry.name] = (value, entry.raw)
    return declared


def _defaults(service: ServiceFacts) -> dict[str, str]:
    variables = [variable for file in service.code for variable in file.variables]
    return {v.name: v.default for v in variables if v.default is not None}


def _mapped(name: str, value: str, raw: str, servers: Servers, folder: Path) -> str:
    value = _SECRET_PATH.sub(lambda match: str(folder / match[1]), value)
    server = servers.of_host(value)
    if server is not None:  # `places.py` resolves Redis' name together with its port; libpq does not ask it
        return value if server is servers.redis else server.host
    server = servers.of_password(value, raw) if "://" not in value else None
    if server is not None:
        return server.password
    if "://" in value:
        return _URL.sub(lambda match: _mapped_url(match, raw, servers), value)
    named, usual = servers.of_variable(name)
    if named is None:
        return value
    if is_port(name) and value.isdigit():
        return str(named.port) if int(value) == usual or usual == 0 else value
    if is_secret(name):
        return named.password if servers.is_right(named, value, raw) else value
    return value


def _mapped_url(match: re.Match[str], raw: str, servers: Servers) -> str:
    address = _ADDRESS.match(match["authority"])
    server = servers.of_host(address["host"]) if address else None
    if address is None or server is None:
        return match[0]
    given = address["user"] or ""
    user, colon, password = given.rstrip("@").partition(":")
    if colon and servers.is_right(server, password, raw):
        given = f"{user}:{quote(server.password, safe='')}@"
    return f"{match['scheme']}://{given}{server.host}:{server.port}{match['rest']}"


def hidden(text: str, passwords: Mapping[str, str]) -> str:
    """Returns `text` without any of the run's passwords: each is replaced by the name it has."""
    for name, password in passwords.items():
        if password:
            text = text.replace(password, f"<{name}>")
    return text
