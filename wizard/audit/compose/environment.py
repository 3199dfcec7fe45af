"""Item 3.2: what compose sets against what the code reads."""

from __future__ import annotations

import re

from wizard.audit.compose import swarm
from wizard.audit.compose.credentials import judge_credentials, stacks_way
from wizard.audit.compose.service import absent
from wizard.audit.context import Context, listed
from wizard.audit.environment import (
    is_given,
    mounted,
    near,
    plain_secret,
    planned,
    shell_text,
    told_by_example,
)
from wizard.rules.base_images import known_tools
from wizard.rules.secrets import SECRETS_FOLDER, has_credentials, is_secret
from wizard.rules.text import plural
from wizard.rules.variables import is_platform
from wizard.values.facts.code import SettingVar
from wizard.values.facts.compose import ComposeService, EnvEntry
from wizard.values.finding import Finding
from wizard.values.source import Source


def compose_environment(ctx: Context) -> Finding:
    """Judges item 3.2: `environment:` and the code agree on the names; secrets come by `secrets:`, not by value."""
    block = ctx.compose
    if block is None:
        return absent(ctx, "its variables")
    plain = [e for e in block.environment if plain_secret(e)]
    if plain:
        return ctx.broken(f"a secret in plain text: {listed([e.name for e in plain])}", *(e.source for e in plain[:4]))
    built_in = _built_in(block)
    if built_in:
        names = listed([name for name, _ in built_in])
        hint = "Hand it over when the container runs, or by a build secret: an argument stays in the image's history."
        return ctx.broken(f"a secret as a build argument: {names}", *(at for _, at in built_in[:4]), hint=hint)
    undeclared = [s for s in block.secrets if s.value not in ctx.index.secrets]
    if undeclared:
        names = listed([s.value for s in undeclared])
        return ctx.broken(f"the secret {names} is not declared at the top level", *(s.source for s in undeclared[:4]))
    sealed = swarm.sealed_by_variable(ctx, block) if ctx.facts.profile.on_swarm else None
    return sealed or _names(ctx, block)


def _built_in(block: ComposeService) -> list[tuple[str, Source]]:
    """The secrets that Compose gives the build as arguments, where everybody with the image can read them
    (https://docs.docker.com/reference/build-checks/secrets-used-in-arg-or-env/)."""
    pairs = ((*fact.value.partition("=")[::2], fact.source) for fact in block.build_args)
    return [(name, source) for name, value, source in pairs if is_secret(name) or has_credentials(value)]


def _names(ctx: Context, block: ComposeService) -> Finding:
    ignored = _unread(ctx, block)
    known = {v.name for v in ctx.code.variables if v.name}
    typos = [(e, near(e.name, known)) for e in ignored if near(e.name, known)]
    if typos:
        entry, meant = typos[0]
        lines = tuple(v.source for v in ctx.code.variables if v.name == meant)[:1]
        return ctx.broken(f"sets {entry.name}, which nothing reads; the code reads {meant}", entry.source, *lines)
    missing = [*_unset(ctx), *_unmounted(ctx)] if block.unread_env else []
    if missing:
        words = f"{_listed(missing)}: perhaps set in an env file that is not here"
        return ctx.unknown(words, *(v.source for v in missing[:3]), *block.unread_env[:2])
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
    wrong = judge_credentials(ctx, block)
    if wrong is not None:
        return wrong
    if ignored:
        return _judge_ignored(ctx, ignored)
    return _secrets(ctx, block)


def _judge_ignored(ctx: Context, ignored: list[EnvEntry]) -> Finding:
    """Judges variables that no file of the service reads; programs of an image that nobody knows may do it."""
    names = listed([e.name for e in ignored])
    base = ctx.dockerfile.base if ctx.dockerfile else None
    if base is not None and not known_tools(base.image, base.tag)[1]:
        words = f"sets {names}, which no code of the service reads; whether a program of {base.image} does is not known"
        return ctx.unknown(
            words, *_at(ignored), base.source, hint="Waive the item if the image reads them, or delete them."
        )
    return ctx.unmet(f"sets what no code of the service reads: {names}", *_at(ignored))


def _secrets(ctx: Context, block: ComposeService) -> Finding:
    by_shell = [e for e in block.environment if is_secret(e.name) and not e.name.endswith("_FILE") and e.raw != ""]
    remark = ""
    if by_shell and all(stacks_way(ctx, entry) for entry in by_shell):
        remark = f"; {listed([e.name for e in by_shell])} by a variable, as the stack does it: a secret file shows less"
    elif by_shell:
        how = "an env file" if by_shell[0].file else "the shell's environment"
        return ctx.unmet(f"{by_shell[0].name} comes from {how}; the document asks for secrets:", *_at(by_shell))
    example = told_by_example(ctx)
    if example:
        names = listed([entry.name for entry in example])
        return ctx.unknown(f"only an example sets {names}: the env file is not here", *_at(example))
    count = plural(len(block.environment), "variable")
    secrets = plural(len(block.secrets), "secret")
    lines = (*_at(list(block.environment)), *(s.source for s in block.secrets[:2])) or (block.declared[-1],)
    return ctx.met(f"{count} set, {secrets} mounted{remark}", *lines)


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
    read = {name.upper() for v in ctx.code.variables for name in (v.name, *v.aliases)}
    shell = shell_text(ctx)
    return [
        e
        for e in block.environment
        if not e.file
        and e.name.upper() not in read
        and e.name.upper().removesuffix("_FILE") not in read
        and not is_platform(e.name)
        and _inside(block, e.source)
        and not (e.name in shell and _is_word(e.name, shell))
    ]


def _is_word(name: str, text: str) -> bool:
    """Tells whether a text has a name as a word of its own. The pattern begins with the name: one that began with the
    boundary would be tried at every character of the service's code."""
    literal = re.escape(name)
    return re.search(rf"{literal}\b(?<=\b{literal})", text) is not None


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
    return [
        v
        for v in ctx.code.variables
        if v.required and v.name and not v.secret and not is_given(ctx, v) and planned(ctx, v)
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
