"""Item 3.5: `127.0.0.1:PORT:PORT`. One entry is replaced in place, or the missing one added; addresses only are
corrected elsewhere."""

from __future__ import annotations

from functools import partial

from wizard.plan.compose.files import PORTS, ComposeEdits, Edit
from wizard.plan.compose.place import block_line, file_of, fragment, indented, own_node
from wizard.plan.container.probes import NO_PORT, SILENT, fixed_ports, inside, is_silent
from wizard.plan.context import PlanContext
from wizard.plan.splice.yaml import add_item, add_pair, replace_scalar
from wizard.rules.ports import served_ports, to_one_number, two_numbers
from wizard.rules.sockets import LOOPBACK, is_foreign
from wizard.syntax.yaml import Node, get
from wizard.values.facts.compose import ComposeService, PublishedPort
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Source

_PART = lazy_pattern(r"(?:\[[^\]]*\]|\$\{[^}]*\}|[^:$]|\$(?!\{))+")


def complete_ports(ctx: PlanContext, block: ComposeService, edits: ComposeEdits) -> None:
    """Plans the ports of the block, entry by entry."""
    mode = block.network_mode
    if mode and is_foreign(mode.value):
        reason = f"network_mode: {mode.value} publishes nothing of its own"
        edits.refuse(PORTS, mode.source.path, reason, "", mode.source.line)
        return
    if not ctx.spec.port:
        edits.refuse(PORTS, path := block.declared[-1].path, NO_PORT, "", block_line(block, path))
        return
    elsewhere = _listens_elsewhere(ctx, block, edits)
    if not block.ports and is_silent(ctx):
        path = file_of(ctx, edits, block, "ports")
        edits.refuse(PORTS, path, SILENT, f"ports:\n{indented(fragment(ctx, 'ports'))}", block_line(block, path))
        return
    if not block.ports:
        if not elsewhere:
            _add(ctx, block, edits)
        return
    main = _main(ctx, block)
    if not elsewhere and main.published == ctx.spec.port != main.target == inside(ctx):
        _refuse_mapping(ctx, main, _listening(ctx).get(main.target), edits)
    for port in {entry.source: entry for entry in block.ports}.values():
        is_range = sum(entry.source == port.source for entry in block.ports) > 1  # its ports stay what they are
        _correct(ctx, block, port, edits, main=not elsewhere and port.source == main.source and not is_range)


def _main(ctx: PlanContext, block: ComposeService) -> PublishedPort:
    """The entry that is the service's own: by host port, else by container port, else the first."""
    port = ctx.spec.port
    return next(
        (p for p in block.ports if p.published == port),
        next((p for p in block.ports if p.target == port), block.ports[0]),
    )


def _listens_elsewhere(ctx: PlanContext, block: ComposeService, edits: ComposeEdits) -> bool:
    """Say so when the program itself fixes another port than the spec's, which no line of compose could change."""
    fixed = fixed_ports(ctx)
    if not fixed or ctx.spec.port in fixed:
        return False
    port, source = next(iter(fixed.items()))
    mapped = next((p for p in block.ports if (p.published, p.target) == (ctx.spec.port, port)), None)
    if mapped is not None:
        _refuse_mapping(ctx, mapped, source, edits)
        return True
    reason = f"the code listens on {port} ({source}); compose can only follow it"
    if not block.ports:
        reason += f": publish {port}:{port} if no other service will, or let the code listen on {ctx.spec.port}"
    edits.refuse(PORTS, path := block.declared[-1].path, reason, "", block_line(block, path))
    return True


def _listening(ctx: PlanContext) -> dict[int, Source]:
    if ctx.service is None:
        return {}
    served = served_ports(ctx.service, ctx.facts.service_names, ctx.profile.prefix)
    return {fact.value: fact.source for fact in served}


