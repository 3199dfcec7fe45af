"""Item 3.2: what compose sets against what the code reads."""

from __future__ import annotations

import re

from wizard.audit.compose import absent
from wizard.audit.context import Context, listed, plural
from wizard.audit.environment import (
    is_platform,
    mounted,
    near,
    plain_secret,
    planned,
    shell_text,
)
from wizard.values.code_facts import SettingVar
from wizard.values.compose_facts import ComposeService, EnvEntry
from wizard.values.finding import Finding
from wizard.values.secret_names import is_secret
from wizard.values.source import Source

SECRETS_FOLDER = "/run/secrets"


def compose_environment(ctx: Context) -> Finding:
    """3.2: `environment:` and the code agree on the names; secrets come by `secrets:`, not by value."""
    block = ctx.compose
    if block is None:
        return absent(ctx, "its variables")
    plain = [e for e in block.environment if plain_secret(e)]
    if plain:
        return ctx.broken(f"a secret in plain text: {listed([e.name for e in plain])}", *(e.source for e in plain[:4]))
    undeclared = [s for s in block.secrets if s.value not in ctx.index.secrets]
    if undeclared:
        names = listed([s.value for s in undeclared])
        return ctx.broken(f"the secret {names} is not declared at the top level", *(s.source for s in undeclared[:4]))
    return _names(ctx, block)


def _names(ctx: Context, block: ComposeService) -> Finding:
    ignored = _unread(ctx, block)
    known = {v.name for v in ctx.code.variables if v.name}
    typos = [(e, near(e.name, known)) for e in ignored if near(e.name, known)]
    if typos:
        entry, meant = typos[0]
        lines = tuple(v.source for v in ctx.code.variables if v.name == meant)[:1]
        return ctx.broken(f"sets {entry.name}, which nothing reads; the code reads {meant}", entry.source, *lines)
    missing = _unset(ctx)
    if missing:
        lines = tuple(v.source for v in missing[:3])
        return ctx.broken(f"does not set {_listed(missing)}, which the code requires", block.declared[-1], *lines)
    bare = _unmounted(ctx)
    if bare:
        lines = tuple(v.source for v in bare[:3])
        return ctx.broken(f"mounts no secret for {_listed(bare)}", block.declared[-1], *lines)
    sealed = _unexported(ctx)
    if sealed:
        secret = mounted(ctx, sealed[0].name)
        words = (
            f"{_listed(sealed)} is read from the environment, but the secret {secret.value if secret else ''} is a file"
        )
        hint = f"Let the entrypoint export the file's content, or read {SECRETS_FOLDER} in the code."
        lines = tuple(v.source for v in sealed[:3])
        return ctx.broken(f"{words} that nothing exports", *((secret.source,) if secret else ()), *lines, hint=hint)
    if ignored:
        return ctx.unmet(f"sets what no code of the service reads: {listed([e.name for e in ignored])}", *_at(ignored))
    return _secrets(ctx, block)


def _secrets(ctx: Context, block: ComposeService) -> Finding:
    by_shell = [e for e in block.environment if is_secret(e.name) and not e.name.endswith("_FILE") and e.raw != ""]
    if by_shell:
        how = "an env file" if by_shell[0].file else "the shell's environment"
        return ctx.unmet(f"{by_shell[0].name} comes from {how}; the document asks for secrets:", *_at(by_shell))
    count = plural(len(block.environment), "variable")
    secrets = plural(len(block.secrets), "secret")
    lines = (*_at(list(block.environment)), *(s.source for s in block.secrets[:2])) or (block.declared[-1],)
    return ctx.met(f"{count} set, {secrets} mounted", *lines)


def _at(entries: list[EnvEntry]) -> tuple[Source, ...]:
    return tuple(e.source for e in entries[:4])


def _listed(variables: list[SettingVar]) -> str:
    return listed(list(dict.fromkeys(v.name for v in variables)))


def _unread(ctx: Context, block: ComposeService) -> list[EnvEntry]:
    """What the block itself sets and nothing of the service reads.

    Shared fragments, env files, code that cannot be read whole, and names made at run time give no alarm.
    """
    if ctx.code.problems or not ctx.code.files or any(not v.name for v in ctx.code.variables) or _shared_code(ctx):
        return []
    read = {v.name.upper() for v in ctx.code.variables}
    shell = shell_text(ctx)
    return [
        e
        for e in block.environment
        if not e.file
        and e.name.upper() not in read
        and e.name.upper().removesuffix("_FILE") not in read
        and not is_platform(e.name)
        and _inside(block, e.source)
        and not (e.name in shell and re.search(rf"\b{re.escape(e.name)}\b", shell))
    ]


def _shared_code(ctx: Context) -> bool:
    """True when the code imports modules of the stack from outside its folder: they may read variables too."""
    own = {f.path.rsplit("/", 1)[-1].removesuffix(".py") for f in ctx.code.files} | {ctx.name, "service", ""}
    parts = [set(f.value.lstrip(".").split(".")) for f in ctx.code.local_imports]
    others = {f.value.split(".", 1)[0] for f in ctx.code.imports} & (ctx.index.packages - own)
    return bool(others) or any(not (words & own) for words in parts)


def _inside(block: ComposeService, source: Source) -> bool:
    """False for an entry that a merge key brought in from a fragment outside the block."""
    last = block.declared[-1]
    if source.path != last.path or not block.end_line:
        return source.path in {d.path for d in block.declared}
    return last.line <= source.line <= block.end_line


def _unset(ctx: Context) -> list[SettingVar]:
    """Required variables whose value the spec or the conventions know, and that nothing sets."""
    env = ctx.env
    return [
        v
        for v in ctx.code.variables
        if v.required and v.name and not v.secret and v.name.upper() not in env and planned(ctx, v)
    ]


def _unmounted(ctx: Context) -> list[SettingVar]:
    """Secrets the code needs, or that the stack's servers ask for, which neither a secret nor a variable gives."""
    env = ctx.env
    servers = {"REDIS": ctx.facts.profile.redis.secret, "POSTGRES": ctx.facts.profile.postgres.secret}
    return [
        v
        for v in ctx.code.variables
        if v.secret
        and (v.required or any(secret and word in v.name.upper() for word, secret in servers.items()))
        and v.name.upper() not in env
        and f"{v.name.upper()}_FILE" not in env
        and mounted(ctx, v.name) is None
    ]


def _unexported(ctx: Context) -> list[SettingVar]:
    """Secrets that are mounted as files while the code looks for them in its environment only."""
    code = ctx.service.code if ctx.service else ()
    if any(SECRETS_FOLDER in ctx.facts.texts.get(file.path, "") for file in code):
        return []
    env = ctx.env
    servers = {"REDIS": ctx.facts.profile.redis.secret, "POSTGRES": ctx.facts.profile.postgres.secret}
    return [
        v
        for v in ctx.code.variables
        if v.secret
        and v.kind in ("getenv", "environ")
        and not v.secrets_dir
        and (v.required or any(secret and word in v.name.upper() for word, secret in servers.items()))
        and v.name.upper() not in env
        and f"{v.name.upper()}_FILE" not in env
        and mounted(ctx, v.name) is not None
    ]
