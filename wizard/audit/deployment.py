"""Phase 7: what only something that runs can show."""

from __future__ import annotations

from wizard.audit.context import Context
from wizard.audit.live import live
from wizard.audit.service.channels import without_redis
from wizard.values.finding import Finding
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Source

_OF_PYTHON = lazy_pattern(r"\b(?:python[\d.]*|gunicorn|uvicorn|hypercorn|waitress-serve|flask|celery)(?:\s|$)")
"""A command that starts code of the service: where there is none, it starts nothing."""


def starts(ctx: Context) -> Finding:
    """Judges item 7.1: built, started with its dependencies only, running without a restart for the settle time."""
    return live(ctx, _nothing_to_start(ctx), *_entry(ctx))


def health_live(ctx: Context) -> Finding:
    """Judges item 7.2: `/health` answers on the published port with the service's name."""
    missing = _nothing_to_start(ctx)
    if missing is None and not ctx.code.routes and not ctx.code.problems:
        missing = ctx.unmet("the code has no route that could answer", *_entry(ctx))
    return live(ctx, missing, *_entry(ctx))


def redis_live(ctx: Context) -> Finding:
    """Judges item 7.3: the server's client list shows the service's named connection with its channels."""
    return live(ctx, _nothing_to_start(ctx) or _no_redis(ctx), *_redis_lines(ctx))


def pubsub_flow(ctx: Context) -> Finding:
    """Judges item 7.4: a probe event goes in on the input channel and comes out on the output channel."""
    return live(ctx, _nothing_to_start(ctx) or _no_redis(ctx), *_redis_lines(ctx))


def clean_logs(ctx: Context) -> Finding:
    """Judges item 7.5: no line at ERROR or above in the window."""
    return live(ctx, _nothing_to_start(ctx), *_entry(ctx))


def _entry(ctx: Context) -> tuple[Source, ...]:
    if ctx.service and ctx.service.entry:
        return (Source(ctx.service.entry),)
    return (ctx.compose.declared[-1] if ctx.compose else ctx.own("service.py"),)


def _redis_lines(ctx: Context) -> tuple[Source, ...]:
    return tuple(use.source for use in ctx.code.redis[:4]) or _entry(ctx)


def _nothing_to_start(ctx: Context) -> Finding | None:
    if ctx.service and (ctx.service.entry or (ctx.compose and ctx.compose.image)):
        return None
    held = [holder for holder in (ctx.compose, ctx.dockerfile) if holder is not None]
    words = next((fact.value for one in held for fact in (one.entrypoint, one.command) if fact is not None), ())
    if words and not _OF_PYTHON.search(" ".join(words)):
        return None  # what a script starts is not read, but it starts something
    return ctx.unmet("there is no program to start yet", ctx.own("service.py"))


def _no_redis(ctx: Context) -> Finding | None:
    if ctx.code.uses_redis or ctx.code.problems or (ctx.service and not ctx.code.files):
        return None
    if ctx.spec.what == "http" and not ctx.is_assumed("kind"):
        return without_redis(ctx)
    return ctx.unmet("the code has no Redis connection yet", *_entry(ctx))
