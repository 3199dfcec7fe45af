"""Item 3.5: `127.0.0.1:PORT:PORT`. One entry is replaced in place, or the missing one added; addresses only are
corrected elsewhere."""

from __future__ import annotations

import re
from functools import partial

from wizard.plan.compose_files import ComposeEdits, Edit
from wizard.plan.compose_place import block_line, file_of, fragment, indented, own_node
from wizard.plan.context import PlanContext
from wizard.plan.probes import NO_PORT, SILENT, is_silent
from wizard.plan.splice_yaml import add_item, add_pair, replace_scalar
from wizard.syntax.yaml import Node, get
from wizard.values.compose_facts import ComposeService, PublishedPort

LOCAL = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})
_PART = re.compile(r"(?:\[[^\]]*\]|\$\{[^}]*\}|[^:$]|\$(?!\{))+")


def complete_ports(ctx: PlanContext, block: ComposeService, edits: ComposeEdits) -> None:
    """The ports of the block, entry by entry."""
    if block.network_mode and block.network_mode.value == "host":
        source = block.network_mode.source
        edits.refuse("3.5", source.path, "network_mode: host publishes nothing", "", source.line)
        return
    if not ctx.spec.port:
        edits.refuse("3.5", path := block.declared[-1].path, NO_PORT, "", block_line(block, path))
        return
    if _listens_elsewhere(ctx, block, edits):
        return
    if not block.ports and is_silent(ctx):
        path = file_of(ctx, edits, block, "ports")
        edits.refuse("3.5", path, SILENT, f"ports:\n{indented(fragment(ctx, 'ports'))}", block_line(block, path))
        return
    if not block.ports:
        _add(ctx, block, edits)
        return
    main = _main(ctx, block)
    for port in {entry.source: entry for entry in block.ports}.values():
        is_range = sum(entry.source == port.source for entry in block.ports) > 1  # its ports stay what they are
        _correct(ctx, block, port, edits, main=port.source == main.source and not is_range)


def _main(ctx: PlanContext, block: ComposeService) -> PublishedPort:
    """The entry that is the service's own: by host port, else by container port, else the first."""
    port = ctx.spec.port
    return next(
        (p for p in block.ports if p.published == port),
        next((p for p in block.ports if p.target == port), block.ports[0]),
    )


def _listens_elsewhere(ctx: PlanContext, block: ComposeService, edits: ComposeEdits) -> bool:
    """Refuse when the code itself listens on another port, which no line of compose could change."""
    files = ctx.service.python if ctx.service else ()
    served = {fact.value: fact.source for file in files for fact in file.served_ports}
    settable = any(entry.name.upper().endswith("PORT") for entry in block.environment) or ctx.wants("3.2")
    if not served or ctx.spec.port in served or settable:
        return False
    port, source = next(iter(served.items()))
    line = block_line(block, path := block.declared[-1].path)
    paste = f'ports:\n  - "{ctx.profile.bind}:{ctx.spec.port}:{ctx.spec.port}"\n'
    edits.refuse("3.5", path, f"the code listens on {port} ({source}); compose can only follow it", paste, line)
    return True


def _add(ctx: PlanContext, block: ComposeService, edits: ComposeEdits) -> None:
    path = file_of(ctx, edits, block, "ports")
    source = f"{ctx.profile.bind}:{ctx.spec.port}:{ctx.spec.port}"
    if own_node(edits, path, block.key, "ports") is None:
        body = fragment(ctx, "ports") or f'- "{source}"'
        edit: Edit = partial(add_pair, path=("services", block.key), key="ports", fragment=body)
    else:
        edit = partial(add_item, path=("services", block.key, "ports"), value=source)
    edits.attempt("3.5", path, edit, "publish the port", line=block_line(block, path))


def _correct(ctx: PlanContext, block: ComposeService, port: PublishedPort, edits: ComposeEdits, *, main: bool) -> None:
    """Bring one entry to localhost, and the main one to the service's port."""
    right = port.host_ip in LOCAL and (not main or port.published == port.target == ctx.spec.port)
    if right:
        return
    path = port.source.path
    node = own_node(edits, path, block.key, "ports")
    index = _index(node, port)
    wanted = f"{ctx.profile.bind}:{ctx.spec.port}:{ctx.spec.port}" if main else ""
    if node is None or index < 0:
        edits.refuse("3.5", path, f"{port.raw} does not stand in the block itself", f'- "{wanted}"\n', port.source.line)
        return
    item = node.items[index]
    place = ("services", block.key, "ports", index)
    if item.kind == "mapping":
        _correct_long(ctx, port, edits, item, place, main=main)
        return
    value = _short(item.value, ctx, port, main=main)
    edit = partial(replace_scalar, path=place, value=value)
    edits.attempt("3.5", path, edit, f"publish {value}", line=port.source.line)


def _index(node: Node | None, port: PublishedPort) -> int:
    items = node.items if node is not None else ()
    for index, item in enumerate(items):
        if item.value == port.raw or item.line == port.source.line:
            return index
    return -1


def _short(value: str, ctx: PlanContext, port: PublishedPort, *, main: bool) -> str:
    """The short form with the right address; variables in it stay when they mean the right port."""
    parts = _PART.findall(value)
    if main and not (port.published == port.target == ctx.spec.port):
        protocol = value.rpartition("/")[2] if "/" in parts[-1] else ""
        return f"{ctx.profile.bind}:{ctx.spec.port}:{ctx.spec.port}{'/' + protocol if protocol else ''}"
    if len(parts) == 1:
        return f"{ctx.profile.bind}:{value.split('/')[0]}:{value}"
    return ":".join([ctx.profile.bind, *parts[-2:]])


def _correct_long(
    ctx: PlanContext, port: PublishedPort, edits: ComposeEdits, item: Node, place: tuple[str | int, ...], *, main: bool
) -> None:
    """The long form: `host_ip`, `published` and `target`, each replaced or added."""
    wanted: dict[str, str | int] = {"host_ip": ctx.profile.bind}
    if main:
        wanted |= {"target": ctx.spec.port, "published": ctx.spec.port}
    for key, value in wanted.items():
        node = get(item, key)
        edit: Edit | None = None
        if node is None:
            edit = partial(add_pair, path=place, key=key, fragment=f'"{value}"')
        elif node.value != str(value):
            edit = partial(replace_scalar, path=(*place, key), value=str(value) if node.style else value)
        if edit is not None:
            edits.attempt("3.5", port.source.path, edit, f"set {key}", line=port.source.line)
