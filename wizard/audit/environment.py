"""What a service's environment variables mean: secrets, platform variables, its own port, near misses."""

from __future__ import annotations

from collections.abc import Iterable

from wizard.audit.context import Context
from wizard.rules import ports
from wizard.rules.secrets import EXAMPLES, has_credentials, same_secret, stands_open
from wizard.rules.variables import PASSWORD_SUFFIXES, POSTGRES_SUFFIXES, SERVICE_SUFFIXES, own_prefix
from wizard.values.facts.code import SettingVar
from wizard.values.facts.compose import EnvEntry
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Fact

_SET_BY_COMPOSE = frozenset((*SERVICE_SUFFIXES, *POSTGRES_SUFFIXES, *PASSWORD_SUFFIXES)) - {"HOST", "SECRETS_DIR"}
"""What a planned block sets or hands over; a service listens everywhere and finds its secrets without being told."""
_WORD = lazy_pattern(r"[_.:\-]")
_RECOGNISED = 4
"""Letters of a word from which on one of them may be wrong: below it, another letter is another word."""


def shell_text(ctx: Context) -> str:
    """Returns everything a shell reads on the service's way up, for "is this variable used there?"."""
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


def is_given(ctx: Context, variable: SettingVar) -> bool:
    """Returns True when compose, an env file or the image sets a variable, under whichever of its names."""
    return any(name.upper() in ctx.env for name in (variable.name, *variable.aliases))


def planned(ctx: Context, variable: SettingVar) -> bool:
    """Returns True when the spec or the conventions know the value that compose will give a required variable."""
    if any(v.name == variable.name and (v.value or v.default is not None) for v in ctx.spec.variables):
        return True
    prefix = own_prefix(ctx.name)
    rest = variable.name.upper().removeprefix(prefix)
    if not variable.name.upper().startswith(prefix):
        return False
    return rest in _SET_BY_COMPOSE


def mounted(ctx: Context, variable: str) -> Fact[str] | None:
    """Returns the compose secret of the block that holds a secret variable."""
    own = frozenset((*ctx.name.lower().split("_"), *ctx.facts.profile.prefix.lower().strip("_").split("_")))
    secrets = ctx.compose.secrets if ctx.compose else ()
    return next((secret for secret in secrets if same_secret(variable, secret.value, own)), None)


def plain_secret(entry: EnvEntry) -> bool:
    """Tells whether compose writes a secret's value down, as such, inside a URL or as a default. What an example of an
    env file says is made up for its reader."""
    text = entry.raw or entry.value or ""
    if entry.file:
        return has_credentials(text) and not entry.source.path.endswith(EXAMPLES)
    return stands_open(entry.name, text)


def told_by_example(ctx: Context) -> list[EnvEntry]:
    """Returns what only an example of an env file sets of the variables that the code reads without a default: the file
    that the example stands for is not here, and may say something else."""
    wanted = {name.upper() for v in ctx.code.variables if v.default is None for name in (v.name, *v.aliases)}
    entries = ctx.compose.environment if ctx.compose else ()
    return [e for e in entries if e.file and e.source.path.endswith(EXAMPLES) and e.name.upper() in wanted]


def near(name: str, others: Iterable[str]) -> str:
    """Returns the one of `others` that `name` is most likely a misspelling of, or ''."""
    pool = [o for o in others if o != name and abs(len(o) - len(name)) <= 2 and not _apart(name, o)]
    if not pool:
        return ""
    from difflib import get_close_matches

    found = get_close_matches(name, pool, n=1, cutoff=0.85)
    return found[0] if found else ""


def _apart(name: str, other: str) -> bool:
    """True for names of as many words that differ in words of their own: `MIN_SIZE` and `MAX_SIZE`, `DB_1` and `DB_2`,
    `PG_DSN` and `PG_DB`. A slip changes a letter of a word that is long enough to be recognised."""
    words = [(a, b) for a, b in zip(_WORD.split(name), _WORD.split(other), strict=False) if a != b]
    if len(_WORD.split(name)) != len(_WORD.split(other)) or len(words) != 1:
        return False
    short, long = sorted(words[0], key=len)
    letters = iter(long)
    left_out = len(short) < len(long) and all(letter in letters for letter in short)
    swapped = sorted(short) == sorted(long)
    return short.isdigit() or long.isdigit() or (len(short) < _RECOGNISED and not left_out and not swapped)


def served_ports(ctx: Context) -> tuple[Fact[int], ...]:
    """Returns the ports the code listens on in its container, with what compose and the Dockerfile set taken into
    account.
    """
    return ports.served_in(ctx.port_mentions)


def further_ports(ctx: Context) -> frozenset[int]:
    """Returns the ports that a service has beside its own: named where its own is named, too (`EXPOSE 8010 9100`)."""
    own = ctx.container_ports | {ctx.spec.port}
    found = set(ports.further_ports(ctx.port_mentions, own)) if ctx.service else set()
    reserved = {entry.port for entry in ctx.index.reserved.get(ctx.name, ())}
    return frozenset(found | (reserved - {ctx.spec.port} if ctx.spec.port in reserved else set()))
