"""Who claims which host port, and which line says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from wizard.rules.ports import is_usable, port_mentions
from wizard.rules.sockets import is_foreign, network_home
from wizard.values.facts.compose import ComposeModel, ComposeService
from wizard.values.facts.documents import RegistryFacts
from wizard.values.facts.stack import PortClaim, ServiceFacts
from wizard.values.lean import replace
from wizard.values.profile import Profile


def port_claims(
    registry: RegistryFacts | None,
    models: Iterable[tuple[ComposeModel, str]],
    services: tuple[ServiceFacts, ...],
    profile: Profile,
    apart: frozenset[str] = frozenset(),
) -> tuple[PortClaim, ...]:
    """Returns all claims, by port. `models`: the stack's model and each file beside it, with a word on where it
    applies. `apart`: files for another place that nothing loads together with the stack's own."""
    names = {service.compose.key: service.name for service in services if service.compose}
    found = [*_reserved(registry)]
    main: ComposeModel | None = None
    for model, note in models:
        main = main or model
        joined = _joined(model, names, profile)
        alone = model is not main and (not apart.isdisjoint(model.files) or _stands_alone(model, main))
        for block in (*model.services, *model.commented):
            if not block.commented or block.key not in names:
                holder = names.get(block.key, _name(block, profile))
                found.extend(
                    replace(claim, serves=joined.get(block.key, ()), stands_alone=alone)
                    for claim in _published(block, holder, note)
                )
    others = frozenset(service.name for service in services)
    for service in services:
        found.extend(_exposed(service, others, profile.prefix))
    unique = dict.fromkeys(found)
    return tuple(sorted(unique, key=lambda claim: (claim.port, _ORDER[claim.state], str(claim.source), claim.holder)))


def _joined(model: ComposeModel, names: Mapping[str, str], profile: Profile) -> dict[str, tuple[str, ...]]:
    """The services that run in another one's network, by that one's key."""
    found: dict[str, tuple[str, ...]] = {}
    for block in model.services:
        home = network_home(block, model.services) if block.network_mode else block
        if home is not None and home is not block:
            found[home.key] = (*found.get(home.key, ()), names.get(block.key, _name(block, profile)))
    return found


def _stands_alone(model: ComposeModel, main: ComposeModel) -> bool:
    """True for a file that defines the stack once more, whole: it is started instead of the profile's files, never on
    top of them."""
    defined = {block.key for block in model.services if block.build or block.image}
    again = {block.key for block in main.services if block.build or block.image} & defined
    return len(defined) == len(model.services) and len(again) * 2 > len(main.services)


# What a service that is begun means to use, in the words of the table of ports.
_MEANT = {
    "expose": "EXPOSE",
    "image_check": "health check of the image",
    "code": "served by the code",
    "default": "default of the code",
}
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
    """The ports of a block; none for one without a network of its own, for which the engine publishes nothing."""
    if block.network_mode and is_foreign(block.network_mode.value):
        return
    state = "exposed" if block.commented else "published"
    profiles = tuple(fact.value for fact in block.profiles)
    for port in block.ports:
        if port.published:
            words = [port.raw, note, "commented out" if block.commented else ""]
            words.append(f"profile {', '.join(profiles)}" if profiles else "")
            detail = "; ".join(word for word in words if word)
            yield PortClaim(
                port.published, state, holder, port.source, detail, port.host_ip, port.protocol, profiles=profiles
            )


def _exposed(service: ServiceFacts, others: frozenset[str], prefix: str) -> Iterator[PortClaim]:
    """What the Dockerfile and the code of a service mean to use; on the host's network that is as good as published."""
    block = service.compose
    on_host = block is not None and block.network_mode is not None and block.network_mode.value == "host"
    state, note = ("published", " on the host's network") if on_host else ("exposed", "")
    elsewhere = {port.target for port in block.ports} - {port.published for port in block.ports} if block else set()
    profiles = tuple(fact.value for fact in block.profiles) if block else ()
    for mention in port_mentions(service, others, prefix):
        if mention.kind in _MEANT and is_usable(mention.port) and (on_host or mention.port not in elsewhere):
            detail = _MEANT[mention.kind] + note
            yield PortClaim(mention.port, state, service.name, mention.source, detail, profiles=profiles)
