"""Finishing a service block that is there: missing keys, missing entries, or one scalar, each where the wrong fact
stands."""

from __future__ import annotations

import posixpath
import re
from functools import partial
from textwrap import indent

from wizard.plan.compose.environment import complete_environment
from wizard.plan.compose.files import DEPENDS_ON, ENVIRONMENT, HEALTH_CHECK, PORTS, SERVICE, ComposeEdits, Edit
from wizard.plan.compose.place import block_line, file_of, fragment, indented, own_node
from wizard.plan.compose.ports import complete_ports
from wizard.plan.compose.swarm_block import asks_for_deploy, swarm_dependencies, swarm_ports, swarm_service
from wizard.plan.container.probes import SILENT, cannot_run, inside, lacks_health
from wizard.plan.context import PlanContext
from wizard.plan.service.shape import from_project, is_optional
from wizard.plan.splice.yaml import add_item, add_pair, replace_scalar, replace_value
from wizard.syntax.yaml import Node, get
from wizard.values.facts.compose import ComposeService, HealthCheck
from wizard.values.facts.stack import StackFacts


def complete_block(ctx: PlanContext, block: ComposeService, edits: ComposeEdits) -> None:
    """Plans each of the five items that is not met."""
    steps = {
        SERVICE: _build,
        ENVIRONMENT: complete_environment,
        DEPENDS_ON: _dependencies,
        HEALTH_CHECK: _health_check,
        PORTS: complete_ports,
    }
    if ctx.profile.on_swarm:
        steps |= {SERVICE: swarm_service, DEPENDS_ON: swarm_dependencies, PORTS: swarm_ports}
    for item, step in steps.items():
        if ctx.wants(item) or (item == SERVICE and asks_for_deploy(ctx, block)):
            before = (len(edits.refusals), sum(len(why) for why in edits.why.values()))
            step(ctx, block, edits)
            if before == (len(edits.refusals), sum(len(why) for why in edits.why.values())):
                _left(ctx, item, edits)


def _left(ctx: PlanContext, item: str, edits: ComposeEdits) -> None:
    """Say that an item is not met and nothing could be written for it."""
    finding = ctx.finding(item)
    if finding is not None and not (item == PORTS and ctx.facts.registry is not None):
        edits.notes.append(ctx.note(item, finding.summary) + (f"; {finding.hint}" if finding.hint else ""))


def _build(ctx: PlanContext, block: ComposeService, edits: ComposeEdits) -> None:
    """3.1: a `build` where there is none, or the path that does not exist."""
    path = file_of(ctx, edits, block, "build")
    place = ("services", block.key)
    node = own_node(edits, path, block.key, "build")
    if block.build is None or node is None:
        if block.build is None:
            edit: Edit = partial(add_pair, path=place, key="build", fragment=fragment(ctx, "build"))
            edits.attempt(SERVICE, path, edit, "build the image", line=block_line(block, path))
        return
    dockerfile = posixpath.join(ctx.folder, "Dockerfile")
    held = block.dockerfile.value if block.dockerfile else posixpath.join(block.build.value, "Dockerfile")
    if held == dockerfile or held in ctx.facts.texts:
        return
    line = block.build.source.line
    inside = dockerfile.startswith(f"{block.build.value}/") or block.build.value in ("", ".")
    named = get(node, "dockerfile")
    if named is not None and inside:
        value = posixpath.relpath(dockerfile, block.build.value or ".")
        edit = partial(replace_scalar, path=(*place, "build", "dockerfile"), value=value)
        edits.attempt(SERVICE, path, edit, "build its Dockerfile", line=line)
    else:
        target = (*place, "build") if node.kind == "scalar" else (*place, "build", "context")
        edit = partial(replace_scalar, path=target, value=_folder_of_build(ctx, block.build.value))
        edits.attempt(SERVICE, path, edit, "build from its folder", line=line)


def _folder_of_build(ctx: PlanContext, wrong: str) -> str:
    """The folder that Compose shall build. What the Dockerfile's COPY lines are written for is read from this very
    block when nothing else says it: then it is the service's folder."""
    known = ctx.shape.build_context
    return from_project(ctx.facts, ctx.folder) if known == from_project(ctx.facts, wrong) else known


