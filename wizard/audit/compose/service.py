"""Phase 3: the wiring (3.1, 3.3, 3.4; environment and ports have files of their own)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from itertools import pairwise

from wizard.audit.compose import swarm
from wizard.audit.compose.credentials import names_of, told_hosts
from wizard.audit.container.probes import judge_probe, of_many
from wizard.audit.context import Context, listed
from wizard.rules.packages import BROKER_SERVERS, BROKERS, DATABASE_DRIVERS, REDIS_DRIVERS
from wizard.rules.secrets import server_of
from wizard.values.facts.compose import ComposeService, DependsOn
from wizard.values.finding import Finding
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Fact, Source

_ADDRESS = lazy_pattern(r"(?i)kafka|bootstrap|broker|rabbit|amqp|nats|mqtt|pulsar|stomp")
"""What variables with a broker's address are called."""
_LIKE_POSTGRES = lazy_pattern(r"questdb|cockroach|pgbouncer|pgpool|pgcat|odyssey|crate(?:db)?\b|yugabyte|materialize")


def compose_service(ctx: Context) -> Finding:
    """Judges item 3.1: the merged model has the service, built from the right Dockerfile."""
    block = ctx.compose
    if block is None:
        return no_block(ctx)
    stopped = swarm.refusal(ctx, block) if ctx.facts.profile.on_swarm else None
    if stopped is not None:
        return stopped
    if block.problems:
        return ctx.broken(block.problems[0].message, *(p.source for p in block.problems[:4]))
    refused = next((problem for problem in ctx.facts.compose.problems if problem.refused), None)
    if refused is not None:
        return ctx.broken(f"Compose refuses the stack's files: {refused.message}", refused.source, *block.declared[:1])
    if ctx.facts.profile.on_swarm:
        built = _judge_build(ctx, block, block.build) if block.build is not None else None
        return swarm.image(ctx, block, built)
    if block.build is None:
        what = f"the image {block.image.value}" if block.image else "nothing"
        at = block.image.source if block.image else block.declared[-1]
        return ctx.unmet(f"the block runs {what} and builds no Dockerfile of this service", at)
    return _judge_build(ctx, block, block.build)


def _judge_build(ctx: Context, block: ComposeService, build: Fact[str]) -> Finding:
    if block.inline is not None:
        return ctx.met(f"{block.key} builds the Dockerfile in its own block", *block.declared, block.inline.source)
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
    """Returns the finding of 3.1 without an active block: commented out, unreadable files, or nothing."""
    if ctx.service and ctx.service.commented:
        block = ctx.service.commented[0]
        first = block.declared[0]
        lines = f"{first.path}:{first.line}-{block.end_line}" if block.end_line else str(first)
        return ctx.broken(f"its block is commented out ({lines})", first, *ends(block))
    if ctx.facts.compose.problems:
        problem = ctx.facts.compose.problems[0]
        return ctx.unknown(f"the compose files cannot be read whole: {problem.message}", problem.source)
    beside = next((service for service in ctx.facts.compose.beside if service.key == ctx.key), None)
    if beside is not None:
        at = beside.declared[0]
        hint = f"Name {at.path} in COMPOSE_FILE or among compose_files of .stack-wizard/stack.yaml, or move the block."
        return ctx.unmet(f"its block is in {at.path}, which is not among the stack's own files", at, hint=hint)
    return ctx.unmet(f"no compose file has a service {ctx.key}", *_searched(ctx))


def ends(block: ComposeService) -> tuple[Source, ...]:
    """Returns the last line of a block."""
    return (Source(block.declared[-1].path, block.end_line),) if block.end_line else ()


def absent(ctx: Context, what: str) -> Finding:
    """Returns the finding of every further compose item while there is no active block."""
    if ctx.service and ctx.service.commented:
        return ctx.unmet(f"only a commented-out block has {what}", ctx.service.commented[0].declared[0])
    if ctx.facts.compose.problems:
        problem = ctx.facts.compose.problems[0]
        return ctx.unknown(f"the compose files cannot be read whole: {problem.message}", problem.source)
    hint = f"Add its block with `stack-wizard run {ctx.name} --phase compose`." if ctx.facts.profile.on_swarm else ""
    return ctx.unmet("the service is not in compose yet", *_searched(ctx), hint=hint)


