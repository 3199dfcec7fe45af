"""Judges who holds a port of the host: which claims take the same socket, and whom a registry line names.

A socket is an address, a protocol and a port in one network. Two services may have the same number on two addresses, in
two networks, or in two profiles that are never started together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from wizard.rules.owners import EXACT, WORDS, fit
from wizard.values.facts.compose import ComposeService
from wizard.values.facts.documents import RegistryEntry
from wizard.values.facts.stack import PortClaim
from wizard.values.pattern import lazy_pattern

LOOPBACK = "127.0.0.1"
# Where a stack runs, by the words of a Compose file's name. Tests are none: they run beside what is developed.
_ENVIRONMENTS = {
    word: group
    for group, words in {
        "dev": ("dev", "devel", "development", "local"),
        "prod": ("prod", "production", "live"),
        "stage": ("stage", "staging"),
    }.items()
    for word in words
}
_WORDS = lazy_pattern(r"[._/-]")


def same_address(one: str, other: str) -> bool:
    """Returns whether a socket on one address of the host keeps another from the same port.

    No address means all of them. The engine binds `0.0.0.0` and `::` apart, so neither holds the other's family.
    An address that only a variable says is taken for one of its own: what cannot be read clashes with nothing.
    """
    a, b = _plain(one), _plain(other)
    if "$" in a + b:
        return False
    if a == b or not a or not b:
        return True
    return any(
        (wide == "0.0.0.0" and ":" not in narrow) or (wide == "::" and ":" in narrow)  # noqa: S104 - compared, not bound
        for wide, narrow in ((a, b), (b, a))
    )


def _plain(address: str) -> str:
    text = address.strip("[]").lower()
    if text in ("localhost", "*"):
        return LOOPBACK if text == "localhost" else ""
    if text.count(":") > 1:
        import ipaddress  # only for the rare IPv6 address, which has many spellings

        try:
            return str(ipaddress.ip_address(text))
        except ValueError:
            return text
    return text


def clash(one: PortClaim, other: PortClaim) -> bool:
    """Returns whether two claims cannot both have their port."""
    if one.port != other.port or one.protocol != other.protocol or one.holder == other.holder:
        return False
    if other.holder in one.serves or one.holder in other.serves:
        return False
    return same_address(one.address, other.address) and not _never_together(one, other)


def _never_together(one: PortClaim, other: PortClaim) -> bool:
    """Returns whether two services are alternatives: of profiles without a common one, or of files for two places."""
    if one.profiles and other.profiles and not set(one.profiles) & set(other.profiles):
        return True
    if one.source is None or other.source is None or one.source.path == other.source.path:
        return False
    if one.stands_alone or other.stands_alone:
        return True
    here, there = environment_of(one.source.path), environment_of(other.source.path)
    return bool(here and there and here != there)


def environment_of(path: str) -> str | None:
    """Returns the environment that a Compose file's name names (`compose.prod.yml`: prod)."""
    words = _WORDS.split(path.rpartition("/")[2].lower())
    return next((_ENVIRONMENTS[word] for word in words if word in _ENVIRONMENTS), None)


def rivals(mine: Iterable[PortClaim], claims: Iterable[PortClaim]) -> Iterator[tuple[PortClaim, PortClaim]]:
    """Yields (own claim, somebody else's) for each two that cannot both be had."""
    published = [claim for claim in claims if claim.state == "published"]
    yield from ((own, other) for own in mine for other in published if clash(own, other))


def network_home(block: ComposeService, blocks: Iterable[ComposeService]) -> ComposeService | None:
    """Returns the service in whose network a block runs: itself, the one whose network it joins, or None when that is
    no service of the stack."""
    mode = block.network_mode.value if block.network_mode else ""
    kind, colon, name = mode.partition(":")
    if not colon or kind not in ("service", "container"):
        return block
    for other in blocks:
        if name == other.key or (kind == "container" and other.container_name and other.container_name.value == name):
            return other
    return None


def is_foreign(mode: str) -> bool:
    """Returns whether a `network_mode` leaves a container without published ports of its own: the host's network, no
    network, or somebody else's (https://docs.docker.com/reference/compose-file/services/#network_mode)."""
    return mode in ("host", "none") or mode.startswith(("service:", "container:"))


def is_for(entry: RegistryEntry, name: str, prefix: str = "") -> bool:
    """Returns whether a registry line may be a service's: by the reader's match, or because the owner's words hold its
    name. Used to ask who may have a port; a line that only may be meant never says a service's port (`says`)."""
    if entry.service:
        return entry.service in (name, name.removeprefix(prefix))
    words = entry.owner.lower().replace("-", " ").replace("_", " ").split()
    own = name.removeprefix(prefix).lower().replace("-", "_").split("_")
    return bool(words) and (set(own) <= set(words) or names_it(entry, name, prefix))


def names_it(entry: RegistryEntry, name: str, prefix: str = "") -> bool:
    """Returns whether a registry line gives its port to a service by name."""
    if entry.service:
        return entry.service == name
    return bool(entry.owner) and fit(entry.owner, name.removeprefix(prefix), prefix) >= WORDS


def owners_apart(entries: Sequence[RegistryEntry], listed: Sequence[RegistryEntry]) -> tuple[RegistryEntry, ...]:
    """Returns the entries of one port that give it to different owners (two branches reserved it); none when one does.

    `listed`: the whole registry. The heading of a range owns no port of it, once a line does. A document may have a
    port in two tables, by the service in one (`postgres: PostgreSQL database`) and by the product in the other.
    """
    owned = [e for e in entries if e.owner]
    single = [e for e in owned if not is_group(e, listed)] or owned
    first = next((e for e in single if all(_one_owner(e, other) for other in single)), None)
    return tuple(single) if single and first is None else ()


def _one_owner(one: RegistryEntry, other: RegistryEntry) -> bool:
    """Whether two lines may name one owner: equal words, or what the one says first of its owner is the other's name.
    Two services of the stack are never one."""
    if one.service and other.service:
        return one.service == other.service
    if fit(one.owner, other.owner) == EXACT:
        return True
    return any(b.owner and fit((a.note.split() or [""])[0], b.owner) == EXACT for a, b in ((one, other), (other, one)))


def is_group(entry: RegistryEntry, entries: Iterable[RegistryEntry]) -> bool:
    """Returns whether a registry line gives a range to a group (`9001-9008: Tool Servers`), so that its services,
    whatever their names, have their ports there."""
    return bool(entry.owner) and not entry.service and sum(e.source == entry.source for e in entries) > 1
