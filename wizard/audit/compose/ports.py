"""Item 3.5: published ports against localhost, the registry and everybody else."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.audit.compose import swarm
from wizard.audit.compose.service import absent
from wizard.audit.context import Context, listed
from wizard.audit.environment import served_ports
from wizard.rules.ports import to_one_number, two_numbers
from wizard.rules.sockets import LOOPBACK, is_for, is_foreign, is_group, network_home, owners_apart, rivals
from wizard.values.facts.compose import ComposeService, PublishedPort
from wizard.values.facts.stack import PortClaim
from wizard.values.finding import Finding
from wizard.values.source import Fact, Source


def compose_ports(ctx: Context) -> Finding:
    """Judges 3.5: `127.0.0.1:PORT:PORT`, reserved for this service, published by nobody else."""
    block = ctx.compose
    if block is None:
        return absent(ctx, "its ports")
    if ctx.facts.profile.on_swarm:
        return _on_swarm(ctx, block)
    if block.network_mode and is_foreign(block.network_mode.value):
        return _in_foreign_network(ctx, block, block.network_mode)
    if not block.ports and block.unread_ports:
        return _needs_variable(ctx, block.unread_ports[0])
    if not block.ports:
        silent = "" if ctx.code.routes else ctx.unserved()
        return ctx.unmet("the block publishes no port", block.declared[-1], hint=silent)
    return _published(ctx, block, block.ports)


def _on_swarm(ctx: Context, block: ComposeService) -> Finding:
    """Judges what is published by the rules of a Swarm, which ignores `network_mode`."""
    if block.ports:
        return swarm.with_firewall(_published(ctx, block, block.ports))
    return _needs_variable(ctx, block.unread_ports[0]) if block.unread_ports else swarm.unpublished(ctx, block)


def _published(ctx: Context, block: ComposeService, ports: tuple[PublishedPort, ...]) -> Finding:
    for port in ports:
        wrong = _unset(ctx, port) or _binding(ctx, block, port) or _held_twice(ctx, port)
        wrong = wrong or (None if ctx.facts.profile.on_swarm else _more_than_one(ctx, block, port))
        if wrong:
            return wrong
    if block.unread_ports and ctx.spec.port not in {port.published for port in ports}:
        return _needs_variable(ctx, block.unread_ports[0])
    return _main_port(ctx, ports)


def _unset(ctx: Context, port: PublishedPort) -> Finding | None:
    return _needs_variable(ctx, Fact(port.unset, port.source), f"{port.raw} ") if port.unset else None


def _needs_variable(ctx: Context, unset: Fact[str], what: str = "what it publishes ") -> Finding:
    """Judges a port whose variable nothing in the repository sets: the `.env` of whoever starts it decides."""
    words = f"{what}needs {unset.value}, which nothing in the repository sets"
    hint = f"Give it a default, `${{{unset.value}:-…}}`, or see what `docker compose config` says with your own .env."
    return ctx.unknown(words, unset.source, hint=hint)


def _in_foreign_network(ctx: Context, block: ComposeService, mode: Fact[str]) -> Finding:
    """Judges a block without published ports of its own: whose network it shares publishes for it."""
    words = f"network_mode: {mode.value}"
    if mode.value == "host":
        return ctx.unknown(f"{words} publishes nothing; where it listens is up to the code", mode.source)
    if block.ports:
        refused = "reaches nothing" if mode.value == "none" else "belongs to somebody else, and the engine refuses it"
        return ctx.broken(
            f"it publishes {block.ports[0].raw}, but {words} {refused}", block.ports[0].source, mode.source
        )
    if mode.value == "none":
        return ctx.unmet(f"{words}: nothing of it can be reached", mode.source)
    home = network_home(block, ctx.facts.compose.services)
    if home is None:
        return ctx.unknown(f"{words} is no service of the stack; what it publishes cannot be read here", mode.source)
    inside = ctx.container_ports | {fact.value for fact in served_ports(ctx)}
    ports = tuple(port for port in home.ports if port.target in inside)
    if not ports:
        hint = f"Publish it there: `ports:` of {home.key}, since {ctx.key} shares its network."
        return ctx.unmet(
            f"{words}, and {home.key} does not publish its port", mode.source, home.declared[-1], hint=hint
        )
    return _published(ctx, home, ports)


def _binding(ctx: Context, block: ComposeService, port: PublishedPort) -> Finding | None:
    """Judges where one port is bound. The seed asks for 127.0.0.1, where 7.2 asks too; `::1` is another address."""
    if ctx.facts.profile.on_swarm:
        wrong = swarm.binding(ctx, block, port)
        if wrong is not None:
            return wrong
    elif port.host_ip not in (LOOPBACK, "localhost", ctx.facts.profile.bind):
        where = f"on {port.host_ip}" if port.host_ip else "on all addresses"
        words = f"{port.raw} publishes {where}, not on {LOOPBACK}"
        return ctx.broken(words, port.source, hint=_as_it_listens(ctx, port))
    if port.published is None:
        return ctx.broken(f"{port.raw} takes any free host port", port.source)
    if port.published != port.target:
        served = [fact.source for fact in served_ports(ctx) if fact.value == port.target]
        words = two_numbers(port.published, port.target) + (", where it listens" if served else "")
        return ctx.broken(words, port.source, *served, hint=_as_it_listens(ctx, port))
    return None


def _as_it_listens(ctx: Context, port: PublishedPort) -> str:
    """The hint for a port under which the code does not listen: the host's number on both sides would reach nothing."""
    if port.published in (None, port.target):
        return ""
    if port.published != ctx.spec.port:
        return f"Publish `{LOOPBACK}:{port.target}:{port.target}` there, if nobody else has that port."
    known = served_ports(ctx)
    served = next((fact for fact in known if fact.value == port.target), None)
    if served is None:
        return (
            "" if known else f"Nothing read here listens on {port.published}: {to_one_number(ctx.name, port.target)}."
        )
    return f"It listens on {port.target} ({served.source}): {to_one_number(ctx.name, port.target)}."


