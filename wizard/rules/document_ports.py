"""Answers which ports the text of a document names, and how plainly it means the service's own."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from wizard.values.facts.documents import DocumentFacts
from wizard.values.lean import dataclass
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Source

_ADDRESS = lazy_pattern(r"(?:localhost|127\.0\.0\.1|0\.0\.0\.0)[:/](\d{4,5})(?!\d)(/[\w/-]*)?")
_PORT_WORD = lazy_pattern(
    r"(?i)\b(?:port|puerto|porta|porto|порт|ポート|端口)s?\b[^\n\d]{0,24}?(?<![\d.])(\d{4,5})(?!\d|\.\d)"
)
_PORT_CELL = lazy_pattern(r"(?i)\|\s*\**`?(?:port|host port|puerto|порт)`?\**\s*\|\s*`?(\d{4,5})`?\s*\|")
_MAPPING = lazy_pattern(r"(?<!\d)(\d{4,5}):(\d{4,5})(?!\d)")
_DIGITS = lazy_pattern(r"\d{4}")
_WORD = lazy_pattern(r"[a-z0-9]+(?:[_-][a-z0-9]+)*")
# A variable that holds the address of something else: what stands in its line is that one's port.
_ADDRESS_VARIABLE = lazy_pattern(
    r"\b[A-Z][A-Z0-9_]*_(?:URL|URI|DSN|ENDPOINT|HOST|ADDR|ADDRESS|SERVER|SERVERS|BROKERS?)\b"
)
_PROBED = lazy_pattern(r"health|ready|alive", re.IGNORECASE)
# The usual ports of servers that documents name beside a service's own.
SERVERS = frozenset({6379, 6380, 5432, 5433, 3306, 27017, 9090, 3000, 3100, 9093, 9100})
_SERVER_WORDS = frozenset(
    {"redis", "valkey", "postgres", "postgresql", "mysql", "kafka", "rabbitmq", "grafana", "prometheus", "collector"}
    | {"nginx", "traefik", "gateway", "proxy", "jaeger", "otel", "frontend", "metrics", "debugger", "debugpy", "admin"}
)


@dataclass(frozen=True, slots=True)
class DocumentedPort:
    """A port that a line names. `plain`: as the service's own (`port 8005`, `8005:8005`, `localhost:8005/health`); else
    it is an address that may be anybody's."""

    port: int
    source: Source
    plain: bool


def documented_ports(
    document: DocumentFacts, others: Collection[str] = (), first: int = 1, last: int = 0
) -> tuple[DocumentedPort, ...]:
    """Returns the ports that lines `first` to `last` (0: to the end) name, each once a line.

    `others`: names of the stack's other services. A line that names one, or a server, or a variable with an address,
    says nothing plainly.
    """
    found: dict[tuple[int, int], DocumentedPort] = {}
    names = (_SERVER_WORDS | set(others)) - set(_WORD.findall(document.path.lower()))
    for number, line in _with_digits(document, first, last):
        foreign = _is_foreign(line, names)
        for port, plain in _in_line(line):
            if port not in SERVERS and 1024 <= port <= 65535:
                known = found.get((port, number))
                is_plain = (plain and not foreign) or (known is not None and known.plain)
                found[port, number] = DocumentedPort(port, Source(document.path, number), is_plain)
    return tuple(found.values())


def _in_line(line: str) -> Iterator[tuple[int, bool]]:
    for match in _ADDRESS.finditer(line):
        yield int(match[1]), bool(match[2] and _PROBED.search(match[2]))
    for pattern in (_PORT_WORD, _PORT_CELL, _MAPPING):
        for match in pattern.finditer(line):
            yield from ((int(port), True) for port in match.groups())


def _is_foreign(line: str, names: Collection[str]) -> bool:
    return bool(_ADDRESS_VARIABLE.search(line)) or any(word in names for word in _WORD.findall(line.lower()))


def _with_digits(document: DocumentFacts, first: int, last: int) -> Iterator[tuple[int, str]]:
    """The lines that have a number of four digits: few, so the text is searched as a whole."""
    text = document.text
    if first > 1 or last:
        text = "\n".join(text.split("\n")[first - 1 : last or None])
    number, end = first, -1
    for match in _DIGITS.finditer(text):
        if match.start() < end:
            continue
        start = text.rfind("\n", 0, match.start()) + 1
        number += text.count("\n", max(end, 0), start)
        newline = text.find("\n", start)
        end = len(text) if newline < 0 else newline
        yield number, text[start:end]
