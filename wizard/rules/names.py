"""The rules for names and ports, used by the form while typing and by the headless door alike.

Each function returns the problem as a sentence, or an empty string.
"""

from __future__ import annotations

import keyword
import posixpath
import re
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from wizard.values.pattern import lazy_pattern

if TYPE_CHECKING:
    from wizard.values.facts.stack import StackFacts

PUT_AWAY = (
    r"(?:^|/)(?:[^/]*[._-])?(?:archived?|archives|archive[._-](?:\d|cleanup|old|of)[^/]*|attic|deprecated|obsolete)/"
)
"""A folder whose files were true once: what they say of ports, commands and Compose is no fact of today. A service may
be called `archive-writer`."""
MAX_NAME = 63
LOWEST_PORT = 1024
HIGHEST_PORT = 65535
_NAME = lazy_pattern(r"[a-z][a-z0-9_]*\Z")
_CHANNEL = lazy_pattern(r"[A-Za-z0-9][A-Za-z0-9_.:\-]*\Z")
_PATTERN = lazy_pattern(r"[A-Za-z0-9*?\[][A-Za-z0-9_.:\-*?\[\]^]*\Z")
_DEAD = lazy_pattern(r"(?:.*[._:\-])?(?:dead|dlq|dead[_-]?letters?|poison|rejected)\Z", re.IGNORECASE)
_NUMBER = lazy_pattern(r"-?[0-9]{1,9}\Z")
_VARIABLE = lazy_pattern(r"[A-Z][A-Z0-9_]*\Z")
THIRD_PARTY = frozenset(
    {
        "flask",
        "redis",
        "waitress",
        "pydantic",
        "psycopg",
        "prometheus_client",
        "pydantic_settings",
        "tests",
        "services",
        "templates",
        "wizard",
        "screens",
        "pytest",
        "conftest",
    }
)


def service_name(text: str) -> str:
    """Returns what is wrong with `text` as a service's name (its Python package, compose key and DNS label), or ''."""
    if not text:
        return "a service needs a name"
    if len(text) > MAX_NAME:
        return f"the name has {len(text)} characters; a DNS label holds {MAX_NAME}"
    if not _NAME.match(text):
        return "use lower-case letters, digits and underscores, starting with a letter"
    if keyword.iskeyword(text) or keyword.issoftkeyword(text):
        return f"{text!r} is a Python keyword"
    if text in sys.stdlib_module_names:
        return f"{text!r} is a module of Python's standard library and would hide it"
    if text in THIRD_PARTY:
        return f"{text!r} is a package the service imports and would be hidden"
    return ""


def service_meant(word: str, known: Iterable[tuple[str, str, str]], prefix: str = "") -> str | None:
    """Returns the name of the service that a person means: by its name, its Compose key, or that with the stack's
    prefix before it, its folder, or one of these in another case; None for no service. `known`: (name, Compose key or
    '', folder or '') of each."""
    services = tuple(known)
    typed = posixpath.normpath(word.strip()) if word.strip() else ""
    folders = [folder for _, _, folder in services]
    spelled = {folder: name for name, _, folder in services if folder and folders.count(folder) == 1}
    spelled |= {prefix + name: name for name, _, _ in services}
    spelled |= {key: name for name, key, _ in services if key}
    spelled |= {name: name for name, _, _ in services}
    found = spelled.get(typed)
    alike = {name for spelling, name in spelled.items() if _flat(spelling) == _flat(typed)}
    return found if found is not None else alike.pop() if len(alike) == 1 else None


def service_in(facts: StackFacts, word: str) -> str | None:
    """Returns the name of the service of a stack that a person means, None for none."""
    spellings = ((one.name, one.compose.key if one.compose else "", one.folder) for one in facts.services)
    return service_meant(word, spellings, facts.profile.prefix)


def _flat(text: str) -> str:
    return text.lower().replace("-", "_")


def snake(text: str) -> str:
    """Returns the identifier that `text` is meant for: `price_feed_2` for `Price-Feed 2`; '' when there is none in
    it.
    """
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text)
    name = re.sub(r"[^a-z0-9]+", "_", words.lower()).lstrip("0123456789_")[:MAX_NAME].rstrip("_")
    return "" if identifier(name) else name


def identifier(text: str) -> str:
    """Returns what is wrong with a field, column, table or handler name, or ''."""
    if not text:
        return "a name is missing"
    if len(text) > MAX_NAME:
        return f"{text!r} is longer than {MAX_NAME} characters"
    if not _NAME.match(text):
        return f"{text!r}: use lower-case letters, digits and underscores, starting with a letter"
    return f"{text!r} is a Python keyword" if keyword.iskeyword(text) else ""


def channel(text: str) -> str:
    """Returns what is wrong with a Redis channel name, or ''."""
    if not text:
        return "a channel needs a name"
    return "" if _CHANNEL.match(text) else f"{text!r}: use letters, digits, '_', '-', '.' and ':'"


def pattern(text: str) -> str:
    """Returns what is wrong with a channel name or a pattern of PSUBSCRIBE, as an input may be, or ''."""
    if not text:
        return "a channel needs a name"
    return "" if _PATTERN.match(text) else f"{text!r}: use letters, digits, '_', '-', '.', ':' and '*', '?', '[…]'"


def is_dead_letter(carrier: str) -> bool:
    """Tells whether a channel, stream or list is named for what could not be handled: people read it, no service."""
    return _DEAD.match(carrier) is not None


def variable(text: str) -> str:
    """Returns what is wrong with an environment variable's name, or ''."""
    return "" if _VARIABLE.match(text) else f"{text!r}: use capital letters, digits and underscores"


def port(value: int | str, lowest: int = LOWEST_PORT) -> str:
    """Returns what is wrong with a published port as such (who holds it is the registry's matter), or ''.

    `lowest`: 1 for one that a service publishes already, which may be one of the system's.
    """
    if not _NUMBER.match(str(value)):
        return f"{value!r} is not a number"
    number = int(value)
    if not lowest <= number <= HIGHEST_PORT:
        return f"{number} is outside {lowest} to {HIGHEST_PORT}"
    return ""
