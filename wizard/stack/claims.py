"""Who claims which host port, and which line says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wizard.values.compose_facts import ComposeModel, ComposeService
from wizard.values.doc_facts import RegistryFacts
from wizard.values.facts import PortClaim, ServiceFacts
from wizard.values.profile import Profile


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
    """What a service not published by Compose means to use: its Dockerfile and the defaults of its code."""
    docker = service.dockerfile
    if docker:
        for fact in docker.expose:
            yield PortClaim(fact.value, "exposed", service.name, fact.source, "EXPOSE")
        check = docker.healthcheck
        if check and check.port and not check.disabled:
            yield PortClaim(check.port, "exposed", service.name, check.source, "health check of the image")
    for file in service.python:
        for fact in file.served_ports:
            yield PortClaim(fact.value, "exposed", service.name, fact.source, "served by the code")
        for variable in file.variables:
            if (
                variable.name.endswith("PORT")
                and not _of_a_server(variable.name)
                and (variable.default or "").isdigit()
            ):
                port = int(variable.default or 0)
                if 1024 <= port <= 65535:
                    detail = f"default of {variable.name}"
                    yield PortClaim(port, "exposed", service.name, variable.source, detail)


def _of_a_server(variable: str) -> bool:
    words = (
        "REDIS",
        "VALKEY",
        "POSTGRES",
        "PG",
        "DB",
        "DATABASE",
        "SQL",
        "KAFKA",
        "RABBIT",
        "MONGO",
        "SMTP",
        "MAIL",
        "HOST",
    )
    return (
        any(word in variable.split("_") or word in variable for word in words if word != "PG") or "PGPORT" in variable
    )
