"""Answers what a variable is for, by its name alone: the platform's, a port, a host, a part of the way to a server."""

from __future__ import annotations

from typing import Literal

from wizard.rules.secrets import server_of
from wizard.values.lean import dataclass
from wizard.values.pattern import lazy_pattern

Part = Literal["host", "port", "url", "user", "password", "database"]

SERVICE_SUFFIXES = ("HOST", "PORT", "LOG_LEVEL", "SECRETS_DIR", "REDIS_HOST", "REDIS_PORT")
"""What a generated `config.py` reads, after the service's prefix."""
POSTGRES_SUFFIXES = ("POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_USER", "POSTGRES_DB")
"""What it reads besides when the service has tables."""
ROLE_SUFFIX = "POSTGRES_ROLE"
"""What names the role that its statements run as, where that is not the one that connects."""
PASSWORD_SUFFIXES = ("REDIS_PASSWORD", "POSTGRES_PASSWORD")
"""What it reads from files of secrets."""

_PLATFORM = lazy_pattern(
    r"(?:PYTHON\w*|PIP_\w*|UV_\w*|VIRTUAL_ENV|PATH|HOME|USER|LANG|LC_\w+|TZ|TERM|HOSTNAME|PWD|TMPDIR|UID|GID|PUID|PGID|UMASK|DEBUG"
    r"|FLASK_\w+|WERKZEUG_\w+|GUNICORN_\w+|UVICORN_\w+|WEB_CONCURRENCY|FORWARDED_ALLOW_IPS|PROMETHEUS_MULTIPROC_DIR"
    r"|HTTPS?_PROXY|NO_PROXY|ALL_PROXY|https?_proxy|no_proxy|SSL_CERT_\w+|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE"
    r"|OTEL_\w+|SENTRY_\w+|AWS_\w+|PG(?:HOST|PORT|USER|DATABASE|PASSWORD|PASSFILE|SSL\w+|OPTIONS|APPNAME)"
    r"|MALLOC_\w+|LD_\w+|OMP_\w+|GIT_\w+|BUILD_\w+|NVIDIA_\w+|NODE_\w+|NO_COLOR|FORCE_COLOR)\Z"
)
# What is the machine's own, so that it is nothing a spec of a service has to say. Narrower than what the platform
# reads: a spec does name `OTEL_EXPORTER_OTLP_ENDPOINT` or `FLASK_ENV` where the code does.
_MACHINE = lazy_pattern(
    r"(?:PYTHON\w*|PATH|HOME|USER|LANG|TZ|TERM|HOSTNAME|PWD|CI|DEBUG|KUBERNETES_\w+|PYTEST_\w+|NO_COLOR)\Z"
)
_NO_NAME = lazy_pattern(r"[^A-Za-z0-9_]")
_HOST = lazy_pattern(r"_(?:HOST|HOSTNAME|ADDR|ADDRESS|URL|URI|DSN)$")
_NEAR_HOST = lazy_pattern(r"(?:^|_)(?:HOST|HOSTNAME|ADDR|ADDRESS|ENDPOINT|SERVICE|SERVER|URL|URI|DSN)(?:$|_)")
# `PORT` as a word, or behind another one without a line between: `HTTPPORT`; no `REPORT` and no `PORTFOLIO`.
_PORT = lazy_pattern(r"(?:^|_)(?!(?:EX|IM|RE|SUP|PASS|AIR|TRANS|VIEW)PORTS?(?:_|$))[A-Z0-9]*PORTS?(?:_|$)")
_ON_THE_WAY = lazy_pattern(
    r"(?:^|_)(?P<server>REDIS|VALKEY|POSTGRES(?:QL)?|PG|DATABASE|DB)(?P<between>(?:[A-Z0-9]*_)*)"
    r"(?P<part>HOST(?:NAME)?|PORT|URL|URI|DSN|USER(?:NAME)?|PASSWORD|PASS|PWD|AUTH|DBNAME|DB|DATABASE|NAME)\Z"
)
_PARTS: dict[str, Part] = {
    **dict.fromkeys(("HOST", "HOSTNAME"), "host"),
    **dict.fromkeys(("URL", "URI", "DSN"), "url"),
    **dict.fromkeys(("USER", "USERNAME"), "user"),
    **dict.fromkeys(("PASSWORD", "PASS", "PWD", "AUTH"), "password"),
    **dict.fromkeys(("DB", "DATABASE", "DBNAME", "NAME"), "database"),
    "PORT": "port",
}
_BROKER = lazy_pattern(r"BROKER|(?:^|_)(?:EVENT_?|MESSAGE_?)?BUS(?:_|$)")
_ANY_SQL = lazy_pattern(r"PG|DATABASE|SQL")
_SHELL = lazy_pattern(r"(?:^|[\s;&|\"'(])(?:export\s+)?([A-Z][A-Z0-9_]*)=")


