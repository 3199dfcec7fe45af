"""The environment in which the generated tests start a service: compose's, with the servers of the test run in place of
the stack's, and without a secret of the stack."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from wizard.plan.context import PlanContext
from wizard.plan.docs.view import is_by_hand
from wizard.plan.service.modules import is_wired, module_path, variables_read
from wizard.plan.service.shape import Setting
from wizard.rules.secrets import handed_through, is_secret, stands_open
from wizard.rules.variables import Part, host_of_url, may_be_host, port_beside, server_variable
from wizard.syntax.python import parse_python
from wizard.values.facts.compose import EnvEntry

STAND_IN = "not-the-secret"
"""What a test gives for a secret: the file it is written to is committed."""
_EXPRESSIONS: dict[tuple[str, Part], str] = {
    ("redis", "host"): 'REDIS.hostname or ""',
    ("redis", "port"): "str(REDIS.port or 6379)",
    ("redis", "url"): "REDIS.geturl()",
    ("redis", "password"): 'unquote(REDIS.password or "")',
    ("postgres", "host"): 'POSTGRES.hostname or ""',
    ("postgres", "port"): "str(POSTGRES.port or 5432)",
    ("postgres", "url"): "POSTGRES.geturl()",
    ("postgres", "user"): 'unquote(POSTGRES.username or "")',
    ("postgres", "password"): 'unquote(POSTGRES.password or "")',
    ("postgres", "database"): 'POSTGRES.path.lstrip("/")',
}
"""What the process test has for each part of the way to a server."""
_ADDRESSED = frozenset({"host", "hostname", "url", "dsn", "conninfo"})
_CLIENTS = frozenset({"Redis", "StrictRedis", "from_url", "connect", "create_engine", "create_pool", "ConnectionPool"})
"""What takes the address of a server: by these keywords, or as its first argument."""


def environment_of(ctx: PlanContext) -> tuple[Setting, ...]:
    """Returns what compose sets for the service today, else what it will set, with stand-ins for secrets and for what
    nobody sets."""
    entries = _entries(ctx)
    if entries:
        found = tuple(Setting(entry.name, STAND_IN if _is_secret(entry) else entry.value or "") for entry in entries)
    elif is_by_hand(ctx):
        read = {variable.name for variable in variables_read(ctx)}
        found = tuple(setting for setting in ctx.shape.environment if setting.name in read)
    else:
        found = ctx.shape.environment
    return (*(s for s in found if s.value), *_stand_ins(ctx, {setting.name for setting in found if setting.value}))


def read_at_import(ctx: PlanContext) -> tuple[Setting, ...]:
    """Returns what the service's package asks for while it is imported: whoever imports one of its modules, as a test
    does, needs that first. None where `__init__.py` reads and imports nothing."""
    files = {file.path: file for file in ctx.service.code} if ctx.service else {}
    package = files.get(module_path(ctx, "__init__"))
    if package is None or not (package.variables or package.local_imports):
        return ()
    asked = {v.name for file in files.values() for v in file.variables if v.required and v.at_import}
    return tuple(setting for setting in environment_of(ctx) if setting.name in asked)


def server_variables(ctx: PlanContext) -> tuple[tuple[str, str], ...]:
    """Returns (variable, expression of the process test) for each that leads to Redis or PostgreSQL: told by what it
    holds, else by its name. A host whose port no variable moves stays what it is, see `fixed_hosts`."""
    found, portless = _led(ctx), {_EXPRESSIONS[server, "host"] for server in _portless(ctx)}
    return tuple((name, expression) for name, expression in found.items() if expression not in portless)


def _led(ctx: PlanContext) -> dict[str, str]:
    names = [setting.name for setting in environment_of(ctx)] + [variable.name for variable in variables_read(ctx)]
    found: dict[str, str] = {}
    for name in dict.fromkeys(names):
        led = server_variable(name)
        if led is not None and (led.server, led.part) in _EXPRESSIONS:
            found[name] = _EXPRESSIONS[led.server, led.part]
    return found | dict(_by_value(ctx))


def _portless(ctx: PlanContext) -> dict[str, set[str]]:
    """The servers of which a variable of hand-written code holds the host, always one of the stack's, and none the
    port, with these hosts: on the machine of a test the port is another one."""
    led, found = _led(ctx), {}
    values = {v.name: v.default or "" for v in variables_read(ctx)}
    values |= {setting.name: setting.value for setting in environment_of(ctx)}
    for server in ("redis", "postgres"):
        said = {values.get(name, "") for name, led_to in led.items() if led_to == _EXPRESSIONS[server, "host"]}
        if said and said <= _hosts(ctx, server) and _EXPRESSIONS[server, "port"] not in led.values():
            found[server] = said
    return found if is_by_hand(ctx) else {}


def fixed_hosts(ctx: PlanContext) -> tuple[tuple[str, str], ...]:
    """Returns (host, server of the process test) for each server whose host stands in the code as it is, or without a
    variable for its port, so that no variable leads the service of a test to another one."""
    trees = [parse_python(ctx.text(file.path) or "") for file in (ctx.service.code if ctx.service else ())]
    written = {host for tree in trees if tree is not None for host in _written_hosts(tree)}
    portless = _portless(ctx)
    found: list[tuple[str, str]] = []
    for server, test in (("redis", "REDIS"), ("postgres", "POSTGRES")):
        found += [(host, test) for host in sorted(_hosts(ctx, server) & written | portless.get(server, set()))]
    return tuple(found)


def _written_hosts(tree: ast.Module) -> Iterator[str]:
    """Yields the hosts of the addresses that calls of clients and constants named for a host are given as text."""
    for node in ast.walk(tree):
        given: list[ast.expr | None] = []
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            given = [keyword.value for keyword in node.keywords if keyword.arg in _ADDRESSED]
            given += node.args[:1] if name in _CLIENTS else []
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            given = [node.value] if may_be_host(node.targets[0].id) else []
        for value in given:
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield from _hosts_in(value.value)


def _hosts_in(address: str) -> Iterator[str]:
    """Yields the host of a URL or of libpq's `host=…`; a word alone is a host."""
    if "://" in address:
        yield host_of_url(address)
    elif found := re.search(r"\bhost\s*=\s*([\w.-]+)", address):
        yield found[1]
    else:
        yield address


