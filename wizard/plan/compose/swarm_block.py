"""Finishing a block on a Swarm: the image, `deploy:`, no conditions, and a port that no address can hold."""

from __future__ import annotations

from functools import partial

from wizard.plan.compose.files import DEPENDS_ON, PORTS, SERVICE, ComposeEdits, Edit
from wizard.plan.compose.place import block_line, file_of, fragment, indented, own_node
from wizard.plan.compose.swarm import NO_IMAGE, image_of
from wizard.plan.context import PlanContext
from wizard.plan.splice.yaml import add_pair, replace_value
from wizard.syntax.yaml import Node, get
from wizard.values.facts.compose import REFUSED, ComposeService

_ASKED = ("replicas", "update_config", "rollback_config", "resources", "placement")


def asks_for_deploy(ctx: PlanContext, block: ComposeService) -> bool:
    """Tells whether a person asked for parts of `deploy` that the block does not have."""
    if not ctx.profile.on_swarm or ctx.spec.deploy is None:
        return False
    wanted = (part for part in _ASKED if fragment(ctx, "deploy", part))
    have = {place.partition(".")[0] for place, _ in block.deploy}
    return any(part not in have for part in wanted)


def swarm_service(ctx: PlanContext, block: ComposeService, edits: ComposeEdits) -> None:
    """Adds the image where none is named, and the parts of `deploy` that were asked for; what the deploy is refused for
    stays a person's to take out, with the line and what takes its place."""
    place = ("services", block.key)
    path = file_of(ctx, edits, block, "image")
    if block.image is None:
        image = image_of(ctx)
        if image:
            edit: Edit = partial(add_pair, path=place, key="image", fragment=fragment(ctx, "image"))
            edits.attempt(SERVICE, path, edit, "name the image", line=block_line(block, path))
        else:
            edits.refuse(SERVICE, path, NO_IMAGE, "image: REGISTRY/NAME:TAG\n", block_line(block, path))
    _deploy(ctx, block, edits)
    for one in ctx.facts.compose.swarm:
        own = one.service == block.key and one.effect == REFUSED
        if own and one.place not in ("image", "depends_on") and not one.place.startswith("ports"):
            edits.refuse(SERVICE, one.source.path, f"{one.place}: {one.words}", "", one.source.line)


def _deploy(ctx: PlanContext, block: ComposeService, edits: ComposeEdits) -> None:
    """`deploy:` whole where there is none, else each part that was asked for and is missing."""
    if ctx.spec.deploy is None:
        return
    path = file_of(ctx, edits, block, "deploy")
    node = own_node(edits, path, block.key, "deploy")
    place = ("services", block.key)
    if node is None:
        edit = partial(add_pair, path=place, key="deploy", fragment=fragment(ctx, "deploy"))
        edits.attempt(SERVICE, path, edit, "say how the Swarm runs it", line=block_line(block, path))
        return
    for part in _ASKED:
        body = fragment(ctx, "deploy", part)
        if body and not _has(node, part):
            edit = partial(add_pair, path=(*place, "deploy"), key=part, fragment=body)
            edits.attempt(SERVICE, path, edit, f"add deploy.{part}", line=node.line)
        elif body:
            edits.notes.append(f"deploy.{part} of {block.key} is there ({path}:{node.line}) and stays as it is")


def _has(node: Node, part: str) -> bool:
    return get(node, part) is not None


def swarm_dependencies(ctx: PlanContext, block: ComposeService, edits: ComposeEdits) -> None:
    """Turns the long form, for which the file is refused, into the short list."""
    if not any(entry.condition for entry in block.depends_on):
        return
    path = file_of(ctx, edits, block, "depends_on")
    node = own_node(edits, path, block.key, "depends_on")
    if node is None or node.kind != "mapping":
        return
    body = "\n".join(f"- {entry.service}" for entry in block.depends_on)
    edit = partial(replace_value, path=("services", block.key, "depends_on"), fragment=body)
    edits.attempt(DEPENDS_ON, path, edit, "write the short list", line=node.line)


def swarm_ports(ctx: PlanContext, block: ComposeService, edits: ComposeEdits) -> None:
    """Turns a single published port into one in `mode: host`, where that was asked for; else gives the text."""
    wanted = fragment(ctx, "ports")
    port = block.ports[0] if block.ports else None
    if port is None:
        return
    path = port.source.path
    node = own_node(edits, path, block.key, "ports")
    if wanted and node is not None and len(node.items) == 1:
        edit = partial(replace_value, path=("services", block.key, "ports"), fragment=wanted)
        edits.attempt(PORTS, path, edit, "publish on the node that runs it", line=port.source.line)
        return
    reason = "a Swarm binds no address: take `ports` out, or answer deploy.publish: host, and close it in the firewall"
    edits.refuse(PORTS, path, reason, f"ports:\n{indented(wanted)}" if wanted else "", port.source.line)
