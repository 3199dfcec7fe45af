"""The port table: every port somebody reserves, publishes, exposes or listens on, and who may take which."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from wizard.rules import names
from wizard.rules.sockets import clash, is_for, is_group, names_it, owners_apart, rivals, same_address
from wizard.values.facts.documents import RegistryEntry
from wizard.values.facts.stack import PortClaim, StackFacts
from wizard.values.lean import dataclass, replace
from wizard.values.source import Source

ANYONE = "*"
_RANK = {state: rank for rank, state in enumerate(("reserved", "published", "exposed", "listening", "container"))}


@dataclass(frozen=True, slots=True)
class PortRow:
    """One port. `reserved_for`: the registry's owner as written ('' nobody or not listed; see `listed`).

    `state`: `conflict`, `listening`, `published`, `reserved` (for somebody, unused), `free` (listed, for
    nobody), `exposed` (only a Dockerfile or the code of a service that is begun names it).
    `conflicts`: sentences with the lines.
    `free_for`: '' taken, `*` anybody, else the service it is kept for. `listed`: it has a registry line.
    """

    port: int
    reserved_for: str
    claims: tuple[PortClaim, ...]
    state: str
    conflicts: tuple[str, ...] = ()
    free_for: str = ""
    listed: bool = True


def port_table(facts: StackFacts) -> tuple[PortRow, ...]:
    """Returns every port of the stack in ascending order, with all claims and what clashes.

    Listening sockets and containers count when they meet a port the stack knows; other programs' ports are left out.
    """
    entries = _entries(facts)
    claims = _claims(facts)
    known = {
        port for port, held in claims.items() if any(c.state in ("reserved", "published", "exposed") for c in held)
    }
    return tuple(_row(port, entries.get(port, []), claims[port], facts) for port in sorted(known))


def _entries(facts: StackFacts) -> dict[int, list[RegistryEntry]]:
    found: dict[int, list[RegistryEntry]] = defaultdict(list)
    for entry in facts.registry.entries if facts.registry else ():
        found[entry.port].append(entry)
    return found


def _claims(facts: StackFacts) -> dict[int, list[PortClaim]]:
    """The claims by port, the document's first."""
    found: dict[int, list[PortClaim]] = defaultdict(list)
    for claim in sorted(dict.fromkeys(facts.claims), key=lambda claim: _RANK.get(claim.state, len(_RANK))):
        found[claim.port].append(claim)
    return found


def _row(port: int, entries: list[RegistryEntry], claims: list[PortClaim], facts: StackFacts) -> PortRow:
    owners = [e.owner for e in entries if e.owner]
    conflicts = tuple(_conflicts(entries, claims, facts))
    published = [c for c in claims if c.state == "published"]
    live = [c for c in claims if c.state in ("listening", "container")]
    begun = next((c.holder for c in claims if c.state == "exposed"), "")
    state = "conflict" if conflicts else _state(owners, published, live, bool(entries) and not begun)
    taken = bool(published or live)
    keeper = next((e.service or e.owner for e in entries if e.owner), begun)
    free_for = "" if taken or not entries else keeper or ANYONE
    return PortRow(port, owners[0] if owners else "", tuple(claims), state, conflicts, free_for, bool(entries))


def _state(owners: list[str], published: list[PortClaim], live: list[PortClaim], listed: bool) -> str:
    if live:
        return "listening"
    if published:
        return "published"
    if owners:
        return "reserved"
    return "free" if listed else "exposed"


def _conflicts(entries: list[RegistryEntry], claims: list[PortClaim], facts: StackFacts) -> Iterator[str]:
    owned = [e for e in entries if e.owner]
    listed = facts.registry.entries if facts.registry else ()
    apart = owners_apart(entries, listed)
    if apart:
        yield f"reserved twice: {_named((e.owner, e.source) for e in apart)}"
    published = [c for c in claims if c.state == "published"]
    meeting = dict.fromkeys(claim for pair in rivals(published, published) for claim in pair)
    if meeting:
        yield f"published by more than one: {_named((c.holder, c.source) for c in published if c in meeting)}"
    for claim in published:
        if owned and not _may_publish(claim, owned, published, facts):
            yield f"{claim.holder} publishes it ({claim.source}), reserved for {owned[0].owner} ({owned[0].source})"


def _may_publish(claim: PortClaim, owned: list[RegistryEntry], published: list[PortClaim], facts: StackFacts) -> bool:
    """True when the registry gives the port to who publishes it or to whom that serves, or when the owner has its own
    socket all the same (another address)."""
    prefix = facts.profile.prefix
    entries = facts.registry.entries if facts.registry else ()
    holders = (claim.holder, *claim.serves)
    if any(is_for(entry, holder, prefix) for entry in owned for holder in holders):
        return True
    if any(is_group(entry, entries) for entry in owned):
        return True
    owners = [c for c in published if any(is_for(entry, c.holder, prefix) for entry in owned)]
    wanted = owners or [PortClaim(claim.port, "published", "", None, "", facts.profile.bind)]
    return not any(clash(claim, other) for other in wanted)


