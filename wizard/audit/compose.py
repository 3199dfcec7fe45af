"""Phase 3: the wiring (3.1, 3.3, 3.4; environment and ports have files of their own)."""

from __future__ import annotations

import posixpath
from itertools import pairwise

from wizard.audit.code import DATABASE_DRIVERS, REDIS_DRIVERS
from wizard.audit.context import Context, listed
from wizard.audit.probes import judge_probe
from wizard.values.compose_facts import ComposeService, DependsOn
from wizard.values.finding import Finding
from wizard.values.source import Fact, Source


def compose_service(ctx: Context) -> Finding:
    """3.1: the merged model has the service, built from the right Dockerfile."""
    block = ctx.compose
    if block is None:
        return no_block(ctx)
    if block.problems:
        return ctx.broken(block.problems[0].message, *(p.source for p in block.problems[:4]))
    if block.build is None:
        what = f"the image {block.image.value}" if block.image else "nothing"
        at = block.image.source if block.image else block.declared[-1]
        return ctx.unmet(f"the block runs {what} and builds no Dockerfile of this service", at)
    return _judge_build(ctx, block, block.build)


def _judge_build(ctx: Context, block: ComposeService, build: Fact[str]) -> Finding:
    path = block.dockerfile.value if block.dockerfile else posixpath.join(build.value, "Dockerfile")
    at = block.dockerfile.source if block.dockerfile else build.source
    own = ctx.dockerfile.path if ctx.dockerfile else ""
    if path != own and path not in ctx.facts.texts:
        return ctx.broken(f"it builds {path}, which does not exist", at)
    other = _foreign(ctx, path)
    if other and ctx.service and ctx.service.folder:
        return ctx.broken(f"it builds {path}, the Dockerfile of {other}", at)
    file = ctx.dockerfile
    if file and file.path == path and file.absent and file.context is not None and file.context != build.value:
        names, right = listed([fact.value for fact in file.absent]), file.context or "the stack's root"
        hint = f"Make {right} the build context: its COPY lines are written for it."
        lines = tuple(fact.source for fact in file.absent[:3])
        return ctx.broken(f"the build context {build.value or '.'} has no {names}", build.source, *lines, hint=hint)
    profile = f", only in profile {listed([p.value for p in block.profiles])}" if block.profiles else ""
    shared = f"; the image is shared with {other}" if other else ""
    return ctx.met(f"{block.key} builds {path}{profile}{shared}", *block.declared, at)


def _foreign(ctx: Context, path: str) -> str:
    """The other service whose folder the Dockerfile stands in, or ''."""
    folder = ctx.service.folder if ctx.service else ""
    if folder and path.startswith(f"{folder}/"):
        return ""
    parts = path.split("/")
    for size in range(len(parts) - 1, 0, -1):
        owner = ctx.index.owners.get(parts[size - 1])
        if owner and owner.name != ctx.name and owner.folder == "/".join(parts[:size]):
            return owner.name
    return ""


def no_block(ctx: Context) -> Finding:
    """The finding of 3.1 without an active block: commented out, unreadable files, or nothing."""
    if ctx.service and ctx.service.commented:
        block = ctx.service.commented[0]
        first = block.declared[0]
        lines = f"{first.path}:{first.line}-{block.end_line}" if block.end_line else str(first)
        return ctx.broken(f"its block is commented out ({lines})", first, *ends(block))
    if ctx.facts.compose.problems:
        problem = ctx.facts.compose.problems[0]
        return ctx.unknown(f"the compose files cannot be read whole: {problem.message}", problem.source)
    return ctx.unmet(f"no compose file has a service {ctx.key}", *_searched(ctx))


def ends(block: ComposeService) -> tuple[Source, ...]:
    """The last line of a block."""
    return (Source(block.declared[-1].path, block.end_line),) if block.end_line else ()


def absent(ctx: Context, what: str) -> Finding:
    """The finding of every further compose item while there is no active block."""
    if ctx.service and ctx.service.commented:
        return ctx.unmet(f"only a commented-out block has {what}", ctx.service.commented[0].declared[0])
    if ctx.facts.compose.problems:
        problem = ctx.facts.compose.problems[0]
        return ctx.unknown(f"the compose files cannot be read whole: {problem.message}", problem.source)
    return ctx.unmet("the service is not in compose yet", *_searched(ctx))


def _searched(ctx: Context) -> tuple[Source, ...]:
    files = ctx.facts.compose.files or (ctx.edit_file,)
    return tuple(Source(path) for path in files[:6])


