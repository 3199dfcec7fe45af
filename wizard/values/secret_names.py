"""Which names of environment variables mean a secret: one table for reader and audit."""

from __future__ import annotations

from wizard.values.pattern import lazy_pattern

_SECRET = lazy_pattern(
    r"(^|_)(PASSWORD|PASSWD|PASSPHRASE|PWD|SECRET|TOKEN|API_?KEY|APIKEY|PRIVATE_?KEY|ACCESS_?KEY|CREDENTIALS?|DSN_PASSWORD)($|_)"
)
_NOT_SECRET = lazy_pattern(
    r"_(FILE|PATH|DIR|TTL|TIMEOUT|SECONDS|MINUTES|HOURS|DAYS|EXPIRES?|EXPIRY|ALGORITHM|NAME|ENABLED|LIMIT|COUNT|LENGTH"
    r"|SIZE|URL|HOST|PORT|ID|TYPE|ADDRESS|USER)$"
)
_NUMBERS = frozenset({"int", "float", "bool"})


def is_secret(name: str, type_: str = "str") -> bool:
    """True when a variable is named like a secret; one read as a number is none."""
    upper = name.upper()
    return type_ not in _NUMBERS and bool(_SECRET.search(upper)) and not _NOT_SECRET.search(upper)
