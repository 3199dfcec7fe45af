"""What the stack's other services do alike, so that a new block does it too: container names, secrets that the
entrypoint exports, variables."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from wizard.values.compose_facts import ComposeService, EnvEntry
from wizard.values.facts import StackFacts

_EXPORT = re.compile(r"export\s+(\w+)=\"?\$\$?\(\s*cat\s+/run/secrets/([\w.-]+)")
_CREDENTIALS = re.compile(r"://[^/\s:@]*:(?!\$)[^@\s$/]+@")


def built(facts: StackFacts, key: str) -> list[ComposeService]:
    """The services that the stack builds itself, without the one of this key."""
    return [service for service in facts.compose.services if service.build is not None and service.key != key]


def container_name(facts: StackFacts, key: str) -> str:
    """The name most of them would give its container: their key behind a common prefix; '' when they set none."""
    services = built(facts, key)
    prefixes = Counter(
        service.container_name.value.removesuffix(service.key)
        for service in services
        if service.container_name and service.container_name.value.endswith(service.key)
    )
    prefix, count = prefixes.most_common(1)[0] if prefixes else ("", 0)
    return prefix + key if count * 2 > len(services) and "$" not in prefix else ""


def exported(facts: StackFacts, key: str) -> dict[str, str]:
    """Variable -> compose secret, as entrypoints of the others export them in a shell."""
    return {name: secret for service in built(facts, key) for name, secret in _exports(service)}


def _exports(service: ComposeService) -> Iterator[tuple[str, str]]:
    for fact in (service.entrypoint, service.command):
        yield from _EXPORT.findall(" ".join(fact.value)) if fact else ()


def value_elsewhere(facts: StackFacts, key: str, name: str) -> str:
    """The text by which most others set a variable, variables of Compose unresolved; '' when they do not agree, or
    when it holds a password."""
    entries = [e for service in built(facts, key) for e in service.environment if _is_usable(e, name)]
    texts = Counter(entry.raw for entry in entries)
    return texts.most_common(1)[0][0] if len(texts) == 1 else ""


def _is_usable(entry: EnvEntry, name: str) -> bool:
    return entry.name == name and entry.value is not None and not entry.file and not _CREDENTIALS.search(entry.raw)
