"""What 3.2 asks beside names: that servers' passwords, secret files and hosts are there for the service."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.audit.context import Context, listed
from wizard.audit.environment import is_given
from wizard.rules.packages import POSTGRES_DRIVERS
from wizard.rules.secrets import EXAMPLES, SECRETS_FOLDER, file_of, has_credentials, is_secret, may_hold_any, server_of
from wizard.rules.variables import host_of_url, is_host
from wizard.values.facts.compose import ComposeService, EnvEntry
from wizard.values.facts.stack import Credential
from wizard.values.finding import Finding
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Fact, Source

_TITLES = {"redis": "Redis", "postgres": "PostgreSQL"}
# A name of one label is looked up in the container's networks and nowhere else; one with dots may be anybody's.
_LABEL = lazy_pattern(r"[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?\Z")
_BEYOND = frozenset({"extra_hosts", "external_links", "links", "network_mode", "dns"})


def judge_credentials(ctx: Context, block: ComposeService) -> Finding | None:
    """Returns the finding when a mounted file, a password or a host is missing; None when nothing is."""
    return _unmounted_file(ctx, block) or _in_code(ctx) or _unhanded(ctx, block) or _unreachable(ctx, block)


def stacks_way(ctx: Context, entry: EnvEntry) -> bool:
    """Tells whether the stack itself gives secrets by variables: the server's own, or every one when it has no
    `secrets:` at all."""
    server = server_of(entry.name)
    asked = ctx.facts.credential(server) if server else None
    if asked is not None and asked.kind != "unknown":
        return asked.kind in ("variable", "env_file")
    return not ctx.index.secrets


def _unmounted_file(ctx: Context, block: ComposeService) -> Finding | None:
    """`X_PASSWORD_FILE: /run/secrets/x` while no secret of the block and no volume is mounted there."""
    mounted = {path for _, path in block.secret_paths} | {f"{SECRETS_FOLDER}/{fact.value}" for fact in block.secrets}
    volumes = [part for fact in block.volumes for part in fact.value.split(":")[1:2]]
    for entry in block.environment:
        path = entry.value or ""
        if file_of(entry.name) is None or not path.startswith(f"{SECRETS_FOLDER}/") or path in mounted:
            continue
        if not any(path == target or path.startswith(f"{target.rstrip('/')}/") for target in volumes):
            words = f"{entry.name} names {path}, and the block mounts no such secret"
            return ctx.broken(words, entry.source, *(fact.source for fact in block.secrets[:2]))
    return None


def _in_code(ctx: Context) -> Finding | None:
    """A password that the code hands to a client by value: whatever compose hands over is not used."""
    hint = "Read it from the environment or from a secret's file, and hand it over in compose; then change it."
    found = ctx.code.passwords
    if found:
        servers = listed(list(dict.fromkeys(_TITLES[fact.value] for fact in found)))
        return ctx.broken(f"the password for {servers} stands in the code", *(f.source for f in found[:4]), hint=hint)
    kept = [v for v in ctx.code.variables if v.default and has_credentials(v.default) and not is_given(ctx, v)]
    if not kept:
        return None
    names = listed(list(dict.fromkeys(v.name for v in kept)))
    return ctx.broken(f"nothing sets {names}, whose default holds a password", *(v.source for v in kept[:4]), hint=hint)


def _unhanded(ctx: Context, block: ComposeService) -> Finding | None:
    """A server with a password, and a service that talks to it and gets none."""
    for asked in ctx.facts.credentials:
        line = _talks_to(ctx, asked)
        if line is None or asked.key == block.key or _gets(ctx, block, asked):
            continue
        words = f"{_TITLES[asked.server]} ({asked.key}) asks for a password, and nothing hands it to the service"
        if block.unread_env:
            reason = f"{words}, unless an env file that is not here does"
            return ctx.unknown(reason, asked.source, *block.unread_env[:2])
        return ctx.broken(words, asked.source, line, block.declared[-1])
    return None


def _talks_to(ctx: Context, asked: Credential) -> Source | None:
    """The line of the code that uses the server; None when nothing read says so, or it is told another host."""
    hosts = [host for host in told_hosts(ctx) if server_of(host[0]) == asked.server]
    if hosts and all(host.value not in names_of(ctx, asked.key) for _, host in hosts):
        return None
    if asked.server == "redis":
        uses = [use.source for use in ctx.code.redis]
        return uses[0] if uses else None
    driver = ctx.code.driver(POSTGRES_DRIVERS)
    return driver.source if driver else hosts[0][1].source if hosts and ctx.code.uses_database else None


def _gets(ctx: Context, block: ComposeService, asked: Credential) -> bool:
    for fact in block.secrets:
        server = server_of(fact.value)
        if fact.value == asked.name or server == asked.server or (server is None and may_hold_any(fact.value)):
            return True
    given = (*block.environment, *(EnvEntry(n, g.value, "", g.source) for n, g in ctx.env.items()))
    return any(_hands_over(entry, asked) for entry in given)


def _hands_over(entry: EnvEntry, asked: Credential) -> bool:
    if asked.kind == "variable" and re.search(rf"\$\{{?{re.escape(asked.name)}\b", entry.raw):
        return True
    if "://" in (entry.value or "") and "@" in (entry.value or ""):
        return ":" in (entry.value or "").split("://", 1)[1].split("@")[0]
    base = file_of(entry.name) or entry.name
    return is_secret(base) and server_of(base) in (None, asked.server)


def _unreachable(ctx: Context, block: ComposeService) -> Finding | None:
    """A host that no service of the block's networks has."""
    if _BEYOND & set(block.keys) or ctx.facts.compose.problems:
        return None
    networks = {fact.value for fact in block.networks} or {"default"}
    if networks & set(ctx.facts.compose.external_networks):
        return None
    unused = _unread_of_files(ctx, block)
    for name, host in told_hosts(ctx):
        if not _LABEL.match(host.value) or host.value == "localhost" or host.value.isdigit() or name in unused:
            continue
        target = next((s for s in ctx.facts.compose.services if host.value in names_of(ctx, s.key)), None)
        server = server_of(name)
        known = (ctx.facts.profile.redis if server == "redis" else ctx.facts.profile.postgres).service if server else ""
        if target is None:
            hint = f"; the stack's is {known}" if known else ""
            return ctx.broken(f"{name} is {host.value}, which is no service of the stack{hint}", host.source)
        theirs = {fact.value for fact in target.networks} or {"default"}
        if not networks & theirs and not _BEYOND & set(target.keys):
            words = f"{name} is {host.value}, which is in none of its networks"
            return ctx.broken(words, host.source, target.declared[0])
    return None


