"""Finishing a service block that is there: missing keys, missing entries, or one scalar, each where the wrong fact
stands."""

from __future__ import annotations

import posixpath
import re
from functools import partial

from wizard.plan.compose_environment import complete_environment
from wizard.plan.compose_files import ComposeEdits, Edit
from wizard.plan.compose_place import block_line, file_of, fragment, indented, own_node
from wizard.plan.compose_ports import complete_ports
from wizard.plan.context import PlanContext
from wizard.plan.probes import SILENT, is_silent, lacks_tool
from wizard.plan.splice_yaml import add_item, add_pair, replace_scalar, replace_value
from wizard.syntax.yaml import Node, get
from wizard.values.compose_facts import ComposeService, HealthCheck
from wizard.values.facts import StackFacts


def complete_block(ctx: PlanContext, block: ComposeService, edits: ComposeEdits) -> None:
    """Each of the five items that is not met."""
    steps = {
        "3.1": _build,
        "3.2": complete_environment,
        "3.3": _dependencies,
        "3.4": _health_check,
        "3.5": complete_ports,
    }
    for item, step in steps.items():
        if ctx.wants(item):
            before = (len(edits.refusals), sum(len(why) for why in edits.why.values()))
            step(ctx, block, edits)
            if before == (len(edits.refusals), sum(len(why) for why in edits.why.values())):
                _left(ctx, item, edits)


def _left(ctx: PlanContext, item: str, edits: ComposeEdits) -> None:
    """Say that an item is not met and nothing could be written for it."""
    finding = next((f for f in ctx.report.findings if f.item == item), None)
    if finding is not None and not (item == "3.5" and ctx.facts.registry is not None):
        edits.notes.append(f"{item}: {finding.summary}" + (f"; {finding.hint}" if finding.hint else ""))


def _build(ctx: PlanContext, block: ComposeService, edits: ComposeEdits) -> None:
    """3.1: a `build` where there is none, or the path that does not exist."""
    path = file_of(ctx, edits, block, "build")
    place = ("services", block.key)
    node = own_node(edits, path, block.key, "build")
    if block.build is None or node is None:
        if block.build is None:
            edit: Edit = partial(add_pair, path=place, key="build", fragment=fragment(ctx, "build"))
            edits.attempt("3.1", path, edit, "build the image", line=block_line(block, path))
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
        edits.attempt("3.1", path, edit, "build its Dockerfile", line=line)
    else:
        target = (*place, "build") if node.kind == "scalar" else (*place, "build", "context")
        edit = partial(replace_scalar, path=target, value=ctx.shape.build_context)
        edits.attempt("3.1", path, edit, "build from its folder", line=line)


def _dependencies(ctx: PlanContext, block: ComposeService, edits: ComposeEdits) -> None:
    """3.3: what it talks to, waited for until healthy; a short list becomes the long form, since only that can say
    so."""
    wanted = {d.key: d.condition for d in ctx.shape.dependencies if _used(ctx, d.key) and d.key != block.key}
    path = file_of(ctx, edits, block, "depends_on")
    node = own_node(edits, path, block.key, "depends_on")
    place = ("services", block.key, "depends_on")
    have = {d.service: d.condition for d in block.depends_on}
    for entry in block.depends_on:
        if ctx.facts.compose.service(entry.service) is None:
            reason = f"it depends on {entry.service}, which no compose file has"
            edits.refuse("3.3", entry.source.path, reason, "", entry.source.line)
    everything = {key: condition(ctx.facts, key) for key in have} | wanted
    if not everything:
        return
    if node is None or (node.kind == "sequence" and "service_healthy" in everything.values()):
        _write_all(block, edits, path, node, everything)
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
            body = f"condition: {wish}" if held is None else wish
            edit = partial(add_pair, path=path_to, key=name, fragment=body)
        else:
            edit = partial(replace_scalar, path=(*place, key, "condition"), value=wish)
        edits.attempt("3.3", path, edit, f"wait for {key}", line=block_line(block, path))


def _write_all(
    block: ComposeService, edits: ComposeEdits, path: str, node: Node | None, everything: dict[str, str]
) -> None:
    """The whole `depends_on` in the long form: a new key, or in the place of a short list."""
    body = "\n".join(f"{key}:\n  condition: {wish}" for key, wish in everything.items())
    place = ("services", block.key)
    edit: Edit
    if node is None:
        edit = partial(add_pair, path=place, key="depends_on", fragment=body)
    else:
        edit = partial(replace_value, path=(*place, "depends_on"), fragment=body)
    edits.attempt("3.3", path, edit, "wait for what it uses", line=block_line(block, path))


def _used(ctx: PlanContext, key: str) -> bool:
    """Redis is waited for only when the service has channels or its code uses Redis."""
    if key != ctx.profile.redis.service:
        return True
    files = ctx.service.code if ctx.service else ()
    imports = any(
        fact.value.split(".")[0] in ("redis", "valkey", "aioredis") for file in files for fact in file.imports
    )
    return bool(ctx.spec.inputs or ctx.spec.outputs or imports or any(file.redis for file in files))


def condition(facts: StackFacts, key: str) -> str:
    """`service_healthy` when compose or the image built by the stack gives the service a health check, else
    `service_started`."""
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
    if check is None and is_silent(ctx):
        path = file_of(ctx, edits, block, "healthcheck")
        paste = "healthcheck:\n" + indented(fragment(ctx, "healthcheck"))
        edits.refuse("3.4", path, SILENT, paste, block_line(block, path))
        return
    if check is None:
        path = file_of(ctx, edits, block, "healthcheck")
        edit = partial(add_pair, path=place, key="healthcheck", fragment=fragment(ctx, "healthcheck"))
        edits.attempt("3.4", path, edit, "ask for its health", line=block_line(block, path))
        return
    path = check.source.path
    test = own_node(edits, path, block.key, "healthcheck", "test")
    if test is None or check.disabled:
        reason = "the health check is switched off, or comes from another place"
        edits.refuse("3.4", path, reason, "healthcheck:\n" + indented(fragment(ctx, "healthcheck")), check.source.line)
    elif lacks_tool(ctx, check.tool):
        edit = partial(
            replace_value, path=(*place, "healthcheck", "test"), fragment=fragment(ctx, "healthcheck", "test")
        )
        edits.attempt("3.4", path, edit, "ask for its health with Python", line=check.source.line)
    elif check.port not in (None, ctx.spec.port):
        _replace_port(ctx, block, edits, check, test)


def _pattern(port: int | None) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.]){port}(?![\w.])")


def _replace_port(ctx: PlanContext, block: ComposeService, edits: ComposeEdits, check: HealthCheck, test: Node) -> None:
    place: tuple[str | int, ...] = ("services", block.key, "healthcheck", "test")
    words = [(place, test)] if test.kind == "scalar" else [((*place, i), item) for i, item in enumerate(test.items)]
    for where, node in words:
        value = _pattern(check.port).sub(str(ctx.spec.port), node.value)
        if value != node.value:
            edit = partial(replace_scalar, path=where, value=value)
            why = f"ask port {ctx.spec.port} for its health"
            edits.attempt("3.4", check.source.path, edit, why, line=check.source.line)