def _searched(ctx: Context) -> tuple[Source, ...]:
    files = ctx.facts.compose.files or (ctx.edit_file,)
    return tuple(Source(path) for path in files[:6])


def needs(ctx: Context) -> dict[str, Source]:
    """Returns the compose keys it must wait for, each with the line that says so."""
    profile = ctx.facts.profile
    wanted: dict[str, Source] = {}
    if profile.redis.service and (ctx.code.uses_redis or ctx.spec.inputs or ctx.spec.outputs):
        driver = ctx.code.driver(REDIS_DRIVERS)
        uses = [use.source for use in ctx.code.redis]
        spoken = ctx.said("inputs" if ctx.spec.inputs else "outputs")
        wanted |= _server(ctx, "redis", profile.redis.service, driver.source if driver else (uses or [spoken])[0])
    if profile.postgres.service and (ctx.code.uses_database or ctx.spec.tables):
        driver = ctx.code.driver(DATABASE_DRIVERS)
        source = driver.source if driver else ctx.said("tables")
        wanted |= _server(ctx, "postgres", profile.postgres.service, source)
    named = dict(_named_in_code(ctx))
    for other in ctx.spec.talks_to:
        owner = ctx.index.owners.get(other)
        key = owner.compose.key if owner and owner.compose else other
        wanted[key] = named.get(key, ctx.said("talks_to"))
    for key, source in named.items():
        wanted.setdefault(key, source)
    wanted.pop(ctx.key, None)
    return wanted


def _server(ctx: Context, server: str, key: str, source: Source) -> dict[str, Source]:
    """Returns the service behind a driver: the stack's server, unless every host that the code is told is another one
    (a pooler before it, a second server, QuestDB behind PostgreSQL's protocol, a machine outside)."""
    read = {name.upper() for v in ctx.code.variables for name in (v.name, *v.aliases)}
    told = [(name, host) for name, host in told_hosts(ctx) if name in read]
    hosts = [host for name, host in told if server_of(name) == server]
    if not hosts and server == "postgres":
        hosts = [host for _, host in told if _speaks_postgres(ctx, host.value)]
    other = [host for host in hosts if host.value not in names_of(ctx, key)]
    if not hosts or len(other) < len(hosts) or any(host.value.lower() in names_of(ctx, key) for host in ctx.code.hosts):
        return {key: source}
    keys = {name: block.key for block in ctx.facts.compose.services for name in names_of(ctx, block.key)}
    return {keys[host.value]: host.source for host in other if host.value in keys}


def _speaks_postgres(ctx: Context, host: str) -> bool:
    """True for a service of the stack whose image answers PostgreSQL's protocol without being one."""
    blocks = (block for block in ctx.facts.compose.services if host in names_of(ctx, block.key))
    return any(block.image is not None and _LIKE_POSTGRES.search(block.image.value) for block in blocks)


def _named_in_code(ctx: Context) -> Iterator[tuple[str, Source]]:
    """Yields the stack's services whose hosts stand in the code, where compose does not set another one.

    Two services that call each other cannot both wait: one that waits for this one already is left out.
    """
    if not ctx.code.hosts:
        return
    env, later = ctx.env, ctx.facts.compose.waiting_for(ctx.key)
    outside = {v.source for v in ctx.code.variables if any(n.upper() in env for n in (v.name, *v.aliases))}
    keys = {block.key.lower(): block.key for block in ctx.facts.compose.services}
    keys |= {b.container_name.value.lower(): b.key for b in ctx.facts.compose.services if b.container_name is not None}
    for host in ctx.code.hosts:
        key = keys.get(host.value.lower())
        if key is not None and key not in later and host.source not in outside:
            yield key, host.source


def depends_on(ctx: Context) -> Finding:
    """Judges item 3.3: every stack service it talks to, waited for until it is healthy."""
    block = ctx.compose
    if block is None:
        return absent(ctx, "its dependencies")
    if ctx.facts.profile.on_swarm:
        return swarm.start_order(ctx, block, needs(ctx))
    wrong = _wrong_dependency(ctx, block)
    if wrong:
        return wrong
    wanted = needs(ctx)
    have = {d.service for d in block.depends_on}
    missing = {key: source for key, source in wanted.items() if key not in have}
    if missing:
        names = listed(list(missing))
        words = f"it uses {names}, which depends_on does not name"
        return ctx.unmet(words, block.declared[-1], *missing.values(), hint=_how_to_wait(ctx, tuple(missing)))
    unsaid = _unaddressed(ctx, have)
    if unsaid is not None:
        return unsaid
    if not block.depends_on:
        return ctx.met("it uses no other service of the stack", block.declared[-1])
    names = listed([d.service for d in block.depends_on])
    return ctx.met(f"waits for {names}", *(d.source for d in block.depends_on))


