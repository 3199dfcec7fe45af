"""Which port a service means to use, by every source that says one."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.rules.document_ports import documented_ports
from wizard.rules.ports import is_usable, mapped_ports, port_mentions
from wizard.rules.sockets import names_it
from wizard.values.facts.stack import ServiceFacts, StackFacts
from wizard.values.source import Source

Claim = tuple[int, Source]


def inferred_ports(facts: StackFacts, service: ServiceFacts | None, name: str) -> tuple[Claim, ...]:
    """Returns (port, source) in order of trust: registry, variables, code, Dockerfile, compose, README; each source
    once."""
    return tuple({(port, source): None for port, source, _ in said_ports(facts, service, name)})


def said_ports(facts: StackFacts, service: ServiceFacts | None, name: str) -> tuple[tuple[int, Source, int], ...]:
    """Returns the same with the number that stands in the line: that of the container where Compose maps it."""
    published = {port.published for port in service.compose.ports} if service and service.compose else set()
    infrastructure = {facts.profile.redis.port or 6379, facts.profile.postgres.port or 5432}
    claims = [(port, source, port) for port, source in _registry(facts, name)]
    if service is not None:
        mapped = mapped_ports(service)
        others = facts.service_names
        said = [(mention.port, mention.source) for mention in port_mentions(service, others, facts.profile.prefix)]
        is_common = service.readme is not None and service.readme.path in facts.shared_readmes
        documented = () if is_common else _readme(service, others)
        claims += [(mapped.get(port, port), source, port) for port, source in (*said, *documented)]
    known = {
        claim: None
        for claim in claims
        if claim[0] not in infrastructure and (is_usable(claim[0]) or claim[0] in published)
    }
    return tuple(known)


def _registry(facts: StackFacts, name: str) -> Iterator[Claim]:
    for entry in facts.registry.entries if facts.registry is not None else ():
        if names_it(entry, name, facts.profile.prefix):
            yield entry.port, entry.source


def _readme(service: ServiceFacts, others: frozenset[str]) -> Iterator[Claim]:
    """What the README says plainly; a mere address only where it names no other port: it may be another server's."""
    found = documented_ports(service.readme, others - {service.name}) if service.readme is not None else ()
    plain = [said for said in found if said.plain]
    one = len({said.port for said in found}) == 1
    yield from ((said.port, said.source) for said in (found if one else plain))