def _refuse_mapping(ctx: PlanContext, port: PublishedPort, listens: Source | None, edits: ComposeEdits) -> None:
    """Says that one number on both sides is a person's decision: others may call either."""
    known = f", where it listens ({listens})" if listens is not None else ""
    where = f"{two_numbers(port.published or 0, port.target)}{known}"
    way = to_one_number(ctx.spec.name, port.target)
    edits.refuse(PORTS, port.source.path, f"{where}: {way}", "", port.source.line)


def _wanted(ctx: PlanContext) -> str:
    return f"{ctx.profile.bind}:{ctx.spec.port}:{inside(ctx)}"


def _add(ctx: PlanContext, block: ComposeService, edits: ComposeEdits) -> None:
    path = file_of(ctx, edits, block, "ports")
    source = _wanted(ctx)
    if own_node(edits, path, block.key, "ports") is None:
        body = fragment(ctx, "ports") or f'- "{source}"'
        edit: Edit = partial(add_pair, path=("services", block.key), key="ports", fragment=body)
    else:
        edit = partial(add_item, path=("services", block.key, "ports"), value=source)
    edits.attempt(PORTS, path, edit, "publish the port", line=block_line(block, path))


def _correct(ctx: PlanContext, block: ComposeService, port: PublishedPort, edits: ComposeEdits, *, main: bool) -> None:
    """Bring one entry to localhost, and the main one to the service's port."""
    meant = (port.published, port.target) == (ctx.spec.port, inside(ctx))
    if not main and port.published not in (None, ctx.spec.port, port.target):
        paste = f'- "{ctx.profile.bind}:{port.target}:{port.target}"\n'
        edits.refuse(PORTS, port.source.path, two_numbers(port.published or 0, port.target), paste, port.source.line)
    if port.host_ip in (LOOPBACK, ctx.profile.bind) and (not main or meant):
        return
    path = port.source.path
    node = own_node(edits, path, block.key, "ports")
    index = _index(node, port)
    if node is None or index < 0:
        paste = f'- "{_short(port.raw, ctx, port, main=main)}"\n'
        edits.refuse(PORTS, path, f"{port.raw} does not stand in the block itself", paste, port.source.line)
        return
    item = node.items[index]
    place = ("services", block.key, "ports", index)
    if item.kind == "mapping":
        _correct_long(ctx, port, edits, item, place, main=main)
        return
    value = _short(item.value, ctx, port, main=main)
    edit = partial(replace_scalar, path=place, value=value)
    edits.attempt(PORTS, path, edit, f"publish {value}", line=port.source.line)


def _index(node: Node | None, port: PublishedPort) -> int:
    items = node.items if node is not None else ()
    for index, item in enumerate(items):
        if item.value == port.raw or item.line == port.source.line:
            return index
    return -1


def _short(value: str, ctx: PlanContext, port: PublishedPort, *, main: bool) -> str:
    """The short form with the right address; variables in it stay when they mean the right port."""
    parts = _PART.findall(value)
    if main and (port.published, port.target) != (ctx.spec.port, inside(ctx)):
        protocol = value.rpartition("/")[2] if "/" in parts[-1] else ""
        return f"{_wanted(ctx)}{'/' + protocol if protocol else ''}"
    if len(parts) == 1:
        return f"{ctx.profile.bind}:{value.split('/')[0]}:{value}"
    return ":".join([ctx.profile.bind, *parts[-2:]])


def _correct_long(
    ctx: PlanContext, port: PublishedPort, edits: ComposeEdits, item: Node, place: tuple[str | int, ...], *, main: bool
) -> None:
    """The long form: `host_ip`, `published` and `target`, each replaced or added."""
    wanted: dict[str, str | int] = {"host_ip": ctx.profile.bind}
    if main:
        wanted |= {"target": inside(ctx), "published": ctx.spec.port}
    for key, value in wanted.items():
        node = get(item, key)
        edit: Edit | None = None
        if node is None:
            edit = partial(add_pair, path=place, key=key, fragment=f'"{value}"')
        elif node.value != str(value):
            edit = partial(replace_scalar, path=(*place, key), value=str(value) if node.style else value)
        if edit is not None:
            edits.attempt(PORTS, port.source.path, edit, f"set {key}", line=port.source.line)
