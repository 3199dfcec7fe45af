"""Reads the house style of a stack's Compose files: how most other services name containers, are hardened, export
secrets and set a variable; a new block does the same."""

from __future__ import annotations

from collections import Counter

from wizard.rules.secrets import exported as exports_in
from wizard.rules.secrets import stands_open
from wizard.values.facts.compose import ComposeService, EnvEntry
from wizard.values.facts.stack import StackFacts

HARDENING = frozenset({"init", "read_only", "cap_drop", "security_opt"})


def built(facts: StackFacts, key: str) -> list[ComposeService]:
    """Returns the services that the stack builds itself, without the one of this key."""
    return [service for service in facts.compose.services if service.build is not None and service.key != key]


def container_name(facts: StackFacts, key: str) -> str:
    """Returns the name most of them would give its container: their key behind a common prefix; '' when they set
    none.
    """
    services = built(facts, key)
    prefixes = Counter(
        service.container_name.value.removesuffix(service.key)
        for service in services
        if service.container_name and service.container_name.value.endswith(service.key)
    )
    prefix, count = prefixes.most_common(1)[0] if prefixes else ("", 0)
    return prefix + key if count * 2 > len(services) and "$" not in prefix else ""


def hardened(facts: StackFacts, key: str) -> frozenset[str]:
    """Returns the keys by which most of them are hardened: a program that people wrote gets what its siblings have."""
    services = built(facts, key)
    counts = Counter(name for service in services for name in set(service.keys) & HARDENING)
    return frozenset(name for name, count in counts.items() if count * 2 > len(services))


def exported(facts: StackFacts, key: str) -> dict[str, str]:
    """Returns variable -> compose secret, as entrypoints of the others export them in a shell."""
    facts_of = (fact for service in built(facts, key) for fact in (service.entrypoint, service.command) if fact)
    return {name: secret for fact in facts_of for name, secret in exports_in(" ".join(fact.value)).items()}


def value_elsewhere(facts: StackFacts, key: str, name: str) -> str:
    """Returns the text by which most others set a variable, variables of Compose unresolved; '' when they do not agree,
    or when it holds a password.
    """
    entries = [e for service in built(facts, key) for e in service.environment if _is_usable(e, name)]
    texts = Counter(entry.raw for entry in entries)
    return texts.most_common(1)[0][0] if len(texts) == 1 else ""


def log_level(facts: StackFacts, key: str) -> str:
    """Returns the text by which most others set their log level (`${LOG_LEVEL:-INFO}`), whatever prefix its name has;
    '' when they do not agree, set it without a variable, or to what the wizard's code does not know.
    """
    entries = [e for service in built(facts, key) for e in service.environment if _is_log_level(e)]
    text, count = Counter(entry.raw for entry in entries).most_common(1)[0] if entries else ("", 0)
    return text if count > 1 or count == len(built(facts, key)) else ""


def _is_log_level(entry: EnvEntry) -> bool:
    named = entry.name == "LOG_LEVEL" or entry.name.endswith("_LOG_LEVEL")
    return named and "$" in entry.raw and entry.value in ("DEBUG", "INFO", "WARNING", "ERROR") and not entry.file


def _is_usable(entry: EnvEntry, name: str) -> bool:
    return entry.name == name and entry.value is not None and not entry.file and not stands_open(name, entry.raw)
