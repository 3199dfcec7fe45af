"""Judging a health check: port, path and tool. Shared by the Dockerfile's (2.2) and compose's (3.4)."""

from __future__ import annotations

from wizard.audit.context import Context
from wizard.values.compose_facts import HealthCheck
from wizard.values.container_facts import BaseImage, DockerfileFacts
from wizard.values.finding import Finding
from wizard.values.source import Source

_FETCHERS = ("curl", "wget")


def judge_probe(ctx: Context, check: HealthCheck, what: str) -> Finding:
    """The finding about one health check. `what`: its name in the sentence."""
    words = " ".join(check.test)
    if check.disabled:
        return ctx.broken(f"{what} is switched off", check.source)
    wrong = _wrong_target(ctx, check, what)
    if wrong:
        return wrong
    lack = _lacks_tool(ctx, check)
    if lack:
        return ctx.broken(f"{what} uses {check.tool}, {lack[0]}", check.source, lack[1])
    if check.port is None:
        return ctx.unknown(f"{what} runs `{_short(words)}`: what it asks cannot be read from here", check.source)
    return ctx.met(f"{what} asks port {check.port}{f' {check.path}' if check.path else ''}", check.source)


def _wrong_target(ctx: Context, check: HealthCheck, what: str) -> Finding | None:
    if ctx.spec.port and check.port is not None and check.port not in ctx.container_ports:
        says, lines = ctx.port_says()
        return ctx.broken(f"{what} asks port {check.port}, {says}", check.source, *lines, *_served(ctx))
    paths = [route.path for route in ctx.code.routes]
    if check.path and paths and not ctx.code.problems and not any(_answers(path, check.path) for path in paths):
        routes = tuple(route.source for route in ctx.code.routes[:3])
        return ctx.broken(f"{what} asks {check.path}, a path the code does not have", check.source, *routes)
    return None


def _answers(route: str, asked: str) -> bool:
    """True when a route answers a path: its variable parts (`<id>`, `{id}`) stand for anything."""
    known, path = route.strip("/").split("/"), asked.partition("?")[0].strip("/").split("/")
    return len(known) == len(path) and all(k == p or k[:1] in ("<", "{") for k, p in zip(known, path, strict=True))


def _served(ctx: Context) -> tuple[Source, ...]:
    return tuple(fact.source for fact in ctx.code.served if fact.value == ctx.spec.port)[:1]


def _lacks_tool(ctx: Context, check: HealthCheck) -> tuple[str, Source] | None:
    """Why the image does not have the tool and the FROM that says so; None when it has it or that cannot be told."""
    file = ctx.dockerfile
    if file is None or check.tool not in _FETCHERS or check.tool in file.tools:
        return None
    base = final_base(file)
    if base is None:
        return None
    if "slim" in base.tag or "distroless" in base.image:
        return f"which {base.image}:{base.tag or 'latest'} does not have and no line installs", base.source
    if "alpine" in base.tag or base.image.endswith("alpine"):
        return None if check.tool == "wget" else ("which an Alpine image does not have", base.source)
    name = base.image.rsplit("/", 1)[-1]
    if name in ("debian", "ubuntu"):
        return f"which {name} does not have and no line installs", base.source
    return None


def final_base(file: DockerfileFacts) -> BaseImage | None:
    """The external image the last stage stands on, earlier stages followed."""
    stages = {base.alias.lower(): base for base in file.bases if base.alias}
    base = file.bases[-1] if file.bases else None
    for _ in file.bases:
        if base is None or base.external:
            return base
        base = stages.get(base.image.lower())
    return base


def _short(words: str) -> str:
    return words if len(words) <= 60 else words[:59] + "…"
