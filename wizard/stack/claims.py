"""Who claims which host port, and which line says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wizard.values.compose_facts import ComposeModel, ComposeService
from wizard.values.doc_facts import RegistryFacts
from wizard.values.facts import PortClaim, ServiceFacts
from wizard.values.profile import Profile
from wizard.values.source import Source


def port_claims(
    registry: RegistryFacts | None,
    models: Iterable[tuple[ComposeModel, str]],
    services: tuple[ServiceFacts, ...],
    profile: Profile,
) -> tuple[PortClaim, ...]:
    """All claims, by port. `models`: the stack's model and each overlay outside it, with a word on where it applies."""
    names = {service.compose.key: service.name for service in services if service.compose}
    found = [*_reserved(registry)]
    for model, note in models:
        for block in (*model.services, *model.commented):
            if not block.commented or block.key not in names:
                found.extend(_published(block, names.get(block.key, _name(block, profile)), note))
    for service in services:
        found.extend(_exposed(service))
    unique = dict.fromkeys(found)
    return tuple(sorted(unique, key=lambda claim: (claim.port, _ORDER[claim.state], str(claim.source), claim.holder)))


LOWEST, HIGHEST = 1024, 65535
_SERVERS = (
    *(
        "REDIS",
        "VALKEY",
        "POSTGRES",
        "PG",
        "DB",
        "DATABASE",
        "SQL",
        "MYSQL",
        "MONGO",
        "KAFKA",
        "RABBIT",
        "AMQP",
        "MQTT",
    ),
    *(
        "SMTP",
        "MAIL",
        "EMAIL",
        "ELASTIC",
        "INFLUX",
        "TIMESCALE",
        "SENTINEL",
        "PROXY",
        "BROKER",
        "REMOTE",
        "TARGET",
        "CACHE",
    ),
)
_ORDER = {"reserved": 0, "published": 1, "exposed": 2, "listening": 3, "container": 4}


def _name(block: ComposeService, profile: Profile) -> str:
    """A server keeps its compose key; a service is called by its name."""
    servers = (profile.redis.service, profile.postgres.service)
    return block.key if block.key in servers else block.key.removeprefix(profile.prefix) or block.key


def _reserved(registry: RegistryFacts | None) -> Iterator[PortClaim]:
    for entry in registry.entries if registry else ():
        detail = f"{entry.owner} ({entry.note})" if entry.owner and entry.note else entry.owner or entry.note
        yield PortClaim(entry.port, "reserved", entry.service or entry.owner, entry.source, detail)


def _published(block: ComposeService, holder: str, note: str) -> Iterator[PortClaim]:
    state = "exposed" if block.commented else "published"
    for port in block.ports:
        if port.published and port.protocol == "tcp":
            words = [port.raw, note, "commented out" if block.commented else ""]
            profiles = ", ".join(fact.value for fact in block.profiles)
            words.append(f"profile {profiles}" if profiles else "")
            yield PortClaim(port.published, state, holder, port.source, "; ".join(word for word in words if word))


def _exposed(service: ServiceFacts) -> Iterator[PortClaim]:
    """What the Dockerfile and the code of a service mean to use; on the host's network that is as good as published."""
    mode = service.compose.network_mode if service.compose else None
    state, note = ("published", " on the host's network") if mode and mode.value == "host" else ("exposed", "")
    for port, source, detail in _meant(service):
        if LOWEST <= port <= HIGHEST:
            yield PortClaim(port, state, service.name, source, detail + note)


def _meant(service: ServiceFacts) -> Iterator[tuple[int, Source, str]]:
    docker = service.dockerfile
    if docker:
        yield from ((fact.value, fact.source, "EXPOSE") for fact in docker.expose)
        check = docker.healthcheck
        if check and check.port and not check.disabled:
            yield check.port, check.source, "health check of the image"
    for file in service.python:
        yield from ((fact.value, fact.source, "served by the code") for fact in file.served_ports)
        for variable in file.variables:
            if _is_own_port(variable.name, service.name) and (variable.default or "").isdigit():
                yield int(variable.default or 0), variable.source, f"default of {variable.name}"


def _is_own_port(variable: str, service: str) -> bool:
    """`PORT`, `MARKET_PORT`, `HTTP_PORT`; not `REDIS_PORT`, nor `MARKET_REDIS_PORT`."""
    words = variable.upper().split("_")
    if words[-1] != "PORT":
        return False
    own = set(service.upper().replace("-", "_").split("_"))
    return not any(word not in own and word.startswith(_SERVERS) for word in words[:-1])