def _unaddressed(ctx: Context, have: set[str]) -> Finding | None:
    """The finding for a client of a broker that the stack has, while nothing says where it looks for one."""
    client = ctx.code.driver(BROKERS)
    top = client.value.partition(".")[0] if client is not None else ""
    pattern = next((pattern for clients, pattern in BROKER_SERVERS if top in clients), None)
    if client is None or pattern is None:
        return None
    named = [*((e.name, e.value) for e in (ctx.compose.environment if ctx.compose else ()))]
    named += [(v.name, v.default) for v in ctx.code.variables]
    said = any(value and _ADDRESS.search(name) for name, value in named)
    if said or any(pattern.search(host.value.lower()) for host in ctx.code.hosts):
        return None
    others = (block for block in ctx.facts.compose.services if block.key != ctx.key)
    images = ((block, block.image.value if block.image else "") for block in others)
    brokers = [block for block, image in images if pattern.search(f"{block.key} {image}".lower())]
    if not brokers or have & {block.key for block in brokers}:
        return None
    keys = listed([block.key for block in brokers])
    words = f"it imports {top}; whether it looks for {keys} cannot be read"
    hint = f"Name {keys} in depends_on if it does; say the address in `environment:`."
    return ctx.unknown(words, client.source, brokers[0].declared[0], hint=hint)


def _how_to_wait(ctx: Context, missing: tuple[str, ...]) -> str:
    """The hint for services without a health check: Compose refuses to wait until such a one is healthy."""
    blocks = (ctx.index.compose.get(key) for key in missing)
    unchecked = [block.key for block in blocks if block is not None and not has_health_check(ctx, block)]
    if not unchecked:
        return ""
    whose = "has no health check" if len(unchecked) == 1 else "have no health check"
    return f"Name {listed(list(missing))} in depends_on; {listed(unchecked)} {whose}, so that is a start, not a wait."


def _wrong_dependency(ctx: Context, block: ComposeService) -> Finding | None:
    for entry in block.depends_on:
        target = ctx.index.compose.get(entry.service)
        if target is None:
            return ctx.broken(f"depends on {entry.service}, which no compose file has", entry.source)
        if entry.required and target.profiles and not block.profiles:
            words = f"depends on {entry.service}, which is only there in profile {target.profiles[0].value}"
            return ctx.broken(f"{words}: Compose refuses the files without it", entry.source, target.profiles[0].source)
        if entry.condition in ("", "service_started") and has_health_check(ctx, target):
            form = f"condition {entry.condition}" if entry.condition else "short form"
            words = f"waits for {entry.service} in the {form}" if not entry.condition else f"{entry.service}: {form}"
            return ctx.broken(f"{words}, although that one has a health check", entry.source, *target.declared[:1])
    if block.key in ctx.index.cyclic:
        return ctx.broken(f"a cycle: {' → '.join(_cycle(ctx, block))}", *_cycle_lines(ctx, block))
    return None


def has_health_check(ctx: Context, target: ComposeService) -> bool:
    """Returns True when compose or the image built by the stack gives this service a health check."""
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
    """Judges item 3.4: compose, or else the image, has a health check on the service's port."""
    block = ctx.compose
    if block is None:
        return absent(ctx, "its health check")
    if block.healthcheck:
        return judge_probe(ctx, block.healthcheck, "healthcheck:")
    image = ctx.dockerfile.healthcheck if ctx.dockerfile else None
    if image is None or image.disabled:
        return ctx.unmet("neither compose nor the image has a health check", block.declared[-1], hint=ctx.unserved())
    open_one = of_many(ctx, image, "compose has none, and the image's HEALTHCHECK")
    if open_one:
        return open_one
    if image.port is not None and ctx.spec.port and image.port not in ctx.container_ports:
        return ctx.unmet(
            f"compose has none, and the image's asks port {image.port} (see {image.source.path})",
            block.declared[-1],
            image.source,
        )
    return ctx.met("by the image's HEALTHCHECK; compose has none of its own", image.source, block.declared[-1])