def _unread_of_files(ctx: Context, block: ComposeService) -> set[str]:
    """The variables of env files that say nothing about this service: several may share a file, so that it uses only
    what its code reads; an example stands in for a file that is not here and may say something else."""
    read = {name.upper() for v in ctx.code.variables for name in (v.name, *v.aliases)}
    entries = (entry for entry in block.environment if entry.file)
    return {e.name.upper() for e in entries if e.name.upper() not in read or e.source.path.endswith(EXAMPLES)}


def names_of(ctx: Context, key: str) -> set[str]:
    """Returns the names under which a service of the stack is found in its networks, in lower case: Docker's name
    server does not tell cases apart."""
    target = ctx.index.compose.get(key)
    if target is None:
        return {key.lower()}
    container = {target.container_name.value} if target.container_name else set()
    return {name.lower() for name in ({key, *target.aliases} | container)}


def told_hosts(ctx: Context) -> Iterator[tuple[str, Fact[str]]]:
    """Yields (variable, host) of what compose sets by value, else of the code's own defaults for its servers."""
    block = ctx.compose
    entries = {entry.name.upper(): entry for entry in block.environment} if block else {}
    read = {v.name.upper(): v for v in ctx.code.variables if v.name}
    for name in dict.fromkeys((*entries, *read)):
        if not is_host(name):
            continue
        entry, variable = entries.get(name), read.get(name)
        if entry is not None:
            text, source = ("" if "$" in entry.raw else entry.value or ""), entry.source
        elif variable is not None and name not in ctx.env and server_of(name) and _uses(ctx, name):
            text, source = variable.default or "", variable.source
        else:
            continue
        host = _host(text)
        if host:
            yield name, Fact(host, source)


def _uses(ctx: Context, name: str) -> bool:
    return ctx.code.uses_redis if server_of(name) == "redis" else ctx.code.uses_database


def _host(text: str) -> str:
    return (host_of_url(text) if "://" in text else text.partition(":")[0]).lower()