def names_role(name: str) -> bool:
    """Tells whether a variable says as which role of PostgreSQL the code's statements run."""
    return name.endswith(f"_{ROLE_SUFFIX}")


@dataclass(frozen=True, slots=True)
class ServerVariable:
    """A variable on the way to a server. `plain`: no word stands between (`MARKET_REDIS_HOST`, not
    `REDIS_CACHE_HOST`)."""

    server: Literal["redis", "postgres"]
    part: Part
    plain: bool


def own_prefix(service: str) -> str:
    """Returns what the variables of a service begin with: `USER_SERVICE_` for `user-service`, since shells know names
    of letters, digits and underscores only (POSIX, Environment Variable Definition)."""
    return f"{_NO_NAME.sub('_', service).upper()}_"


def server_variable(name: str) -> ServerVariable | None:
    """Returns which server a variable leads to and what of the way it holds; None when its name says no such thing."""
    match = _ON_THE_WAY.search(name.upper())
    if match is None:
        return None
    server: Literal["redis", "postgres"] = "redis" if match["server"] in ("REDIS", "VALKEY") else "postgres"
    return ServerVariable(server, _PARTS[match["part"]], match["between"] in ("", "_"))


def server_meant(name: str) -> str | None:
    """Returns the server that a variable means where Redis and PostgreSQL are the only ones: a broker is Redis then."""
    upper = name.upper()
    if _BROKER.search(upper):
        return "redis"
    return server_of(name) or ("postgres" if _ANY_SQL.search(upper) else None)


def is_platform(name: str) -> bool:
    """Tells whether Python, a library or the image reads a variable, not the service's code."""
    return bool(_PLATFORM.match(name))


def is_machine_wide(name: str) -> bool:
    """Tells whether the machine gives a variable to every process, so that no spec has to name it."""
    return bool(_MACHINE.match(name))


def is_port(name: str) -> bool:
    """Tells whether a variable holds a port, whosever."""
    return bool(_PORT.search(name.upper()))


def port_beside(host: str) -> str:
    """Returns the variable that holds the port beside a host's: `DB_HOST` and `DB_PORT`; '' for another name."""
    return f"{host[: -len('HOST')]}PORT" if host.upper().endswith("HOST") else ""


def is_host(name: str) -> bool:
    """Tells whether a variable holds a host or a URL, so that a value nobody answers to is a mistake."""
    return bool(_HOST.search(name.upper()))


def host_of_url(url: str) -> str:
    """Returns the host of a URL, `''` where it names none or is none: the standard library raises for `redis://[h`."""
    from urllib.parse import urlsplit  # not for a stack without URLs

    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def may_be_host(name: str) -> bool:
    """Tells whether a variable may hold a host: enough to look its value up among the services, never to judge it."""
    return bool(_NEAR_HOST.search(name.upper()))


def set_by_shell(text: str) -> list[str]:
    """Returns the variables that a shell text sets: `X=1 program`, `export X=$(…)`."""
    return _SHELL.findall(text)
