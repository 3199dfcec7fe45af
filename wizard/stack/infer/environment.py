"""What a service needs from outside: variables, other services, the base image."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.rules import names
from wizard.rules.images import is_digest
from wizard.rules.secrets import handed_through, has_credentials, is_secret
from wizard.rules.variables import (
    PASSWORD_SUFFIXES,
    POSTGRES_SUFFIXES,
    SERVICE_SUFFIXES,
    host_of_url,
    is_machine_wide,
    may_be_host,
    server_variable,
)
from wizard.values.facts.code import SettingVar
from wizard.values.facts.compose import ComposeService
from wizard.values.facts.stack import ServiceFacts, StackFacts
from wizard.values.source import Source
from wizard.values.spec import Variable

_GENERATED = frozenset((*SERVICE_SUFFIXES, *POSTGRES_SUFFIXES, *PASSWORD_SUFFIXES))
"""What every service of the wizard has under its prefix, so that it is no further variable."""
MOST = 60


def variables(
    facts: StackFacts, service: ServiceFacts | None, name: str
) -> tuple[tuple[Variable, ...] | None, tuple[Source, ...]]:
    """Returns the further variables the code reads: no secrets (URLs with a password are some), not those the wizard's
    conventions know.
    """
    if service is None or not service.python:
        return None, ()
    own = f"{name.upper().replace('-', '_')}_"
    read: dict[str, SettingVar] = {}
    for file in service.code:
        for variable in file.variables:
            known = read.get(variable.name)
            if known is None or (variable.required and not known.required):
                read[variable.name] = variable
    made: list[Variable] = []
    for variable in read.values():
        said = _value(facts, service, variable) or variable.default or ""
        if has_credentials(said) or _holds_secret(service, variable):
            continue
        rest = variable.name.upper().removeprefix(own)
        generated = variable.name.upper().startswith(own) and rest in _GENERATED
        if not (variable.secret or generated or is_machine_wide(variable.name) or names.variable(variable.name)):
            made.append(_variable(facts, service, variable))
    shown = made[:MOST]
    return tuple(shown), tuple(read[v.name].source for v in shown)


def _holds_secret(service: ServiceFacts, variable: SettingVar) -> bool:
    """Tells whether compose gives the variable a secret's value, whatever its own name says: `CONN: ${DB_PASSWORD}`."""
    entries = (e for block in _blocks(service) for e in block.environment if e.name == variable.name)
    return any(is_secret(name) for entry in entries for name in handed_through(entry.raw))


def _variable(facts: StackFacts, service: ServiceFacts, variable: SettingVar) -> Variable:
    default = variable.default if variable.default is not None else None if variable.required else ""
    return Variable(variable.name, default, _value(facts, service, variable))


def _value(facts: StackFacts, service: ServiceFacts, variable: SettingVar) -> str:
    """What compose sets (in a commented-out block too), else what the stack's servers are called."""
    for block in _blocks(service):
        for entry in block.environment:
            if entry.name == variable.name and entry.value:
                return entry.value
    found = server_variable(variable.name)
    if found is None or not found.plain:
        return ""
    server = facts.profile.redis if found.server == "redis" else facts.profile.postgres
    if found.part == "host":
        return server.service
    return str(server.port) if found.part == "port" and server.port and variable.default is None else ""


def _blocks(service: ServiceFacts) -> Iterator[ComposeService]:
    if service.compose is not None:
        yield service.compose
    yield from service.commented


def talks_to(facts: StackFacts, service: ServiceFacts | None) -> tuple[tuple[str, ...] | None, tuple[Source, ...]]:
    """Returns other services it depends on or whose host it is given, Redis and PostgreSQL left out; None when nothing
    says any.
    """
    if service is None:
        return None, ()
    servers = {facts.profile.redis.service.lower(), facts.profile.postgres.service.lower(), "localhost", ""}
    own = {service.name, facts.profile.prefix + service.name, *(block.key for block in _blocks(service))}
    own = {name.lower() for name in own}
    later = facts.compose.waiting_for(service.compose.key) if service.compose is not None else frozenset()
    mentioned = [
        (key.lower(), source)
        for key, source in _mentioned(service, _all_names(facts, later))
        if key.lower() not in servers | own
    ]
    hosts = _hosts(facts) if mentioned else {}
    found: dict[str, Source] = {}
    for key, source in mentioned:
        name = hosts.get(key)
        if name is not None and name.lower() not in servers | own:
            found.setdefault(name, source)
    if found:
        return tuple(found), tuple(found.values())
    return (() if any(_blocks(service)) else None), ()


def _all_names(facts: StackFacts, keys: frozenset[str]) -> frozenset[str]:
    """Everything that the services of these keys are called in the network, in lower case: Docker's name server does
    not tell cases apart."""
    blocks = [block for block in facts.compose.services if block.key in keys]
    containers = {block.container_name.value for block in blocks if block.container_name is not None}
    aliases = {alias for block in blocks for alias in block.aliases}
    return frozenset(name.lower() for name in keys | containers | aliases)


def _hosts(facts: StackFacts) -> dict[str, str]:
    """Everything a service can be called inside the network, in lower case -> its spec name (or compose key)."""
    result: dict[str, str] = {}
    owners = {service.compose.key: service.name for service in facts.services if service.compose is not None}
    for block in facts.compose.services:
        owner = owners.get(block.key, block.key)
        result[block.key.lower()] = owner
        if block.container_name is not None:
            result.setdefault(block.container_name.value.lower(), owner)
    for service in facts.services:
        result.setdefault((facts.profile.prefix + service.name).lower(), service.name)
    return result


def _mentioned(service: ServiceFacts, later: frozenset[str]) -> Iterator[tuple[str, Source]]:
    """Yields hosts and keys that compose, variables and the code's own texts name. `later`: services that wait for
    this one, so that it cannot wait for them. Of an env file, which services may share, only what its code reads."""
    read = _read(service)
    for block in _blocks(service):
        for dependency in block.depends_on:
            yield dependency.service, dependency.source
        for entry in block.environment:
            if not entry.file or read is None or entry.name.upper() in read:
                yield _host(entry.name, entry.value or ""), entry.source
    given = {entry.name.upper() for entry in (service.compose.environment if service.compose is not None else ())}
    for file in service.python:
        set_outside = {variable.source for variable in file.variables if variable.name.upper() in given}
        for variable in file.variables:
            if not variable.secret and variable.source not in set_outside:
                yield _host(variable.name, variable.default or ""), variable.source
        for host in file.hosts:
            if host.value.lower() not in later and host.source not in set_outside:
                yield host.value, host.source


def _read(service: ServiceFacts) -> frozenset[str] | None:
    """The names of the variables its code reads; None where some cannot be told."""
    found = [variable for file in service.code for variable in file.variables]
    if not service.python or any(file.problems for file in service.code) or not all(v.name for v in found):
        return None
    return frozenset(name.upper() for variable in found for name in (variable.name, *variable.aliases))


def _host(name: str, value: str) -> str:
    """The host in a URL, or in the value of a variable that is named for one; '' otherwise."""
    if "://" in value:
        return host_of_url(value)
    return value.partition(":")[0] if may_be_host(name) else ""


def base_image(service: ServiceFacts | None) -> tuple[str | None, tuple[Source, ...]]:
    """Returns the last stage's external image when it is pinned by a digest."""
    docker = service.dockerfile if service is not None else None
    for base in reversed(docker.bases if docker is not None else ()):
        if base.external and is_digest(base.digest):
            tag = f":{base.tag}" if base.tag else ""
            return f"{base.image}{tag}@{base.digest}", (base.source,)
    return None, ()
