"""Item 1.3: which channels the code uses, and how it holds on to Redis."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from wizard.audit.code import REDIS_DRIVERS
from wizard.audit.context import UNREAD, Context, listed
from wizard.audit.environment import near
from wizard.values.code_facts import RedisUse
from wizard.values.finding import Finding
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Fact, Source

_STRING = lazy_pattern(r"""["']([A-Za-z0-9][\w.:-]{1,62})["']""")


def redis_pubsub(ctx: Context) -> Finding:
    """1.3: subscribes and publishes what the spec says, reconnects, and names its connection."""
    if not ctx.code.files:
        return ctx.unmet("there is no code yet", ctx.own("bus.py"))
    if not ctx.code.redis:
        return _no_redis(ctx)
    inputs = tuple(c.name for c in ctx.spec.inputs)
    outputs = tuple(c.name for c in ctx.spec.outputs)
    listens, says = _settled(ctx, "subscribe", inputs), _settled(ctx, "publish", outputs)
    if not listens and not says:
        return _no_pubsub(ctx)
    problem = _differs(ctx, inputs, listens, "xread", "subscribes to") or _differs(
        ctx, outputs, says, "xadd", "publishes"
    )
    if problem:
        return problem
    return _connection(ctx, [*listens, *says], bool(listens))


def used(ctx: Context, kind: str) -> list[Fact[str]]:
    """The channels of one kind of use, with what the environment sets in place of a default; '' unresolved."""
    env = ctx.env
    found: list[Fact[str]] = []
    for use in ctx.code.redis:
        if use.kind == kind:
            setting = env.get(use.variable.upper()) if use.variable else None
            found.append(
                Fact(setting.value, setting.source) if setting and setting.value else Fact(use.value, use.source)
            )
    return found


def _lines(facts: Iterable[Fact[str]] | Iterable[RedisUse]) -> tuple[Source, ...]:
    return tuple(dict.fromkeys(f.source for f in facts))[:4]


def _no_redis(ctx: Context) -> Finding:
    if ctx.code.problems:
        return ctx.unknown(
            f"no Redis use in what could be read; {ctx.code.problems[0].message}",
            ctx.code.problems[0].source,
            hint=UNREAD,
        )
    driver = ctx.code.driver(REDIS_DRIVERS)
    if driver:
        return ctx.unknown("imports redis, but what it does with it cannot be read", driver.source)
    entry = ctx.service.entry if ctx.service else ""
    return ctx.unmet("the code does not use Redis", Source(entry) if entry else ctx.own("bus.py"))


def _no_pubsub(ctx: Context) -> Finding:
    streams = [u for u in ctx.code.redis if u.kind in ("xadd", "xread")]
    if streams:
        names = listed(list(dict.fromkeys(u.value for u in streams if u.value))) or "streams"
        return ctx.unmet(f"Redis streams instead of pub/sub: {names}", *_lines(streams))
    return ctx.unmet("connects to Redis, but neither subscribes nor publishes", *_lines(ctx.code.redis))


def _differs(ctx: Context, wanted: tuple[str, ...], facts: list[Fact[str]], stream: str, verb: str) -> Finding | None:
    """The finding when a channel of the spec is not used; None when all are, streams of the same name included."""
    have = [*facts, *used(ctx, stream)]
    missing = [name for name in wanted if not any(_same(name, f.value) for f in have)]
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


def _settled(ctx: Context, kind: str, wanted: tuple[str, ...]) -> list[Fact[str]]:
    """The channels of one kind of use; for one chosen while the program runs, the spec's that stand in the code."""
    facts = used(ctx, kind)
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
        for match in _STRING.finditer(text):
            yield match[1], Source(file.path, text.count("\n", 0, match.start()) + 1)


def _same(name: str, pattern: str) -> bool:
    return name == pattern or ("*" in pattern and fnmatchcase(name, pattern))


def _connection(ctx: Context, channels: list[Fact[str]], listens: bool) -> Finding:
    kinds = {use.kind for use in ctx.code.redis}
    if listens and "retry" not in kinds:
        return ctx.broken("connects once: no reconnect after Redis goes away was found", *_lines(channels))
    if "client_name" not in kinds:
        where = [u for u in ctx.code.redis if u.kind == "connect"]
        return ctx.unmet("the connection has no name (client_name)", *(_lines(where) or _lines(channels)))
    streams = " and streams" if kinds & {"xadd", "xread"} else ""
    names = listed(list(dict.fromkeys(f.value for f in channels if f.value)))
    more = [u for u in ctx.code.redis if u.kind in ("retry", "client_name")]
    return ctx.met(f"pub/sub{streams} on {names}; reconnects, named connection", *_lines(channels), *_lines(more))
