"""Which port a service means to use, by every source that says one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.values.code_facts import SettingVar
from wizard.values.facts import ServiceFacts, StackFacts
from wizard.values.names import HIGHEST_PORT, LOWEST_PORT
from wizard.values.owners import WORDS, fit
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Source

Claim = tuple[int, Source]
_OWN_PORT = lazy_pattern(r"(?:.*_)?(?:SERVICE_|HTTP_|HEALTH_|APP_|API_|FLASK_|SERVER_|LISTEN_)?PORT")
_OTHERS_PORT = lazy_pattern(
    r"REDIS|POSTGRES|PG|DB|DATABASE|MYSQL|KAFKA|RABBIT|SMTP|MQTT|VALKEY|METRICS|PROMETHEUS|MONGO|INFLUX"
)
_BIND = lazy_pattern(r"(?:--bind|-b|--port|-p|--listen|--host\S*:)[=\s]+\S*?:?(\d{4,5})\b|0\.0\.0\.0:(\d{4,5})\b")
_README_PORT = lazy_pattern(r"(?:\bports?\b\W{0,12}|localhost:|127\.0\.0\.1:|0\.0\.0\.0:)(\d{4,5})\b", re.IGNORECASE)


def port_claims(facts: StackFacts, service: ServiceFacts | None, name: str) -> tuple[Claim, ...]:
    """(port, source) in order of trust: registry, config, code, Dockerfile, compose, README; each source once."""
    infrastructure = {facts.profile.redis.port or 6379, facts.profile.postgres.port or 5432}
    claims = [*_registry(facts, name)]
    if service is not None:
        for reader in (_config, _code, _dockerfile, _compose, _readme):
            claims += reader(service)
    known = {claim: None for claim in claims if _usable(claim[0]) and claim[0] not in infrastructure}
    return tuple(known)


def _usable(port: int) -> bool:
    return LOWEST_PORT <= port <= HIGHEST_PORT


def _registry(facts: StackFacts, name: str) -> Iterator[Claim]:
    for entry in facts.registry.entries if facts.registry is not None else ():
        if entry.service == name or (not entry.service and fit(entry.owner, name, facts.profile.prefix) >= WORDS):
            yield entry.port, entry.source


def _config(service: ServiceFacts) -> Iterator[Claim]:
    given = _given(service)
    for variable in _port_variables(service):
        if variable.name.upper() in given:
            yield given[variable.name.upper()]
        elif variable.default is not None and variable.default.isdecimal():
            yield int(variable.default), variable.source


def _port_variables(service: ServiceFacts) -> list[SettingVar]:
    variables = [v for file in service.python for v in file.variables if _is_own_port(v.name)]
    own = service.name.upper().replace("-", "_")
    return sorted(variables, key=lambda v: not v.name.upper().startswith(own))


def _given(service: ServiceFacts) -> dict[str, Claim]:
    """The port variables that Compose or the image sets, by upper-case name: they win over the code's default."""
    found: dict[str, Claim] = {}
    for name, value, source in service.dockerfile.env if service.dockerfile is not None else ():
        if value.isdecimal():
            found[name.upper()] = int(value), source
    for entry in service.compose.environment if service.compose is not None else ():
        if (entry.value or "").isdecimal():
            found[entry.name.upper()] = int(entry.value or 0), entry.source
    return found


def _is_own_port(name: str) -> bool:
    upper = name.upper()
    return bool(_OWN_PORT.fullmatch(upper)) and not _OTHERS_PORT.search(upper.rpartition("PORT")[0])


def _code(service: ServiceFacts) -> Iterator[Claim]:
    given = _given(service)
    moved = {v.default: given[v.name.upper()] for v in _port_variables(service) if v.name.upper() in given}
    for file in sorted(service.python, key=lambda f: f.path != service.entry):
        for fact in file.served_ports:
            yield moved.get(str(fact.value), (fact.value, fact.source))


def _dockerfile(service: ServiceFacts) -> Iterator[Claim]:
    docker = service.dockerfile
    if docker is None:
        return
    for fact in docker.expose:
        yield fact.value, fact.source
    for words in (docker.command, docker.entrypoint):
        match = _BIND.search(" ".join(words.value)) if words is not None else None
        if match and words is not None:
            yield int(match[1] or match[2]), words.source
    for name, value, source in docker.env:
        if _is_own_port(name) and value.isdecimal():
            yield int(value), source
    if docker.healthcheck is not None and docker.healthcheck.port is not None:
        yield docker.healthcheck.port, docker.healthcheck.source


def _compose(service: ServiceFacts) -> Iterator[Claim]:
    for block in (*([service.compose] if service.compose is not None else []), *service.commented):
        for port in block.ports:
            yield port.published or port.target, port.source
        for fact in block.expose:
            yield fact.value, fact.source
        for entry in block.environment:
            if _is_own_port(entry.name) and (entry.value or "").isdecimal():
                yield int(entry.value or 0), entry.source
        if block.healthcheck is not None and block.healthcheck.port is not None:
            yield block.healthcheck.port, block.healthcheck.source


def _readme(service: ServiceFacts) -> Iterator[Claim]:
    document = service.readme
    if document is None:
        return
    for number, line in enumerate(document.text.split("\n"), 1):
        for match in _README_PORT.finditer(line):
            yield int(match[1]), Source(document.path, number)
