"""What the README's templates may say of a service: for code that people wrote, only what its facts say."""

from __future__ import annotations

import posixpath

from wizard.plan.compose_start import exported_secrets
from wizard.plan.context import PlanContext
from wizard.plan.modules import is_generated, is_wired, variables_read
from wizard.plan.probes import health_path, is_silent
from wizard.plan.words import markdown
from wizard.values.lean import dataclass

_ANSWERS = {
    "/health": "200 when every dependency answers, else 503 with the reason for each",
    "/metrics": "Prometheus text format",
}
_MEANINGS = {
    "HOST": "address it listens on, all by default",
    "PORT": "port it listens on",
    "LOG_LEVEL": "DEBUG, INFO, WARNING or ERROR",
    "REDIS_HOST": "Redis",
    "REDIS_PORT": "port of Redis",
    "POSTGRES_HOST": "PostgreSQL",
    "POSTGRES_PORT": "port of PostgreSQL",
    "POSTGRES_USER": "role in PostgreSQL",
    "POSTGRES_DB": "database in PostgreSQL",
    "SECRETS_DIR": "folder of the secret files, `/run/secrets` by default",
}


@dataclass(frozen=True, slots=True)
class RouteRow:
    """A row of the endpoint table."""

    method: str
    path: str
    answer: str


@dataclass(frozen=True, slots=True)
class VariableRow:
    """A row of the variable table."""

    name: str
    value: str
    meaning: str


def docs_variables(ctx: PlanContext) -> dict[str, object]:
    """What the templates of `docs/` need beside the shape.

    `by_hand`: the code is not the wizard's, so nothing of its conventions is promised (ids kept, secrets from files, a
    named connection, metrics). `logic_file`: where the handler is, '' when it is nowhere. `streams`: Redis streams
    instead of pub/sub. `silent`: it answers no request.
    """
    routes = _routes(ctx)
    return {
        "routes": routes,
        "variable_rows": _variable_rows(ctx),
        "by_hand": is_by_hand(ctx),
        "silent": is_silent(ctx),
        "logic_file": _logic_file(ctx),
        "health_path": health_path(ctx),
        "has_health": any(route.path == health_path(ctx) for route in routes),
        "streams": _uses(ctx, "xread", "xadd"),
        "exported": tuple(exported_secrets(ctx).items()),
        "secret_variables": tuple(v.name for v in variables_read(ctx) if v.secret),
    }


def is_by_hand(ctx: PlanContext) -> bool:
    """True for code that was there before the wizard and is not connected by its modules."""
    return bool(ctx.service and ctx.service.entry) and not is_generated(ctx) and not is_wired(ctx)


def _uses(ctx: PlanContext, *kinds: str) -> bool:
    files = ctx.service.python if ctx.service else ()
    return any(use.kind in kinds for file in files for use in file.redis)


def _logic_file(ctx: PlanContext) -> str:
    """The handler's file as seen from the README: `logic.py` where the wizard puts it."""
    if not is_by_hand(ctx):
        return "logic.py"
    files = ctx.service.python if ctx.service else ()
    found = (f.source.path for file in files for f in file.functions if f.name == ctx.spec.handler)
    return next((posixpath.relpath(path, ctx.folder) for path in found), "")


def _routes(ctx: PlanContext) -> tuple[RouteRow, ...]:
    """Every route of the code; /health and /metrics of the wizard's when its modules are there or come."""
    found: dict[tuple[str, str], RouteRow] = {}
    for file in ctx.service.python if ctx.service else ():
        for route in file.routes:
            for method in route.methods or ("GET",):
                answer = _answer(ctx, route.path, route.handler, always=route.static_ok)
                found.setdefault((route.path, method), RouteRow(method, route.path, answer))
    if not is_by_hand(ctx):
        for path, answer in _ANSWERS.items():
            found.setdefault((path, "GET"), RouteRow("GET", path, answer))
    return tuple(found.values())


def _answer(ctx: PlanContext, path: str, handler: str, *, always: bool) -> str:
    if path == "/metrics":
        return _ANSWERS[path]
    if path != "/health":
        return f"answered by `{handler}`" if handler.isidentifier() else "see the code"
    if not is_by_hand(ctx):
        return _ANSWERS[path]
    return "that the process answers" if always else "how the service is"


def _variable_rows(ctx: PlanContext) -> tuple[VariableRow, ...]:
    """What the code reads, with what compose sets; before there is code, what both will have."""
    shape = ctx.shape
    block = ctx.service.compose if ctx.service else None
    values = {entry.name: entry.value or "" for entry in block.environment} if block else {}
    if block is None or not is_by_hand(ctx):
        values = {setting.name: setting.value for setting in shape.environment} | values
    read = {v.name: v for v in variables_read(ctx) if not v.secret and v.name}
    names = list(read) or [shape.env_prefix + "HOST", *(setting.name for setting in shape.environment)]
    meanings = {shape.env_prefix + suffix: text for suffix, text in _MEANINGS.items()}
    for name, variable in read.items():
        place = posixpath.relpath(variable.source.path, ctx.folder)
        default = f", `{variable.default}` by default" if variable.default and "`" not in variable.default else ""
        usual = _MEANINGS.get(name, "") if is_by_hand(ctx) else ""
        meanings.setdefault(name, f"{usual or f'see `{place}`'}{default if is_by_hand(ctx) else ''}")
    meanings |= {variable.name: markdown(variable.description) for variable in shape.variables if variable.description}
    rows = ((n, values.get(n, ""), meanings.get(n, "see `config.py`")) for n in names)
    return tuple(VariableRow(name, value.replace("|", "\\|"), text.replace("|", "\\|")) for name, value, text in rows)