def _entries(ctx: PlanContext) -> tuple[EnvEntry, ...]:
    block = ctx.service.compose if ctx.service else None
    return block.environment if block is not None else ()


def _is_secret(entry: EnvEntry) -> bool:
    by_variable = any(map(is_secret, handed_through(entry.raw)))
    return bool(entry.value) and (by_variable or stands_open(entry.name, entry.value or ""))


def _stand_ins(ctx: PlanContext, given: set[str]) -> list[Setting]:
    """A value for each variable that the code requires and only the engineer knows: the tests are about the rest."""
    if not is_by_hand(ctx) and not is_wired(ctx):
        return []
    required = [v for v in variables_read(ctx) if v.required and v.name not in given]
    return [Setting(v.name, STAND_IN if v.secret else "{}" if "JSON" in v.name.upper() else "1") for v in required]


def _by_value(ctx: PlanContext) -> Iterator[tuple[str, str]]:
    """Yields the variables whose value is a server's host, its URL or its password, whatever they are called, and the
    port that stands beside such a host."""
    values = {v.name: (v.default or "", "") for v in variables_read(ctx)}
    values |= {entry.name: (entry.value or "", entry.raw) for entry in _entries(ctx)}
    for server in ("redis", "postgres"):
        hosts, asked = _hosts(ctx, server), ctx.facts.credential(server)
        for name, (value, raw) in values.items():
            if value in hosts:
                yield name, _EXPRESSIONS[server, "host"]
                if (port := port_beside(name)) in values:
                    yield port, _EXPRESSIONS[server, "port"]
            elif "://" in value and host_of_url(value) in hosts:
                yield name, _EXPRESSIONS[server, "url"]
            elif asked is not None and asked.kind == "variable" and asked.name in handed_through(raw):
                yield name, _EXPRESSIONS[server, "password"]


def _hosts(ctx: PlanContext, server: str) -> frozenset[str]:
    key = ctx.profile.redis.service if server == "redis" else ctx.profile.postgres.service
    block = next((block for block in ctx.facts.compose.services if block.key == key), None)
    named = {block.container_name.value} if block is not None and block.container_name is not None else set()
    return frozenset({key, *named, *(block.aliases if block is not None else ())} - {""})