def _dependencies(ctx: PlanContext, block: ComposeService, edits: ComposeEdits) -> None:
    """3.3: what it talks to, waited for until healthy; a short list becomes the long form, since only that can say
    so."""
    wanted = {d.key: d.condition for d in ctx.shape.dependencies if d.key != block.key}
    path = file_of(ctx, edits, block, "depends_on")
    node = own_node(edits, path, block.key, "depends_on")
    place = ("services", block.key, "depends_on")
    have = {d.service: d.condition for d in block.depends_on}
    for entry in block.depends_on:
        if ctx.facts.compose.service(entry.service) is None:
            reason = f"it depends on {entry.service}, which no compose file has"
            edits.refuse(DEPENDS_ON, entry.source.path, reason, "", entry.source.line)
    everything = {key: condition(ctx.facts, key) for key in have} | wanted
    if not everything:
        return
    if node is None or (node.kind == "sequence" and "service_healthy" in everything.values()):
        _write_all(ctx, block, edits, path, node, everything)
        return
    for key, wish in everything.items():
        edit: Edit
        if key in have and (wish != "service_healthy" or have[key] not in ("", "service_started")):
            continue
        if node.kind == "sequence":
            edit = partial(add_item, path=place, value=key)
        elif key not in have or get(get(node, key), "condition") is None:
            held = get(node, key)
            path_to, name = (place, key) if held is None else ((*place, key), "condition")
            body = _entry(ctx, block, key, wish) if held is None else wish
            edit = partial(add_pair, path=path_to, key=name, fragment=body)
        else:
            edit = partial(replace_scalar, path=(*place, key, "condition"), value=wish)
        edits.attempt(DEPENDS_ON, path, edit, f"wait for {key}", line=block_line(block, path))


def _entry(ctx: PlanContext, block: ComposeService, key: str, wish: str) -> str:
    """What stands under one key of `depends_on`."""
    other = ctx.facts.compose.service(key)
    free = other is not None and is_optional(block, other)
    return f"condition: {wish}" + ("\nrequired: false" if free else "")


def _write_all(
    ctx: PlanContext,
    block: ComposeService,
    edits: ComposeEdits,
    path: str,
    node: Node | None,
    everything: dict[str, str],
) -> None:
    """The whole `depends_on` in the long form: a new key, or in the place of a short list."""
    body = "\n".join(f"{key}:\n{indent(_entry(ctx, block, key, wish), '  ')}" for key, wish in everything.items())
    place = ("services", block.key)
    edit: Edit
    if node is None:
        edit = partial(add_pair, path=place, key="depends_on", fragment=body)
    else:
        edit = partial(replace_value, path=(*place, "depends_on"), fragment=body)
    edits.attempt(DEPENDS_ON, path, edit, "wait for what it uses", line=block_line(block, path))


def condition(facts: StackFacts, key: str) -> str:
    """Returns `service_healthy` when compose or the image built by the stack gives the service a health check, else
    `service_started`.
    """
    service = facts.compose.service(key)
    if service is not None and service.healthcheck is not None:
        return "service_started" if service.healthcheck.disabled else "service_healthy"
    owner = next((s for s in facts.services if s.compose and s.compose.key == key), None)
    check = owner.dockerfile.healthcheck if owner and owner.dockerfile else None
    return "service_healthy" if check and not check.disabled else "service_started"


def _health_check(ctx: PlanContext, block: ComposeService, edits: ComposeEdits) -> None:
    """3.4: the key where it is missing; the port in the words of `test`; the whole `test` when its tool is not in the
    image."""
    check = block.healthcheck
    place = ("services", block.key)
    if not ctx.spec.port:
        return
    if check is None and lacks_health(ctx):
        path = file_of(ctx, edits, block, "healthcheck")
        paste = "healthcheck:\n" + indented(fragment(ctx, "healthcheck"))
        edits.refuse(HEALTH_CHECK, path, SILENT, paste, block_line(block, path))
        return
    if check is None:
        path = file_of(ctx, edits, block, "healthcheck")
        edit = partial(add_pair, path=place, key="healthcheck", fragment=fragment(ctx, "healthcheck"))
        edits.attempt(HEALTH_CHECK, path, edit, "ask for its health", line=block_line(block, path))
        return
    path = check.source.path
    test = own_node(edits, path, block.key, "healthcheck", "test")
    if test is None or check.disabled:
        reason = "the health check is switched off, or comes from another place"
        paste = "healthcheck:\n" + indented(fragment(ctx, "healthcheck"))
        edits.refuse(HEALTH_CHECK, path, reason, paste, check.source.line)
    elif cannot_run(ctx, check):
        edit = partial(
            replace_value, path=(*place, "healthcheck", "test"), fragment=fragment(ctx, "healthcheck", "test")
        )
        edits.attempt(HEALTH_CHECK, path, edit, "ask for its health with Python", line=check.source.line)
    elif check.port not in (None, inside(ctx)):
        _replace_port(ctx, block, edits, check, test)


def _pattern(port: int | None) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.]){port}(?![\w.])")


def _replace_port(ctx: PlanContext, block: ComposeService, edits: ComposeEdits, check: HealthCheck, test: Node) -> None:
    place: tuple[str | int, ...] = ("services", block.key, "healthcheck", "test")
    words = [(place, test)] if test.kind == "scalar" else [((*place, i), item) for i, item in enumerate(test.items)]
    for where, node in words:
        value = _pattern(check.port).sub(str(inside(ctx)), node.value)
        if value != node.value:
            edit = partial(replace_scalar, path=where, value=value)
            why = f"ask port {inside(ctx)} for its health"
            edits.attempt(HEALTH_CHECK, check.source.path, edit, why, line=check.source.line)
