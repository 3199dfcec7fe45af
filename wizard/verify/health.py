"""The health: the endpoint answers 200, and it is the started service that answers, whatever name it gives."""

from __future__ import annotations

import re
from collections.abc import Iterable

from wizard.rules.health_routes import health_paths, is_silent
from wizard.rules.variables import own_prefix
from wizard.runtime.protocol import InEngine
from wizard.values.checklist import Item
from wizard.values.facts.stack import ServiceFacts
from wizard.values.live import Reply
from wizard.values.observation import Observation
from wizard.values.pattern import lazy_pattern
from wizard.verify.causes import explain
from wizard.verify.live import HEALTH, START, Checks, LiveCheck

_NAME_KEYS = ("service", "name", "service_name", "app")
_GOOD = frozenset({"ok", "up", "healthy", "true", "connected", "pass"})
_UNWELL = frozenset({"degraded", "unhealthy", "down", "error", "fail", "failed", "critical"})
"""What a service calls itself when it is not well: with 200, whoever asks for the status alone never learns of it."""
_BAD = lazy_pattern(
    r"(?:down|error|err|fail(?:ed|ing|ure)?|unhealthy|degraded|unavailable|disconnected|unreachable|false|critical)\b",
    re.IGNORECASE,
)
_SERVERS = ("redis", "valkey", "cache", "postgres", "database", "db")
"""What an answer calls the servers that run beside the service."""


def health_path(service: ServiceFacts | None) -> str:
    """Returns the path of the health route: `/health`, or the one the code has when it has only another."""
    return next(iter(health_paths(service.python if service else ())), "/health")


def ask(live: LiveCheck) -> Reply:
    """Sends one health request to the service of this run."""
    return live.run.get(_path(live), live.run.limits.request)


def action(live: LiveCheck) -> str:
    """Returns the request as a person repeats it."""
    path = health_path(live.facts.service(live.spec.name))
    if isinstance(live.run, InEngine):
        return live.run.request(path)
    host, port = live.run.address()
    return f"curl -i http://{host}:{port}{path}"


def says_name(live: LiveCheck, reply: Reply) -> str:
    """Returns the name the answer gives: the spec's own when it is in there, else what it says instead; '' when it
    names nobody.
    """
    body = reply.json()
    said = [str(body[key]) for key in _NAME_KEYS if isinstance(body.get(key), str)]
    service = live.facts.service(live.spec.name)
    own = {live.spec.name, service.compose.key if service and service.compose else live.spec.name}
    own |= {name.replace("_", "-") for name in own}
    if own & set(said):
        return live.spec.name
    return said[0] if said else (live.spec.name if not body and live.spec.name in reply.body else "")


def failing(reply: Reply) -> dict[str, str]:
    """Returns the dependencies that a health answer reports as not ok, with what it says of each."""
    body = reply.json()
    found: dict[str, str] = {}
    for key in ("dependencies", "checks", "components"):
        parts = body.get(key)
        if isinstance(parts, dict):
            found |= {str(name): _state(value) for name, value in parts.items() if not _fine(value)}
    if not found:
        found = {
            key: str(value)
            for key, value in body.items()
            if key in ("redis", "postgres", "database") and not _fine(value)
        }
    return found


def _says_unwell(reply: Reply) -> dict[str, str]:
    """What an answer calls bad in so many words, the whole or a part of it."""
    said = failing(reply) | {key: _state(reply.json()[key]) for key in ("status", "state") if key in reply.json()}
    return {name: state for name, state in said.items() if _BAD.match(state.strip())}


def _state(value: object) -> str:
    return str(value.get("status", value)) if isinstance(value, dict) else str(value)


def _fine(value: object) -> bool:
    return value is True or _state(value).lower() in _GOOD


def check_health(live: LiveCheck, _item: Item) -> Checks:
    """Judges the last health answer, once the engine's own health check has made up its mind."""
    started, state = live.started, live.run.state()
    if started is None:
        return
    patience = min(max(live.run.limits.start, state.patience) + live.run.limits.health, live.run.limits.engine)
    if state.health == "starting":
        yield live.begin(HEALTH, "waiting for the engine's health check")
    while (state := live.run.state()).health == "starting" and state.running and state.age < patience:
        live.wait(0.5, lambda: live.run.state().health != "starting")
        yield from live.log_lines()
    reply, seconds = started.reply, started.age
    if reply.status == 200 and not live.run.state().running:
        text = f"it answered {reply.status} {seconds:.1f} s after its start, and ended since ({live.item_of(START)})"
        step = f"see {live.item_of(START)} for the cause"
        yield live.observe(HEALTH, action(live), text, None, cause="not-running", next_step=step)
        return
    if reply.status == 200 or live.run.serves():  # what was well may not be; slow is not silent: it listens by now
        reply, seconds = ask(live), state.age
    yield judge(live, reply, started.log.recent(), seconds)


