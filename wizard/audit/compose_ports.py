"""Item 3.5: published ports against localhost, the registry and everybody else."""

from __future__ import annotations

from wizard.audit.compose import absent
from wizard.audit.context import Context, listed
from wizard.values.compose_facts import ComposeService, PublishedPort
from wizard.values.doc_facts import RegistryEntry
from wizard.values.finding import Finding
from wizard.values.source import Source

LOCAL = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})


def compose_ports(ctx: Context) -> Finding:
    """3.5: `127.0.0.1:PORT:PORT`, reserved for this service, published by nobody else."""
    block = ctx.compose
    if block is None:
        return absent(ctx, "its ports")
    mode = block.network_mode
    if mode and mode.value == "host":
        return ctx.unknown("network_mode: host publishes nothing; where it listens is up to the code", mode.source)
    if not block.ports:
        return ctx.unmet("the block publishes no port", block.declared[-1])
    for port in block.ports:
        wrong = _binding(ctx, port)
        if wrong:
            return wrong
    return _main_port(ctx, block)


def _binding(ctx: Context, port: PublishedPort) -> Finding | None:
    if "$" in port.host_ip:
        return ctx.unknown(f"{port.raw} takes its address from a variable without a value", port.source)
    if port.host_ip not in LOCAL:
        where = f"on {port.host_ip}" if port.host_ip else "on all addresses"
        return ctx.broken(f"{port.raw} publishes {where}, not on 127.0.0.1", port.source)
    if port.published is None:
        return ctx.broken(f"{port.raw} takes any free host port", port.source)
    if port.published != port.target:
        return ctx.broken(f"host port {port.published} is not container port {port.target}", port.source)
    others = [(key, p) for key, p in ctx.index.publishers.get(port.published, ()) if key != ctx.key and _clash(port, p)]
    if others:
        key, other = others[0]
        return ctx.broken(f"{port.published} is also published by {key}", port.source, other.source)
    for claim in ctx.index.overlays.get(port.published, ()):
        if claim.holder != ctx.name and claim.source:
            words = f"{port.published} is also published by {claim.holder} in {claim.source.path}"
            return ctx.broken(words, port.source, claim.source)
    return None


def _clash(mine: PublishedPort, other: PublishedPort) -> bool:
    anywhere = {"", "0.0.0.0", "::", "[::]"}  # noqa: S104 - compared, not bound
    same = mine.host_ip == other.host_ip or other.host_ip in anywhere or mine.host_ip in anywhere
    return mine.protocol == other.protocol and (same or {mine.host_ip, other.host_ip} <= LOCAL)


def _main_port(ctx: Context, block: ComposeService) -> Finding:
    main = next((p for p in block.ports if p.published == ctx.spec.port), None)
    if main is None:
        ports = listed([str(p.published) for p in block.ports])
        says, lines = ctx.port_says()
        return ctx.broken(f"publishes {ports}, {says}", *(p.source for p in block.ports[:4]), *lines)
    if ctx.facts.registry is None:
        return ctx.met(f"{main.raw}; the stack has no port registry to compare with", main.source)
    return _registered(ctx, main)


def _registered(ctx: Context, main: PublishedPort) -> Finding:
    registry = ctx.facts.registry
    entries = ctx.index.registry.get(ctx.spec.port, ())
    own = next((e for e in entries if is_for(e, ctx.name)), None)
    if own:
        return ctx.met(f"{main.raw}, reserved for it", main.source, own.source)
    taken = next((e for e in entries if e.owner), None)
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


def is_for(entry: RegistryEntry, name: str) -> bool:
    """True when a registry line is this service's, by the reader's match or by the words of the owner."""
    if entry.service:
        return entry.service == name
    words = entry.owner.lower().replace("-", " ").replace("_", " ").split()
    return bool(words) and set(name.lower().split("_")) <= set(words)