def _named(pairs: Iterable[tuple[str, Source | None]]) -> str:
    return " and ".join(f"{who} ({source})" if source else who for who, source in pairs)


def choose_port(facts: StackFacts, name: str) -> int | None:
    """Returns the port for a service: reserved for it, else one that its own code or image names, else one reserved for
    nobody, else the next free one; None when none is left.
    """
    entries = facts.registry.entries if facts.registry else ()
    own = [e.port for e in entries if e.owner and is_for(e, name, facts.profile.prefix)]
    written = [c.port for c in facts.claims if c.state == "exposed" and c.holder == name]
    nobody = [e.port for e in entries if not e.owner]
    candidates = (port for port in (*own, *written, *nobody) if not port_problem(facts, name, port))
    return next(candidates, None) or next_free(facts)


def next_free(facts: StackFacts) -> int | None:
    """Returns the first port above those of the stack's own services that nobody reserves, publishes, exposes or
    listens on; Redis, databases and monitoring, often far above, do not count.
    """
    taken = _claims(facts)
    services = {service.name for service in facts.services}
    entries = facts.registry.entries if facts.registry else ()
    listed = [e.port for e in entries if e.service in services or not e.owner] or [e.port for e in entries]
    used = [c.port for c in facts.claims if c.state in ("published", "exposed") and c.holder in services]
    start = max(listed or used, default=7999) + 1
    return next((p for p in range(max(start, names.LOWEST_PORT), names.HIGHEST_PORT + 1) if p not in taken), None)


def port_problem(facts: StackFacts, name: str, port: int) -> str:
    """Says why `name` may not take `port`, naming the holder and its line; '' when it may."""
    wrong = names.port(port)
    if wrong:
        return wrong
    listed = facts.registry.entries if facts.registry else ()
    entries = [e for e in listed if e.port == port]
    prefix = facts.profile.prefix
    if entries and not any(is_for(e, name, prefix) or not e.owner or is_group(e, listed) for e in entries):
        return f"{port} is reserved for {entries[0].owner} ({entries[0].source})"
    claims = _claims(facts).get(port, [])
    own = [c for c in claims if c.state == "published" and (c.holder == name or name in c.serves)]
    mine = own or [PortClaim(port, "published", name, None, "", facts.profile.bind, profiles=_profiles(facts, name))]
    other = next((other for _, other in rivals(mine, claims)), None)
    if other:
        return f"{port} is published by {other.holder} ({other.source})"
    # Begun but not in compose yet: its code holds the port, unless the registry gives the port to `name` by name.
    begun = next((c for c in claims if c.state == "exposed" and any(clash(m, c) for m in mine)), None)
    if begun and not any(e.owner and is_for(e, name, prefix) for e in entries):
        return f"{port} is used by {begun.holder} ({begun.source})"
    live = next((c for c in claims if c.state in ("listening", "container") and any(_meets(m, c) for m in mine)), None)
    if live and not own and not (live.state == "container" and live.holder == name):
        verb = "is published by the container" if live.state == "container" else "is in use on this machine now by"
        return f"{port} {verb} {live.holder or 'another program'}{f' ({live.detail})' if live.detail else ''}"
    return ""


def keeps_port(facts: StackFacts, name: str, port: int) -> bool:
    """Returns True for a port that a service is left with when nobody asks for another.

    One that it publishes, also when somebody else publishes the same (3.5 says so): what depends on it is not known
    here. Else one that no file gives to somebody else: what listens now may be this very service, started by hand.
    """
    claims = [claim for claim in facts.claims if claim.port == port]
    if any(claim.state == "published" and name in (claim.holder, *claim.serves) for claim in claims):
        return True
    entries = facts.registry.entries if facts.registry else ()
    if facts.service(name) or any(e.port == port and names_it(e, name, facts.profile.prefix) for e in entries):
        facts = replace(facts, claims=tuple(claim for claim in facts.claims if claim.source is not None))
    return not port_problem(facts, name, port)


def _meets(mine: PortClaim, live: PortClaim) -> bool:
    return mine.protocol == live.protocol and same_address(mine.address, live.address)


def _profiles(facts: StackFacts, name: str) -> tuple[str, ...]:
    service = facts.service(name)
    block = service.compose if service else None
    return tuple(fact.value for fact in block.profiles) if block else ()
