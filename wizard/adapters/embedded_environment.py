"""The environment of the service's process: what its compose block sets, with the stack's servers replaced by the
scratch ones.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

from wizard.values.facts import ServiceFacts, StackFacts
from wizard.values.lean import dataclass, field
from wizard.values.live import Endpoint
from wizard.values.spec import ServiceSpec

_SECRET_PATH = re.compile(r"/run/secrets/([A-Za-z0-9_.\-]+)")
_EXPORT = re.compile(r"\bexport\s+(\w+)=\"?\$\$?\(\s*cat\s+/run/secrets/([A-Za-z0-9_.\-]+)")
_ADDRESS = re.compile(r"(?P<user>[^@/\s]*@)?(?P<host>[A-Za-z0-9_.\-]+)(?P<port>:\d+)?\Z")
_URL = re.compile(r"(?P<scheme>[a-z][a-z0-9+.\-]*)://(?P<authority>[^/?#\s]*)(?P<rest>[^\s]*)")
_PASSWORD = re.compile(r"PASS(WORD|WD)?\Z|PASSWORD")
_REDIS = re.compile(r"REDIS|VALKEY|BROKER|BUS")
_POSTGRES = re.compile(r"POSTGRES|PG|DATABASE|(^|_)DB(_|\Z)|SQL")


@dataclass(frozen=True, slots=True)
class Servers:
    """The scratch servers under the names that compose knows them by."""

    redis_key: str
    redis_port: int
    redis: Endpoint | None
    postgres_key: str
    postgres_port: int
    postgres: Endpoint | None
    redis_password: str = field(default="", repr=False)
    postgres_password: str = field(default="", repr=False)

    def is_right(self, server: Endpoint, value: str, raw: str) -> bool:
        """Whether a password stands for the stack's own: a `${VARIABLE}`, or the text of the secret. Another one
        stays wrong.
        """
        own = self.redis_password if server is self.redis else self.postgres_password
        return "${" in raw or not own or value == own

    def of_host(self, host: str) -> Endpoint | None:
        """The scratch server that stands for a compose host name."""
        if self.redis is not None and host == self.redis_key:
            return self.redis
        return self.postgres if self.postgres is not None and host == self.postgres_key else None

    def of_variable(self, name: str) -> tuple[Endpoint | None, int]:
        """The scratch server that a variable speaks of by its name, and the port the stack's own has."""
        if _REDIS.search(name):
            return self.redis, self.redis_port
        return (self.postgres, self.postgres_port) if _POSTGRES.search(name) else (None, 0)


def write_secrets(facts: StackFacts, service: ServiceFacts, servers: Servers, folder: Path) -> None:
    """Write the service's secrets into `folder`: the scratch servers' passwords, random text for every other.

    The stack's real secrets are never used: the run must not reach anything beyond its scratch servers in their name.
    """
    folder.mkdir(mode=0o700)
    names = {fact.value for fact in service.compose.secrets} if service.compose else set()
    profile = facts.profile
    known = {profile.redis.secret: servers.redis, profile.postgres.secret: servers.postgres}
    for name in sorted(names | {name for name in known if name}):
        server = known.get(name)
        path = folder / Path(name).name
        path.write_text(server.password if server else secrets.token_hex(16), encoding="utf-8")
        path.chmod(0o600)


def service_environment(
    facts: StackFacts, service: ServiceFacts, spec: ServiceSpec, servers: Servers, folder: Path, port: int
) -> dict[str, str]:
    """The variables of the service: compose's, and the code's own defaults where they name a server of the stack.

    `folder`: where the secrets are. `port`: the port it shall serve; a variable that holds the spec's port is moved
    to it. A required variable that nobody sets stays unset: the service then fails here as it would in the stack.
    """
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
        own = "PORT" in name and servers.of_variable(name)[0] is None
        if own and value == str(spec.port) and port != spec.port:
            result[name] = str(port)
    if port != spec.port:
        result.setdefault(f"{prefix}_PORT", str(port))
    result[f"{prefix}_SECRETS_DIR"] = str(folder)
    return result


def _exported(service: ServiceFacts) -> Iterator[tuple[str, str]]:
    """(variable, secret) pairs that the container's start exports in a shell: `export X=$(cat /run/secrets/x)`."""
    for holder in (service.compose, service.dockerfile):
        for fact in (holder.entrypoint, holder.command) if holder is not None else ():
            yield from _EXPORT.findall(" ".join(fact.value)) if fact is not None else ()


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
    if server is not None:
        return server.host
    if "://" in value:
        return _URL.sub(lambda match: _mapped_url(match, raw, servers), value)
    named, usual = servers.of_variable(name)
    if named is None:
        return value
    if "PORT" in name and value.isdigit():
        return str(named.port) if int(value) == usual or usual == 0 else value
    if _PASSWORD.search(name) and not name.endswith("_FILE"):
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
    """`text` without any of the run's passwords: each is replaced by the name it has."""
    for name, password in passwords.items():
        if password:
            text = text.replace(password, f"<{name}>")
    return text
