"""Item 7.2: the health endpoint answers 200 with the service's name."""

from __future__ import annotations

from collections.abc import Iterable

from wizard.values.facts import ServiceFacts
from wizard.values.observation import Observation
from wizard.verify.bench import Bench
from wizard.verify.causes import explain
from wizard.verify.http import Reply, get

_NAME_KEYS = ("service", "name", "service_name", "app")
_GOOD = frozenset({"ok", "up", "healthy", "true", "connected", "pass"})


def health_path(service: ServiceFacts | None) -> str:
    """The path of the health route: `/health`, or the one the code has when it has only another."""
    routes = [route.path for file in service.python for route in file.routes] if service else []
    if "/health" in routes:
        return "/health"
    return next((path for path in routes if "health" in path), "/health")


def ask(bench: Bench) -> Reply:
    """One health request to the service of this run."""
    service = bench.facts.service(bench.spec.name)
    return get(bench.stage.address(), health_path(service), bench.stage.limits.request)


def action(bench: Bench) -> str:
    """The request as a person repeats it."""
    host, port = bench.stage.address()
    return f"curl -i http://{host}:{port}{health_path(bench.facts.service(bench.spec.name))}"


def says_name(bench: Bench, reply: Reply) -> str:
    """The name the answer gives: the spec's own when it is in there, else what it says instead; '' when it names
    nobody.
    """
    body = reply.json()
    said = [str(body[key]) for key in _NAME_KEYS if isinstance(body.get(key), str)]
    service = bench.facts.service(bench.spec.name)
    own = {bench.spec.name, service.compose.key if service and service.compose else bench.spec.name}
    own |= {name.replace("_", "-") for name in own}
    if own & set(said):
        return bench.spec.name
    return said[0] if said else (bench.spec.name if not body and bench.spec.name in reply.body else "")


def failing(reply: Reply) -> dict[str, str]:
    """The dependencies that a health answer reports as not ok, with what it says of each."""
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


def _state(value: object) -> str:
    return str(value.get("status", value)) if isinstance(value, dict) else str(value)


def _fine(value: object) -> bool:
    return value is True or _state(value).lower() in _GOOD


def judge(bench: Bench, reply: Reply, log: Iterable[str], seconds: float) -> Observation:
    """What a health answer means for item 7.2."""
    result = f"{reply.status} {' '.join(reply.body.split())[:300]}"
    notes = f" ({'; '.join(bench.stage.notes())})" if bench.stage.notes() else ""
    if reply.status == 0:
        return _silent(bench, reply, log)
    said = says_name(bench, reply)
    if reply.status == 503:
        return _degraded(bench, reply, log, result)
    if reply.status != 200:
        step = "add GET /health to service.py" if reply.status == 404 else "see the service's log"
        return bench.observe("7.2", action(bench), result, False, cause=f"http-{reply.status}", next_step=step)
    if said == bench.spec.name:
        return _answers(bench, f"{result}, {seconds:.1f} s after the start", notes)
    if said:
        text = f"{result}: the answer comes from {said}, not from {bench.spec.name}"
        step = f"correct the name in /health, or stop {said} on this port: stack-wizard ports"
        return bench.observe("7.2", action(bench), text, False, cause="other-service", next_step=step)
    text = f"{result}: the answer does not name the service"
    step = f'answer {{"status": "ok", "service": "{bench.spec.name}"}}'
    return bench.observe("7.2", action(bench), text, False, cause="no-name", next_step=step)


def _answers(bench: Bench, result: str, notes: str) -> Observation:
    """The service itself is well; where there is an engine, its health check must say so too."""
    state = bench.stage.state()
    if state.health in ("", "healthy"):
        engine = "; the engine says healthy" if state.health else ""
        return bench.observe("7.2", action(bench), f"{result}{engine}{notes}", True)
    detail = f" ({state.detail})" if state.detail else ""
    text = f"{result}, but the engine says {state.health}{detail}: its health check asks something else"
    step = f"let the health check of compose ask http://127.0.0.1:{bench.spec.port}{_path(bench)}"
    return bench.observe("7.2", action(bench), text, False, cause="wrong-health-check", next_step=step)


def _path(bench: Bench) -> str:
    return health_path(bench.facts.service(bench.spec.name))


def _degraded(bench: Bench, reply: Reply, log: Iterable[str], result: str) -> Observation:
    parts = failing(reply)
    named = ", ".join(f"{name}: {state}" for name, state in parts.items())
    cause = explain([*parts.values(), *log])
    text = f"{result}: degraded{f', {named}' if named else ', no dependency named'}"
    name = cause.name if cause else "dependency-unhealthy"
    if cause and cause.line not in text:
        text += f"; the log says: {cause.line}"
    step = cause.next_step if cause else "start the dependency that is down, then verify again"
    return bench.observe("7.2", action(bench), text, False, cause=name, next_step=step)


def _silent(bench: Bench, reply: Reply, log: Iterable[str]) -> Observation:
    ports = bench.stage.listening()
    wanted = bench.stage.address()[1]
    if ports and wanted not in ports:
        text = f"nothing answers on {wanted}: the service listens on {', '.join(map(str, ports))}"
        step = f"serve the spec's port {bench.spec.port}, read from {bench.spec.name.upper()}_PORT"
        return bench.observe("7.2", action(bench), text, False, cause="wrong-port", next_step=step)
    cause = explain(log)
    text = f"no answer: {reply.body}" + (f"; the log says: {cause.line}" if cause else "")
    name, step = (cause.name, cause.next_step) if cause else ("timeout", "see the service's log for where it hangs")
    return bench.observe("7.2", action(bench), text, False, cause=name, next_step=step)
