"""Whether the words of a document name a service: `Market Service` is `market`, `WebSocket Service` may be `ws`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from wizard.values.pattern import lazy_pattern

EXACT, WORDS, SHORT, NONE = 3, 2, 1, 0
_FILLER = frozenset(
    {"service", "services", "svc", "server", "the", "app", "application", "api", "microservice", "container", "planned"}
    | {"dienst", "servicio", "servizio", "de", "der", "die", "das", "el", "la", "le"}
)
_ABBREVIATIONS = {
    "db": "database",
    "ws": "websocket",
    "auth": "authentication",
    "config": "configuration",
    "exec": "execution",
    "mgr": "manager",
    "msg": "message",
    "calc": "calculator",
    "svc": "service",
    "gw": "gateway",
    "ui": "frontend",
}
_CAMEL = lazy_pattern(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def fit(owner: str, name: str, prefix: str = "") -> int:
    """Returns how well the words of `owner` name the service `name`: `EXACT`, `WORDS`, `SHORT` or `NONE`.

    `WORDS`: word by word, abbreviations undone. `SHORT`: initials, or a shortened word.
    `prefix`: of compose keys (`cdb_`), which the words may carry.
    """
    said = _words(owner.removeprefix(prefix) if prefix else owner)
    parts = _words(name)
    if not said or not parts:
        return NONE
    if "".join(said) == "".join(parts) or owner.strip("`* ").lower() in (name.lower(), (prefix + name).lower()):
        return EXACT
    if len(said) == len(parts) and all(map(_same, said, parts)):
        return WORDS
    if len(parts) == 1 and _short(owner, said, parts[0]):
        return SHORT
    return NONE


def named(owner: str, names: Iterable[str], prefix: str = "") -> str:
    """Returns the one of `names` that `owner` names best; '' when none fits or two fit equally well."""
    scores = [(fit(owner, name, prefix), name) for name in names]
    best = max((score for score, _ in scores), default=NONE)
    fitting = [name for score, name in scores if score == best]
    return fitting[0] if best and len(fitting) == 1 else ""


def _words(text: str) -> list[str]:
    words = [word for word in re.split(r"[^\w]+|_", text.lower()) if word]
    return [word for word in words if word not in _FILLER] or words


def _same(said: str, part: str) -> bool:
    return said == part or _ABBREVIATIONS.get(part) == said or _ABBREVIATIONS.get(said) == part


def _short(owner: str, said: list[str], part: str) -> bool:
    """Initials (`WebSocket` ws, `Order Book` ob), or one word that shortens the other (`alloc`, `Allocation`)."""
    capitals = [piece[0].lower() for piece in _CAMEL.findall(owner) if piece.lower() not in _FILLER]
    if len(part) > 1 and part in ("".join(capitals), "".join(word[0] for word in said)):
        return True
    if len(said) != 1:
        return False
    short, long = sorted((said[0], part), key=len)
    return 3 <= len(short) <= 5 and len(long) - len(short) >= 3 and long.startswith(short)
