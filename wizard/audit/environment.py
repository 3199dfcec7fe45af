"""What a service's environment variables mean: secrets, platform variables, its own port, near misses."""

from __future__ import annotations

import re
from collections.abc import Iterable

from wizard.audit.context import Context
from wizard.audit.given import Given
from wizard.values.code_facts import SettingVar
from wizard.values.compose_facts import EnvEntry
from wizard.values.pattern import lazy_pattern
from wizard.values.secret_names import is_secret
from wizard.values.source import Fact

_SECRET_WORDS = frozenset(
    {"password", "passwd", "pwd", "pw", "pass", "secret", "token", "key", "file", "api", "credentials"}
)
_PLATFORM = lazy_pattern(
    r"(?:PYTHON\w*|PIP_\w*|UV_\w*|VIRTUAL_ENV|PATH|HOME|USER|LANG|LC_\w+|TZ|TERM|HOSTNAME|PWD|TMPDIR|UID|GID|PUID|PGID|UMASK|DEBUG"
    r"|FLASK_\w+|WERKZEUG_\w+|GUNICORN_\w+|UVICORN_\w+|WEB_CONCURRENCY|FORWARDED_ALLOW_IPS|PROMETHEUS_MULTIPROC_DIR"
    r"|HTTPS?_PROXY|NO_PROXY|ALL_PROXY|https?_proxy|no_proxy|SSL_CERT_\w+|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE"
    r"|OTEL_\w+|SENTRY_\w+|AWS_\w+|PG(?:HOST|PORT|USER|DATABASE|PASSWORD|PASSFILE|SSLMODE|OPTIONS|APPNAME)"
    r"|MALLOC_\w+|LD_\w+|OMP_\w+|GIT_\w+|BUILD_\w+|NVIDIA_\w+|NODE_\w+|NO_COLOR|FORCE_COLOR)\Z"
)
_CREDENTIALS = lazy_pattern(r"://[^/\s:@]*:(?!\$)[^@\s$/]+@")
_PLAIN_PATH = lazy_pattern(r"/(?:run|var|etc)/|\.txt$")


def shell_text(ctx: Context) -> str:
    """Everything a shell reads on the service's way up, for "is this variable used there?"."""
    parts: list[str] = []
    for holder in (ctx.compose, ctx.dockerfile):
        for fact in (holder.command, holder.entrypoint) if holder else ():
            parts += fact.value if fact else ()
    for check in (
        ctx.compose.healthcheck if ctx.compose else None,
        ctx.dockerfile.healthcheck if ctx.dockerfile else None,
    ):
        parts += check.test if check else ()
    own = ctx.service.own_files if ctx.service else ()
    parts += [ctx.facts.texts[p] for p in own if p.endswith((".sh", ".bash", ".py")) and p in ctx.facts.texts]
    if ctx.dockerfile:
        parts.append(ctx.facts.texts.get(ctx.dockerfile.path, ""))
    return "\n".join(parts)


def is_platform(name: str) -> bool:
    """True for variables that Python, libraries or the image read, not the service's code."""
    return bool(_PLATFORM.match(name))


def planned(ctx: Context, variable: SettingVar) -> bool:
    """True when the spec or the conventions know the value that compose will give a required variable."""
    if any(v.name == variable.name and (v.value or v.default is not None) for v in ctx.spec.variables):
        return True
    prefix = f"{ctx.name.upper()}_"
    rest = variable.name.upper().removeprefix(prefix)
    if not variable.name.upper().startswith(prefix):
        return False
    return rest in ("PORT", "LOG_LEVEL", "REDIS_HOST", "REDIS_PORT", "REDIS_PASSWORD") or rest.startswith("POSTGRES_")


def mounted(ctx: Context, variable: str) -> Fact[str] | None:
    """The compose secret that holds a secret variable: they share a word that is not just "password"."""
    own = {*ctx.name.lower().split("_"), *ctx.facts.profile.prefix.lower().strip("_").split("_")}
    wanted = set(variable.lower().split("_")) - own
    for secret in ctx.compose.secrets if ctx.compose else ():
        words = set(re.split(r"[_\-.]", secret.value.lower())) - own
        if words & wanted - _SECRET_WORDS or words - _SECRET_WORDS == wanted - _SECRET_WORDS:
            return secret
    return None


def plain_secret(entry: EnvEntry) -> bool:
    """True when compose writes a secret's value down, as such or inside a URL."""
    if entry.value and _CREDENTIALS.search(entry.raw or entry.value):
        return True
    if not is_secret(entry.name) or not entry.value or entry.file:
        return False
    return not _PLAIN_PATH.search(entry.value) and not ("$" in entry.raw and ":-" not in entry.raw)


def near(name: str, others: Iterable[str]) -> str:
    """The one of `others` that `name` is most likely a misspelling of, or ''."""
    pool = [other for other in others if other != name and abs(len(other) - len(name)) <= 2]
    if not pool:
        return ""
    from difflib import get_close_matches

    found = get_close_matches(name, pool, n=1, cutoff=0.85)
    return found[0] if found else ""


def port_variables(ctx: Context) -> tuple[SettingVar, ...]:
    """The variables that hold the service's own port."""
    own = ctx.name.upper()
    names = {f"{own}{kind}_PORT" for kind in ("", "_SERVICE", "_HTTP", "_HEALTH", "_API")}
    names |= {"PORT", "SERVICE_PORT", "HTTP_PORT", "HEALTH_PORT", "FLASK_PORT", "APP_PORT", "API_PORT", "SERVER_PORT"}
    return tuple(v for v in ctx.code.variables if v.name.upper() in names)


def served_ports(ctx: Context) -> tuple[Fact[int], ...]:
    """The ports the code listens on in its container, with what compose and the Dockerfile set taken into account."""
    env = ctx.env
    overridden = {
        v.default: env[v.name.upper()]
        for v in port_variables(ctx)
        if v.name.upper() in env and (env[v.name.upper()].value or "").isdigit()
    }
    found = [_overridden(fact, overridden.get(str(fact.value))) for fact in ctx.code.served]
    if not found:
        for variable in port_variables(ctx):
            setting = env.get(variable.name.upper(), Given(variable.default, variable.source))
            if setting.value and setting.value.isdigit():
                found.append(Fact(int(setting.value), setting.source))
    return tuple(found)


def _overridden(fact: Fact[int], setting: Given | None) -> Fact[int]:
    return Fact(int(setting.value), setting.source) if setting and setting.value else fact
