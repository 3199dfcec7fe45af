"""Phase 7: what only something that runs can show."""

from __future__ import annotations

from wizard.audit.context import Context
from wizard.audit.live import live
from wizard.values.finding import Finding
from wizard.values.source import Source


def starts(ctx: Context) -> Finding:
    """7.1: built, started with its dependencies only, running without a restart for the settle time."""
    return live(ctx, _nothing_to_start(ctx), *_entry(ctx))


def health_live(ctx: Context) -> Finding:
    """7.2: `/health` answers on the published port with the service's name."""
    missing = _nothing_to_start(ctx)
    if missing is None and not ctx.code.routes and not ctx.code.problems:
        missing = ctx.unmet("the code has no route that could answer", *_entry(ctx))
    return live(ctx, missing, *_entry(ctx))


def redis_live(ctx: Context) -> Finding:
    """7.3: the server's client list shows the service's named connection with its channels."""
    return live(ctx, _nothing_to_start(ctx) or _no_redis(ctx), *_redis_lines(ctx))


def pubsub_flow(ctx: Context) -> Finding:
    """7.4: a probe event goes in on the input channel and comes out on the output channel."""
    return live(ctx, _nothing_to_start(ctx) or _no_redis(ctx), *_redis_lines(ctx))


def clean_logs(ctx: Context) -> Finding:
    """7.5: no line at ERROR or above in the window."""
    return live(ctx, _nothing_to_start(ctx), *_entry(ctx))


def _entry(ctx: Context) -> tuple[Source, ...]:
    return (Source(ctx.service.entry),) if ctx.service and ctx.service.entry else (ctx.own("service.py"),)


def _redis_lines(ctx: Context) -> tuple[Source, ...]:
    return tuple(use.source for use in ctx.code.redis[:4]) or _entry(ctx)


def _nothing_to_start(ctx: Context) -> Finding | None:
    if ctx.service and (ctx.service.entry or (ctx.compose and ctx.compose.image)):
        return None
    return ctx.unmet("there is no program to start yet", ctx.own("service.py"))


def _no_redis(ctx: Context) -> Finding | None:
    if ctx.code.uses_redis or ctx.code.problems or (ctx.service and not ctx.code.files):
        return None
    return ctx.unmet("the code has no Redis connection yet", *_entry(ctx))
