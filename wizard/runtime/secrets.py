"""What the compose files say of the stack's own servers: their passwords (never shown) and the names they go by."""

from __future__ import annotations

from pathlib import Path

from wizard.values.facts.compose import ComposeService
from wizard.values.facts.stack import StackFacts
from wizard.values.pattern import lazy_pattern
from wizard.values.profile import ServerProfile

_REQUIREPASS = lazy_pattern(r"--requirepass[ =]+[\"']?([^\s\"']+)")
_PASSWORD_NAMES = ("POSTGRES_PASSWORD", "REDIS_PASSWORD", "VALKEY_PASSWORD", "REDISCLI_AUTH", "PGPASSWORD")


def own_password(facts: StackFacts, server: ServerProfile) -> str:
    """Returns the password of a server: in its secret file, its environment or its command; '' when none is there."""
    secret = _secret_text(facts, server)
    block = facts.compose.service(server.service)
    if secret or block is None:
        return secret
    given = [entry.value for entry in block.environment if entry.name in _PASSWORD_NAMES and entry.value]
    match = _REQUIREPASS.search(_command(block))
    return given[0] if given else match[1] if match and "$" not in match[1] else ""


def _secret_text(facts: StackFacts, server: ServerProfile) -> str:
    for name, file, source in facts.compose.secrets:
        if name != server.secret or not file:
            continue
        root = Path(facts.root)
        first = facts.profile.compose_files[0] if facts.profile.compose_files else source.path
        for folder in (root, root / Path(first).parent, root / Path(source.path).parent):
            if (folder / file).is_file():
                return (folder / file).read_text("utf-8", "replace").strip()
    return ""


def password_variables(facts: StackFacts, server: str) -> frozenset[str]:
    """Returns the variable of the shell or `.env` that holds a server's password."""
    asked = facts.credential(server)
    return frozenset({asked.name} if asked is not None and asked.kind in ("variable", "env_file") else ())


def host_names(facts: StackFacts, server: ServerProfile, usual: tuple[str, ...]) -> frozenset[str]:
    """Returns the host names of a server beside its service's: its container's, and those usual in code that no other
    service of the stack has.
    """
    block = facts.compose.service(server.service)
    taken = {other.key for other in facts.compose.services}
    own = [block.container_name.value] if block is not None and block.container_name else []
    return frozenset([*own, *(name for name in usual if name not in taken)])


def _command(block: ComposeService) -> str:
    return " ".join(word for fact in (block.entrypoint, block.command) if fact is not None for word in fact.value)