def judge(live: LiveCheck, reply: Reply, log: Iterable[str], seconds: float) -> Observation:
    """Returns what a health answer means for its item: it counts when the socket that answers is the service's own."""
    result = f"{reply.status} {' '.join(reply.body.split())[:300]}"
    if reply.status == 0:
        return _silent(live, reply, log)
    stranger = live.run.stranger()
    if stranger:
        said = says_name(live, reply)
        who = f"{stranger}, which calls itself {said}" if said not in ("", live.spec.name) else stranger
        text = f"{result}: it was {who} that answered, not {live.spec.name}"
        step = "stop what else listens on this port: stack-wizard ports"
        return live.observe(HEALTH, action(live), text, False, cause="other-service", next_step=step)
    if reply.status == 503:
        return _degraded(live, reply, log, result)
    if reply.status != 200:
        step = "add GET /health to service.py" if reply.status == 404 else "see the service's log"
        return live.observe(HEALTH, action(live), result, False, cause=f"http-{reply.status}", next_step=step)
    if str(reply.json().get("status", "")).lower() in _UNWELL:
        return _degraded(live, reply, log, f"{result} (200 tells whoever asks that it is well)")
    if unwell := _says_unwell(reply):
        mine = any(word in name.lower() for name in unwell for word in _SERVERS)
        text = f"{result}: it answers 200 and says {', '.join(f'{name}: {state}' for name, state in unwell.items())}"
        step = "answer 503 while it is so, and see why: the service's log, host, port and password"
        cause = "dependency-unhealthy"
        return live.observe(HEALTH, action(live), text, False if mine else None, cause=cause, next_step=step)
    said = says_name(live, reply)
    alias = f"; it calls itself {said}" if said not in ("", live.spec.name) else ""
    return _answers(live, f"{result}, {seconds:.1f} s after its start{alias}")


def _answers(live: LiveCheck, result: str) -> Observation:
    """The service itself is well; where there is an engine, its health check must say so too."""
    notes = f" ({'; '.join(live.run.notes())})" if live.run.notes() else ""
    state = live.run.state()
    if state.health in ("", "healthy"):
        engine = "; the engine says healthy" if state.health else ""
        return live.observe(HEALTH, action(live), f"{result}{engine}{notes}", True)
    if not state.running:
        text, step = (
            f"{result}, and ended after that ({live.item_of(START)})",
            f"see {live.item_of(START)} for the cause",
        )
        return live.observe(HEALTH, action(live), text, None, cause="not-running", next_step=step)
    detail = f" ({state.detail})" if state.detail else ""
    if state.health == "starting":
        text = f"{result}, but the engine has not decided {state.age:.0f} s after the start{detail}"
        step = "verify again, or let the health check ask more often (interval, start_period)"
        return live.observe(HEALTH, action(live), text, None, cause="engine-undecided", next_step=step)
    cause = explain([state.detail])
    if cause is not None and cause.name in ("missing-tool", "no-such-program"):
        text = f"{result}, but the engine says {state.health}{detail}: its health check needs a program the image lacks"
        step = "let the health check use a program of the image, such as its Python"
        return live.observe(HEALTH, action(live), text, False, cause="missing-tool", next_step=step)
    text = f"{result}, but the engine says {state.health}{detail}: its health check asks something else"
    step = f"let the health check ask http://127.0.0.1:{live.run.served_port()}{_path(live)} inside the container"
    return live.observe(HEALTH, action(live), text, False, cause="wrong-health-check", next_step=step)


def _path(live: LiveCheck) -> str:
    return health_path(live.facts.service(live.spec.name))


def _degraded(live: LiveCheck, reply: Reply, log: Iterable[str], result: str) -> Observation:
    parts = failing(reply)
    named = ", ".join(f"{name}: {state}" for name, state in parts.items())
    cause = explain(parts.values()) or explain(log)
    text = f"{result}: degraded{f', {named}' if named else ', no dependency named'}"
    name = cause.name if cause else "dependency-unhealthy"
    if cause and cause.line not in text:
        text += f"; the log says: {cause.line}"
    step = cause.next_step if cause else "start the dependency that is down, then verify again"
    return live.observe(HEALTH, action(live), text, False, cause=name, next_step=step)


def _silent(live: LiveCheck, reply: Reply, log: Iterable[str]) -> Observation:
    sockets, wanted = live.run.listening(), live.run.served_port()
    if not sockets and is_silent(live.facts.service(live.spec.name)):
        text, step = "nothing in its code answers requests, and it listens on no TCP port", "add a route GET /health"
        return live.observe(HEALTH, action(live), text, None, cause="no-route", next_step=step)
    if reply.unasked:
        step = f"publish {wanted} on 127.0.0.1 in compose, or let its image have curl"
        return live.observe(
            HEALTH, action(live), f"not asked: {reply.body}", None, cause="not-reachable", next_step=step
        )
    hosts = {host for host, port in sockets if port == wanted}
    if sockets and not hosts:
        ports = ", ".join(str(port) for port in sorted({port for _, port in sockets}))
        text = f"nothing answers on {wanted}: the service listens on {ports}"
        step = f"serve the spec's port {live.spec.port}, read from {own_prefix(live.spec.name)}PORT"
        return live.observe(HEALTH, action(live), text, False, cause="wrong-port", next_step=step)
    if live.runtime == "docker" and hosts and all(host.startswith("127.") or host == "::1" for host in hosts):
        text = f"no answer from outside: inside its container it listens on {min(hosts)}:{wanted} only"
        step = "listen on 0.0.0.0 inside the container; compose publishes it on 127.0.0.1"
        return live.observe(HEALTH, action(live), text, False, cause="loopback-bind", next_step=step)
    cause = explain(log)
    deaf = not sockets and live.run.serves() is False
    said = "it listens on no TCP port" if deaf else reply.body
    text = f"no answer: {said}" + (f"; the log says: {cause.line}" if cause else "")
    name, step = (cause.name, cause.next_step) if cause else ("timeout", "see the service's log for where it hangs")
    return live.observe(HEALTH, action(live), text, False, cause=name, next_step=step)
