"""Item 1.3: which channels the code uses, and how it holds on to Redis."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from wizard.audit.context import Context, listed, unread
from wizard.audit.environment import near
from wizard.rules.packages import BROKERS, JOB_QUEUES, REDIS_DRIVERS
from wizard.values.facts.code import PUTS_OUT, TAKES_IN, RedisUse
from wizard.values.finding import Finding
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Fact, Source

_STRING = lazy_pattern(r"""["']([A-Za-z0-9][\w.:-]{1,62})["']""")


_MEANS = {"xread": "streams", "xadd": "streams", "push": "lists", "pop": "lists"}
_RETRIES_ITSELF = 6
"""redis-py 6.0 gave every client a `Retry` of three attempts; before it, a broken connection was an error at once."""


def redis_pubsub(ctx: Context) -> Finding:
    """Judges item 1.3: takes in and puts out what the spec says, by channel, stream or list, and survives a restart of
    Redis.
    """
    if not ctx.code.files:
        return ctx.no_code("there is no code yet", ctx.whereabouts())
    elsewhere = ctx.unstarted()
    if elsewhere:
        return elsewhere
    if not ctx.code.redis:
        return without_redis(ctx) if http_only(ctx) else _no_redis(ctx)
    inputs = tuple(c.name for c in ctx.spec.inputs)
    outputs = tuple(c.name for c in ctx.spec.outputs)
    listens, says = _settled(ctx, TAKES_IN, inputs), _settled(ctx, PUTS_OUT, outputs)
    if not listens and not says:
        jobs = _job_queue(ctx)
        if jobs is not None:
            return jobs
        scored = [use for use in ctx.code.redis if use.kind == "zset"]
        if scored:
            words = "takes its events from a sorted set; how they get there, and whether it holds on, cannot be read"
            return ctx.unknown(words, *_lines(scored))
        words = "connects to Redis, but neither subscribes nor publishes"
        return ctx.unmet(words, *_lines(ctx.code.redis))
    problem = _differs(ctx, inputs, listens, "subscribes to") or _differs(ctx, outputs, says, "publishes")
    if problem:
        return problem
    subscribed = [use for use in ctx.code.redis if use.kind == "subscribe"]
    if ctx.spec.delivery == "at-least-once" and subscribed:
        words = "subscribes by pub/sub, which loses what is published while it is away; the spec says at least once"
        return ctx.broken(words, *_lines(subscribed))
    return _connection(ctx, [*listens, *says], bool(listens))


def _job_queue(ctx: Context) -> Finding | None:
    """The finding for work that a library fetches and hands on; None without one."""
    library = ctx.code.driver(JOB_QUEUES)
    if library is None:
        return None
    name = library.value.partition(".")[0]
    words = f"its jobs go through {name}; how that holds on to its broker cannot be read here"
    hint = f"See in the manual of {name} that a lost broker is tried again, then waive the item with that reason."
    return ctx.unknown(words, library.source, hint=hint)


def without_redis(ctx: Context) -> Finding:
    """Returns that what asks about Redis does not apply, and how the service lives without."""
    answers = "the service answers HTTP only" if ctx.code.routes else "neither its code nor the stack has a Redis"
    return through_another(ctx) or ctx.na(answers, ctx.said("kind"))


def through_another(ctx: Context) -> Finding | None:
    """Returns that the item does not apply to a service whose events go through another broker; None without one."""
    broker = ctx.code.driver(BROKERS)
    if broker is None:
        return None
    return ctx.na(f"its events go through {broker.value.partition('.')[0]}, not through Redis", broker.source)


def http_only(ctx: Context) -> bool:
    """Returns True when the spec, or what was read, says that it answers HTTP only, and the code was read whole."""
    known = ctx.spec.what == "http" and not ctx.is_assumed("kind")
    return known and not ctx.code.uses_redis and not ctx.code.problems


def used(ctx: Context, *kinds: str) -> list[Fact[str]]:
    """Returns the channels of these kinds of use, with what the environment sets in place of a default; '' unresolved.

    A list that is read like a table is a cache, not a queue.
    """
    env = ctx.env
    tables = {use.value for use in ctx.code.redis if use.kind == "list"}
    found: list[Fact[str]] = []
    for use in ctx.code.redis:
        if use.kind in kinds and not (use.kind in ("push", "pop") and use.value in tables):
            setting = env.get(use.variable.upper()) if use.variable else None
            found.append(
                Fact(setting.value, setting.source) if setting and setting.value else Fact(use.value, use.source)
            )
    return found


def _lines(facts: Iterable[Fact[str]] | Iterable[RedisUse]) -> tuple[Source, ...]:
    return tuple(dict.fromkeys(f.source for f in facts))[:4]


def _no_redis(ctx: Context) -> Finding:
    if ctx.code.problems:
        problem = ctx.code.problems[0]
        words = f"no Redis use in what could be read; {problem.message}"
        return ctx.unknown(words, problem.source, hint=unread(problem.message))
    jobs = _job_queue(ctx)
    if jobs is not None:
        return jobs
    driver = ctx.code.driver(REDIS_DRIVERS)
    if driver:
        return ctx.unknown("imports redis, but what it does with it cannot be read", driver.source)
    return ctx.unmet("the code does not use Redis", ctx.whereabouts())


def _differs(ctx: Context, wanted: tuple[str, ...], facts: list[Fact[str]], verb: str) -> Finding | None:
    """The finding when a channel of the spec is not used; None when all are."""
    missing = [name for name in wanted if not any(_same(name, f.value) for f in facts)]
    if not missing:
        return None
    unread = [f for f in facts if not f.value]
    if unread:
        return _misspelt(ctx, missing, verb, unread)
    if not facts:
        return ctx.unmet(f"nothing in the code {verb} {listed(missing)}", *_lines(ctx.code.redis))
    code = listed(list(dict.fromkeys(f.value for f in facts)))
    return ctx.broken(f"the code {verb} {code}, the spec says {listed(missing)}", *_lines(facts))


def _misspelt(ctx: Context, missing: list[str], verb: str, unread: list[Fact[str]]) -> Finding:
    """Channels chosen while the program runs: broken when the code has only nearly the spec's name."""
    token, source = next(((t, s) for t, s in _literals(ctx) if near(t, missing)), ("", None))
    if source:
        return ctx.broken(f"the code {verb} {token}, the spec says {listed(missing)}", source, *_lines(unread))
    words = f"{verb} a channel whose name cannot be read; the spec has {listed(missing)}"
    return ctx.unknown(words, *_lines(unread))


def _settled(ctx: Context, kinds: Iterable[str], wanted: tuple[str, ...]) -> list[Fact[str]]:
    """The channels of these uses; for one chosen while the program runs, the spec's that stand in the code."""
    facts = used(ctx, *kinds)
    known = [f for f in facts if f.value]
    if len(known) == len(facts):
        return facts
    lines = dict(reversed(list(_literals(ctx))))
    values = {f.value for f in known}
    chosen = [Fact(name, lines[name]) for name in wanted if name in lines and name not in values]
    return [*known, *chosen, *(f for f in facts if not f.value)]


def _literals(ctx: Context) -> Iterator[tuple[str, Source]]:
    for file in ctx.code.files:
        text = ctx.facts.texts.get(file.path, "")
        line, counted = 1, 0
        for match in _STRING.finditer(text):
            line, counted = line + text.count("\n", counted, match.start()), match.start()
            yield match[1], Source(file.path, line)


def _same(name: str, pattern: str) -> bool:
    return name == pattern or ("*" in pattern and fnmatchcase(name, pattern))


def _connection(ctx: Context, channels: list[Fact[str]], listens: bool) -> Finding:
    kinds = {use.kind for use in ctx.code.redis}
    if listens and "retry" not in kinds:
        return _once(ctx, channels)
    means = ["pub/sub"] if kinds & {"subscribe", "publish"} else []
    means += dict.fromkeys(_MEANS[kind] for kind in (*TAKES_IN, *PUTS_OUT) if kind in _MEANS and kind in kinds)
    names = listed(list(dict.fromkeys(f.value for f in channels if f.value))) or "names that are chosen while it runs"
    named = "client_name" in kinds or any("client_name=" in fact.value for fact in used(ctx, "connect"))
    advice = (
        "named connection" if named else "its connection has no name yet (client_name), which CLIENT LIST could show"
    )
    survives = "reconnects, " if listens else ""
    more = [u for u in ctx.code.redis if u.kind in ("retry", "client_name")]
    return ctx.met(f"{listed(means)}{names and f' on {names}'}; {survives}{advice}", *_lines(channels), *_lines(more))


def _once(ctx: Context, channels: list[Fact[str]]) -> Finding:
    """Nothing in the code tries again: that is the end with an old client, and a question of seconds with a new one."""
    required = ctx.service.requirements.requirements if ctx.service and ctx.service.requirements else ()
    client = next((r for r in required if r.name == "redis" and r.pinned), None)
    major = client.specifier.lstrip("= ").partition(".")[0] if client is not None else ""
    if client is not None and major.isdigit() and int(major) >= _RETRIES_ITSELF:
        words = f"no reconnect in the code; redis {major} itself tries three times, and then the service is deaf"
        return ctx.unknown(words, *_lines(channels), client.source)
    return ctx.broken("connects once: no reconnect after Redis goes away was found", *_lines(channels))
