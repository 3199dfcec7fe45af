"""Judging a health check: port, path and tool. Shared by the Dockerfile's (2.2) and compose's (3.4)."""

from __future__ import annotations

import re

from wizard.audit.context import Context
from wizard.audit.environment import served_ports
from wizard.rules.base_images import asks_ipv6_first, lacks
from wizard.values.facts.compose import HealthCheck
from wizard.values.finding import Finding
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Source

_FETCHERS = ("curl", "wget")
_FAILS = lazy_pattern(r"\s*(?:exit|false|kill)\b")
"""What stands behind `||` and is no other way to ask."""


def judge_probe(ctx: Context, check: HealthCheck, what: str) -> Finding:
    """Returns the finding about one health check. `what`: its name in the sentence."""
    words = " ".join(check.test)
    if check.disabled:
        return _switched_off(ctx, check, what)
    if check.fault:
        return ctx.broken(f"{what} {check.fault}", check.source)
    open_one = of_many(ctx, check, what)
    if open_one:
        return open_one
    wrong = _wrong_target(ctx, check, what)
    if wrong:
        return wrong
    lack = _lacks_tool(ctx, check)
    if lack:
        return ctx.broken(f"{what} {lack[0]}", check.source, lack[1])
    if check.port is None:
        return ctx.unknown(f"{what} runs `{_short(words)}`: what it asks cannot be read from here", check.source)
    if _asks_ipv6(ctx, check):
        words = f"{what} asks `localhost` with BusyBox's {check.tool}, which tries ::1 only: it fails where the service"
        hint = "Ask 127.0.0.1 instead of localhost."
        return ctx.unknown(f"{words} listens on IPv4", check.source, hint=hint)
    return ctx.met(f"{what} asks port {check.port}{f' {check.path}' if check.path else ''}", check.source)


def _switched_off(ctx: Context, check: HealthCheck, what: str) -> Finding:
    """Returns what `disable: true` or NONE amounts to: no check in the image, none at all in Compose."""
    image = ctx.dockerfile.healthcheck if ctx.dockerfile else None
    if check == image:
        return ctx.broken(f"{what} is switched off", check.source)
    if image is None or image.disabled:
        return ctx.unmet(f"{what} is switched off, so it has none", check.source)
    many = ctx.service is not None and ctx.service.image_of_many
    hint = "Give it one in Compose that asks what this service itself does; the image's is for others." if many else ""
    return ctx.unmet(f"{what} switches the image's HEALTHCHECK off", check.source, image.source, hint=hint)


def of_many(ctx: Context, check: HealthCheck, what: str) -> Finding | None:
    """Returns `unknown` for the check of an image that other services have too, where Compose gives this one its own or
    nothing says that it answers on that port; None for every other check."""
    if ctx.service is None or not ctx.service.image_of_many or ctx.dockerfile is None or check.port is None:
        return None
    own = ctx.compose.healthcheck if ctx.compose else None
    ports = ctx.container_ports | {fact.value for fact in served_ports(ctx)}
    if check != ctx.dockerfile.healthcheck or check.port in ports or (ctx.spec.port and own is None):
        return None
    words = f"{what} asks port {check.port}, for another service of the same image perhaps"
    hint = "Leave the image's check to the others, and give this service its own in Compose."
    return ctx.unknown(words, check.source, hint=hint)


def _wrong_target(ctx: Context, check: HealthCheck, what: str) -> Finding | None:
    right = ctx.container_ports | {fact.value for fact in served_ports(ctx)}
    if ctx.spec.port and check.port is not None and check.port not in right:
        says, lines = ctx.expected_port_clause()
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
    """Why the image does not have what the check runs and the FROM that says so; None when it has it or that cannot be
    told."""
    file = ctx.dockerfile
    base = file.base if file is not None else None
    if file is None or base is None:
        return None
    name = f"{base.image}:{base.tag or 'latest'}" if base.image != "scratch" else "scratch"
    if check.test[:1] == ("CMD-SHELL",) and lacks(file, "sh"):
        return f"needs a shell, which {name} does not have", base.source
    text = " ".join(check.test)
    first, *otherwise = text.split("||")
    wanted = next((word for word in _FETCHERS if re.search(rf"(?:^|[\s;&|(]){word}\s", first)), "")
    if any(not _FAILS.match(word) for word in otherwise):
        return None  # another way to ask
    if wanted != check.tool and lacks(file, wanted):
        return f"uses {wanted}, which {name} does not have and no line installs", base.source
    other = any(word in text and not lacks(file, word) for word in _FETCHERS if word != check.tool)
    if other or not lacks(file, check.tool):
        return None
    return f"uses {check.tool}, which {name} does not have and no line installs", base.source


def _asks_ipv6(ctx: Context, check: HealthCheck) -> bool:
    file = ctx.dockerfile
    return file is not None and check.host in ("localhost", "ip6-localhost") and asks_ipv6_first(file, check.tool)


def _short(words: str) -> str:
    return words if len(words) <= 60 else words[:59] + "…"
