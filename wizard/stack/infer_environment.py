"""What a service needs from outside: variables, other services, the base image."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from wizard.values import names
from wizard.values.code_facts import SettingVar
from wizard.values.compose_facts import ComposeService
from wizard.values.facts import ServiceFacts, StackFacts
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Source
from wizard.values.spec import Variable

_GENERATED = frozenset(
    {
        *("PORT", "HOST", "LOG_LEVEL", "SECRETS_DIR", "REDIS_HOST", "REDIS_PORT", "REDIS_PASSWORD"),
        *("POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD"),
    }
)
"""What every service of the wizard has under its prefix, so that it is no further variable."""
_PLATFORM = lazy_pattern(
    r"PYTHON\w*|PATH|HOME|USER|LANG|TZ|TERM|HOSTNAME|PWD|CI|DEBUG|KUBERNETES_\w+|PYTEST_\w+|NO_COLOR"
)
_CREDENTIALS = lazy_pattern(r"://[^/\s:@]*:[^@\s/]+@")
_DIGEST = lazy_pattern(r"sha256:[0-9a-f]{64}\Z")
_HOST_NAME = lazy_pattern(r"(?:^|_)(?:HOST|HOSTNAME|ADDR|ADDRESS|ENDPOINT|SERVICE|SERVER|URL|URI)(?:$|_)")
MOST = 60


def variables(
    facts: StackFacts, service: ServiceFacts | None, name: str
) -> tuple[tuple[Variable, ...] | None, tuple[Source, ...]]:
    """The further variables the code reads: no secrets (URLs with a password are some), not those the wizard's
    conventions know."""
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
        if _CREDENTIALS.search(_value(facts, service, variable) or variable.default or ""):
            continue
        rest = variable.name.upper().removeprefix(own)
        generated = variable.name.upper().startswith(own) and rest in _GENERATED
        if not (variable.secret or generated or _PLATFORM.fullmatch(variable.name) or names.variable(variable.name)):
            made.append(_variable(facts, service, variable))
    shown = made[:MOST]
    return tuple(shown), tuple(read[v.name].source for v in shown)


def _variable(facts: StackFacts, service: ServiceFacts, variable: SettingVar) -> Variable:
    default = variable.default if variable.default is not None else None if variable.required else ""
    return Variable(variable.name, default, _value(facts, service, variable))


def _value(facts: StackFacts, service: ServiceFacts, variable: SettingVar) -> str:
    """What compose sets (in a commented-out block too), else what the stack's servers are called."""
    for block in _blocks(service):
        for entry in block.environment:
            if entry.name == variable.name and entry.value:
                return entry.value
    upper = variable.name.upper()
    for server, words in ((facts.profile.redis, r"REDIS|VALKEY"), (facts.profile.postgres, r"POSTGRES|PG|DB|DATABASE")):
        if server.service and re.search(rf"(?:^|_)(?:{words})_?HOST$", upper):
            return server.service
        if server.port and re.search(rf"(?:^|_)(?:{words})_?PORT$", upper) and variable.default is None:
            return str(server.port)
    return ""


def _blocks(service: ServiceFacts) -> Iterator[ComposeService]:
    if service.compose is not None:
        yield service.compose
    yield from service.commented


def talks_to(facts: StackFacts, service: ServiceFacts | None) -> tuple[tuple[str, ...] | None, tuple[Source, ...]]:
    """Other services it depends on or whose host it is given, Redis and PostgreSQL left out; None when nothing says
    any."""
    if service is None:
        return None, ()
    servers = {facts.profile.redis.service, facts.profile.postgres.service, "localhost", ""}
    own = {service.name, facts.profile.prefix + service.name, *(block.key for block in _blocks(service))}
    mentioned = [(key, source) for key, source in _mentioned(service) if key not in servers | own]
    hosts = _hosts(facts) if mentioned else {}
    found: dict[str, Source] = {}
    for key, source in mentioned:
        name = hosts.get(key)
        if name is not None and name not in servers | own:
            found.setdefault(name, source)
    if found:
        return tuple(found), tuple(found.values())
    return (() if any(_blocks(service)) else None), ()


def _hosts(facts: StackFacts) -> dict[str, str]:
    """Everything a service can be called inside the network -> its spec name (or compose key)."""
    result: dict[str, str] = {}
    owners = {service.compose.key: service.name for service in facts.services if service.compose is not None}
    for block in facts.compose.services:
        owner = owners.get(block.key, block.key)
        result[block.key] = owner
        if block.container_name is not None:
            result.setdefault(block.container_name.value, owner)
    for service in facts.services:
        result.setdefault(facts.profile.prefix + service.name, service.name)
    return result


def _mentioned(service: ServiceFacts) -> Iterator[tuple[str, Source]]:
    for block in _blocks(service):
        for dependency in block.depends_on:
            yield dependency.service, dependency.source
        for entry in block.environment:
            yield _host(entry.name, entry.value or ""), entry.source
    for file in service.python:
        for variable in file.variables:
            if not variable.secret:
                yield _host(variable.name, variable.default or ""), variable.source


def _host(name: str, value: str) -> str:
    """The host in a URL, or in the value of a variable that is named for one; '' otherwise."""
    if "://" in value:
        try:
            return urlsplit(value).hostname or ""
        except ValueError:
            return ""
    return value.partition(":")[0] if _HOST_NAME.search(name.upper()) else ""


def base_image(service: ServiceFacts | None) -> tuple[str | None, tuple[Source, ...]]:
    """The last stage's external image when it is pinned by a digest."""
    docker = service.dockerfile if service is not None else None
    for base in reversed(docker.bases if docker is not None else ()):
        if base.external and _DIGEST.fullmatch(base.digest):
            tag = f":{base.tag}" if base.tag else ""
            return f"{base.image}{tag}@{base.digest}", (base.source,)
    return None, ()