def _held_twice(ctx: Context, port: PublishedPort) -> Finding | None:
    """Judges one port against everybody who publishes the same one, in the stack's files and beside them."""
    claims = ctx.index.published.get(port.published or 0, ())
    for _, other in rivals(_own(ctx, port, claims), claims):
        beside = other.source is not None and other.source.path not in ctx.facts.compose.files
        where = f" in {other.source.path}" if beside and other.source else ""
        lines = (other.source,) if other.source else ()
        return ctx.broken(f"{port.published} is also published by {other.holder}{where}", port.source, *lines)
    return None


def _own(ctx: Context, port: PublishedPort, claims: tuple[PortClaim, ...]) -> Iterator[PortClaim]:
    return (claim for claim in claims if ctx.name in (claim.holder, *claim.serves) and claim.source == port.source)


def _more_than_one(ctx: Context, block: ComposeService, port: PublishedPort) -> Finding | None:
    """Judges a fixed host port of a service of which several containers are started: only the first gets it."""
    wanted = block.replicas
    room = sum(p.source == port.source and p.target == port.target for p in block.ports)
    if wanted is None or wanted.value <= room:
        return None
    return ctx.broken(f"{wanted.value} containers of it cannot share {port.raw}", port.source, wanted.source)


def _main_port(ctx: Context, published: tuple[PublishedPort, ...]) -> Finding:
    main = next((p for p in published if p.published == ctx.spec.port), None)
    if main is None:
        ports = listed([str(p.published) for p in published])
        says, lines = ctx.expected_port_clause()
        return ctx.broken(f"publishes {ports}, {says}", *(p.source for p in published[:4]), *lines)
    if ctx.facts.registry is None:
        return ctx.met(f"{main.raw}; the stack has no port registry to compare with", main.source)
    if unread := ctx.facts.registry.unread:
        words = f"{main.raw}; for whom it is reserved is not known: {unread.message}"
        return ctx.unknown(words, main.source, unread.source, hint="Save the registry as UTF-8 text that you may read.")
    return _registered(ctx, main)


def _registered(ctx: Context, main: PublishedPort) -> Finding:
    registry = ctx.facts.registry
    entries = ctx.index.registry.get(ctx.spec.port, ())
    own = next((e for e in entries if is_for(e, ctx.name, ctx.facts.profile.prefix)), None)
    apart = owners_apart(entries, registry.entries if registry else ())
    if apart:
        said = " and ".join(f"{entry.owner} ({entry.source})" for entry in apart)
        return ctx.broken(f"{ctx.spec.port} is reserved twice: {said}", main.source, *(e.source for e in apart))
    if own:
        return ctx.met(f"{main.raw}, reserved for it", main.source, own.source)
    taken = next((e for e in entries if e.owner), None)
    if taken and registry and is_group(taken, registry.entries):
        return ctx.met(f"{main.raw}, in the range of {taken.owner}", main.source, taken.source)
    if taken:
        return ctx.broken(f"{ctx.spec.port} is reserved for {taken.owner}", main.source, taken.source)
    if entries:
        return ctx.broken(
            f"{ctx.spec.port} is reserved for nobody yet: its registry line does not name {ctx.name}",
            main.source,
            entries[0].source,
        )
    path = registry.path if registry else ""
    return ctx.broken(f"{ctx.spec.port} is not in the port registry", main.source, Source(path))