def needs(ctx: Context) -> dict[str, Source]:
    """The compose keys it must wait for, each with the line that says so."""
    profile = ctx.facts.profile
    wanted: dict[str, Source] = {}
    if profile.redis.service and (ctx.code.uses_redis or ctx.spec.inputs or ctx.spec.outputs):
        driver = ctx.code.driver(REDIS_DRIVERS)
        uses = [use.source for use in ctx.code.redis]
        wanted[profile.redis.service] = driver.source if driver else (uses or [ctx.spec_source])[0]
    if profile.postgres.service and (ctx.code.uses_database or ctx.spec.tables):
        driver = ctx.code.driver(DATABASE_DRIVERS)
        wanted[profile.postgres.service] = driver.source if driver else ctx.spec_source
    for other in ctx.spec.talks_to:
        owner = ctx.index.owners.get(other)
        wanted[owner.compose.key if owner and owner.compose else other] = ctx.spec_source
    wanted.pop(ctx.key, None)
    return wanted


def depends_on(ctx: Context) -> Finding:
    """3.3: every stack service it talks to, waited for until it is healthy."""
    block = ctx.compose
    if block is None:
        return absent(ctx, "its dependencies")
    wrong = _wrong_dependency(ctx, block)
    if wrong:
        return wrong
    wanted = needs(ctx)
    have = {d.service for d in block.depends_on}
    missing = {key: source for key, source in wanted.items() if key not in have}
    if missing:
        names = listed(list(missing))
        return ctx.unmet(f"it uses {names}, which depends_on does not name", block.declared[-1], *missing.values())
    if not block.depends_on:
        return ctx.met("it uses no other service of the stack", block.declared[-1])
    names = listed([d.service for d in block.depends_on])
    return ctx.met(f"waits for {names}", *(d.source for d in block.depends_on))


def _wrong_dependency(ctx: Context, block: ComposeService) -> Finding | None:
    for entry in block.depends_on:
        target = ctx.index.compose.get(entry.service)
        if target is None:
            return ctx.broken(f"depends on {entry.service}, which no compose file has", entry.source)
        if entry.condition in ("", "service_started") and has_health_check(ctx, target):
            form = f"condition {entry.condition}" if entry.condition else "short form"
            words = f"waits for {entry.service} in the {form}" if not entry.condition else f"{entry.service}: {form}"
            return ctx.broken(f"{words}, although that one has a health check", entry.source, *target.declared[:1])
    if block.key in ctx.index.cyclic:
        return ctx.broken(f"a cycle: {' → '.join(_cycle(ctx, block))}", *_cycle_lines(ctx, block))
    return None


def has_health_check(ctx: Context, target: ComposeService) -> bool:
    """True when compose or the image built by the stack gives this service a health check."""
    if target.healthcheck:
        return not target.healthcheck.disabled
    owner = ctx.index.owners.get(target.key)
    file = owner.dockerfile if owner else None
    return bool(file and file.healthcheck and not file.healthcheck.disabled)


def _cycle(ctx: Context, block: ComposeService) -> list[str]:
    """The keys along the shortest cycle through `block`, which stands first and last; itself alone without one."""
    came_from: dict[str, str] = {}
    todo = [block.key]
    while todo:
        key = todo.pop(0)
        for entry in ctx.index.compose[key].depends_on if key in ctx.index.compose else ():
            if entry.service == block.key:
                return [block.key, *reversed(_trail(came_from, key, block.key))]
            if entry.service not in came_from and entry.service in ctx.index.cyclic:
                came_from[entry.service] = key
                todo.append(entry.service)
    return [block.key]


def _trail(came_from: dict[str, str], key: str, start: str) -> list[str]:
    """From `start` back over `key` to the node after `start`."""
    trail = [start]
    while key != start:
        trail.append(key)
        key = came_from[key]
    return trail


def _cycle_lines(ctx: Context, block: ComposeService) -> tuple[Source, ...]:
    keys = _cycle(ctx, block)
    lines: list[Source] = []
    for here, there in pairwise(keys):
        entries: tuple[DependsOn, ...] = ctx.index.compose[here].depends_on if here in ctx.index.compose else ()
        lines += [entry.source for entry in entries if entry.service == there]
    return tuple(lines) or (block.declared[-1],)


def compose_health_check(ctx: Context) -> Finding:
    """3.4: compose, or else the image, has a health check on the service's port."""
    block = ctx.compose
    if block is None:
        return absent(ctx, "its health check")
    if block.healthcheck:
        return judge_probe(ctx, block.healthcheck, "healthcheck:")
    image = ctx.dockerfile.healthcheck if ctx.dockerfile else None
    if image is None or image.disabled:
        return ctx.unmet("neither compose nor the image has a health check", block.declared[-1])
    if image.port is not None and ctx.spec.port and image.port not in ctx.container_ports:
        return ctx.unmet(
            f"compose has none, and the image's asks port {image.port} (see 2.2)", block.declared[-1], image.source
        )
    return ctx.met("by the image's HEALTHCHECK; compose has none of its own", image.source, block.declared[-1])
