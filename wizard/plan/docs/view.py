"""What the README's templates may say of a service: for code that people wrote, only what its facts say."""

from __future__ import annotations

import posixpath

from wizard.plan.compose.start import exported_secrets
from wizard.plan.container.probes import health_path, is_silent
from wizard.plan.context import PlanContext
from wizard.plan.docs.samples import degraded, examples, metrics
from wizard.plan.service.modules import defined, is_generated, is_wired, variables_read
from wizard.plan.service.view import row_cases
from wizard.plan.words import markdown
from wizard.rules.text import is_safe
from wizard.values.facts.code import PUTS_OUT, TAKES_IN, SettingVar
from wizard.values.lean import dataclass

_ANSWERS = {
    "/health": "200 when every dependency answers, else 503 with the reason for each",
    "/readyz": "the same as `/health`, by the name that orchestrators give it",
    "/livez": "200 while the process works, whatever its dependencies do",
    "/metrics": "Prometheus text format",
}
_MEANINGS = {
    "HOST": "address it listens on, all by default",
    "PORT": "port it listens on",
    "LOG_LEVEL": "DEBUG, INFO, WARNING or ERROR",
    "REDIS_HOST": "Redis",
    "REDIS_PORT": "port of Redis",
    "REDIS_USER": "ACL user of Redis, the default user when empty",
    "REDIS_DB": "number of the Redis database",
    "REDIS_TLS": "true: Redis is asked over TLS, its certificate checked",
    "REVISION": "commit the image was built from, which sets it; `build_info` says it",
    "SHUTDOWN_SECONDS": "how long SIGTERM waits for what is not finished; stop_grace_period in Compose is longer",
    "POSTGRES_HOST": "PostgreSQL",
    "POSTGRES_PORT": "port of PostgreSQL",
    "POSTGRES_USER": "role in PostgreSQL",
    "POSTGRES_DB": "database in PostgreSQL",
    "POSTGRES_ROLE": "role that its statements run as",
    "POSTGRES_SSLMODE": "sslmode of libpq",
    "SECRETS_DIR": "folder of the secret files",
}


@dataclass(frozen=True, slots=True)
class RouteRow:
    """A row of the endpoint table."""

    method: str
    path: str
    answer: str


@dataclass(frozen=True, slots=True)
class VariableRow:
    """A row of the variable table. `default`: what the code takes without it, in Markdown."""

    name: str
    default: str
    value: str
    meaning: str


def docs_variables(ctx: PlanContext) -> dict[str, object]:
    """Returns what the templates of `docs/` need beside the shape.

    `by_hand`: the code is not the wizard's, so nothing of its conventions is promised (ids kept, secrets from files, a
    named connection, metrics). `logic_file`: where the handler is, '' when it is nowhere. `carrier`: what carries its
    events, `channel`, `stream` or `list`. `by_server`: a server's own program imports its app. `silent`: it answers no
    request. `revision`: its image says what it was built from. `stored`: the tables that keep what goes to each
    channel. `examples`: a message of each channel. `degraded`: what /health answers when a dependency is down.
    """
    routes = _routes(ctx)
    dockerfile = ctx.service.dockerfile.path if ctx.service and ctx.service.dockerfile else f"{ctx.folder}/Dockerfile"
    return {
        "routes": routes,
        "variable_rows": _variable_rows(ctx),
        "by_hand": is_by_hand(ctx),
        "silent": is_silent(ctx),
        "stored": tuple((case.model.channel, tuple(row.table for row in case.rows)) for case in row_cases(ctx.shape)),
        "revision": "ARG REVISION" in (ctx.text(dockerfile) or ""),
        "examples": examples(ctx.shape),
        "metrics": () if is_by_hand(ctx) else metrics(ctx.text(f"{ctx.folder}/telemetry.py") or ""),
        "degraded": degraded(ctx.shape),
        "redis_image": _image(ctx, ctx.shape.redis_host, "redis"),
        "postgres_image": _image(ctx, ctx.shape.postgres_host, "postgres"),
        "logic_file": _logic_file(ctx),
        "health_path": health_path(ctx),
        "has_health": any(route.path == health_path(ctx) for route in routes),
        "carrier": _carrier(ctx),
        "by_server": is_wired(ctx) and "serve" not in defined(ctx, "wiring"),
        "exported": tuple(exported_secrets(ctx).items()),
        "secret_variables": tuple(v.name for v in variables_read(ctx) if v.secret),
    }


def _image(ctx: PlanContext, key: str, usual: str) -> str:
    """The image of a server of the stack, for tests against one like it; what it is usually called where it is built,
    or named by a variable."""
    service = ctx.facts.compose.service(key)
    image = service.image.value if service is not None and service.image is not None else ""
    return image if image and "$" not in image and is_safe(image) and " " not in image else usual


def is_by_hand(ctx: PlanContext) -> bool:
    """Returns True for code that was there before the wizard and is not connected by its modules."""
    return bool(ctx.service and ctx.service.entry) and not is_generated(ctx) and not is_wired(ctx)


def _carrier(ctx: PlanContext) -> str:
    """Returns what carries the events of a service written by hand: streams or lists if it has any."""
    kinds = TAKES_IN | PUTS_OUT
    used = {kinds.get(use.kind) for file in (ctx.service.code if ctx.service else ()) for use in file.redis}
    return next((carrier for carrier in ("stream", "list") if carrier in used), "channel")


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
            if path in ("/livez", "/readyz") and is_wired(ctx):  # only where the code has it
                continue
            found.setdefault((path, "GET"), RouteRow("GET", path, answer))
    return tuple(found.values())


def _answer(ctx: PlanContext, path: str, handler: str, *, always: bool) -> str:
    if path == "/metrics" or (path in _ANSWERS and is_generated(ctx)):
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
        usual = _MEANINGS.get(name, "") if is_by_hand(ctx) else ""
        meanings.setdefault(name, usual or f"see `{place}`")
    meanings |= {variable.name: markdown(variable.description) for variable in shape.variables if variable.description}
    rows = ((n, _default(read.get(n)), values.get(n, ""), meanings.get(n, "see `config.py`")) for n in names)
    return tuple(VariableRow(name, *(text.replace("|", "\\|") for text in rest)) for name, *rest in rows)


def _default(variable: SettingVar | None) -> str:
    """What a variable is when nothing sets it."""
    if variable is None:
        return "see `config.py`"
    if variable.required:
        return "none: it must be set"
    if not variable.default:
        return "empty"
    return "see the code" if "`" in variable.default else f"`{variable.default}`"
