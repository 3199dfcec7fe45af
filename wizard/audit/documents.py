"""What documents say about a service, found by place and content so that the language does not matter."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.values.doc_facts import DocumentFacts, Section
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Fact, Source

_ADDRESS = lazy_pattern(r"(?:localhost|127\.0\.0\.1|0\.0\.0\.0)[:/](\d{4,5})(?!\d)(/[\w/-]*)?")
_PORT_WORD = lazy_pattern(
    r"(?i)\b(?:port|puerto|porta|porto|порт|ポート|端口)s?\b[^\n\d]{0,24}?(?<![\d.])(\d{4,5})(?![\d.])"
)
_PORT_CELL = lazy_pattern(r"(?i)\|\s*\**`?(?:port|host port|puerto|порт)`?\**\s*\|\s*`?(\d{4,5})`?\s*\|")
_DIGITS = lazy_pattern(r"\d{4}")
_MAPPING = lazy_pattern(r"(?<!\d)(\d{4,5}):(\d{4,5})(?!\d)")
_ENDPOINT = lazy_pattern(r"\b(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\b[`*\s|]+(/[\w/<>{}:.\-]*)")
_PATH_CELL = lazy_pattern(r"`?(?:(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\s+)?(/[\w/<>{}:.\-]*)`?\Z")
_METHOD = lazy_pattern(r"\b(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\b")
_PARAMETER = lazy_pattern(r"<[^>]*>|\{[^}]*\}|:[A-Za-z_]\w*")
SERVERS = frozenset({6379, 6380, 5432, 5433, 3306, 27017, 9090, 3000, 3100, 9093, 9100})
_TROUBLE = lazy_pattern(
    r"(?i)troubl|fehler|problem|störung|stoerung|dépann|depann|résolution|panne|solución|soluci|avería|risoluzion|guasti"
    r"|storing|felsök|неисправност|устранени|проблем|トラブル|故障|faq"
    r"|known issues|when (?:something|it|things) (?:goes|go|fails)|what if|debug|diagnos"
)
_BULLET = lazy_pattern(r"^(?:[-*+]|\d+[.)])\s+")


def lines_of(document: DocumentFacts, first: int = 1, last: int = 0) -> Iterator[tuple[int, str]]:
    """The document's lines with their numbers, `first` to `last` (0: to the end)."""
    lines = document.text.split("\n")
    yield from enumerate(lines[first - 1 : last or len(lines)], first)


def documented_ports(document: DocumentFacts, first: int = 1, last: int = 0) -> list[Fact[int]]:
    """Numbers that the text gives as this service's port: in local addresses, after the word port, in `8005:8005`."""
    found: dict[tuple[int, int], Fact[int]] = {}
    for number, line in _with_digits(document, first, last):
        ports = [int(m[1]) for pattern in (_ADDRESS, _PORT_WORD, _PORT_CELL) for m in pattern.finditer(line)]
        ports += [int(port) for m in _MAPPING.finditer(line) for port in m.groups()]
        for port in ports:
            if port not in SERVERS and 1024 <= port <= 65535:
                found[port, number] = Fact(port, Source(document.path, number))
    return list(found.values())


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


def find(document: DocumentFacts, text: str) -> Source | None:
    """The first line that has `text` as a whole word."""
    start = document.text.find(text)
    while start >= 0:
        before = document.text[start - 1 : start]
        after = document.text[start + len(text) : start + len(text) + 1]
        if not (_is_word(before) or _is_word(after)):
            return Source(document.path, document.text.count("\n", 0, start) + 1)
        start = document.text.find(text, start + 1)
    return None


def _is_word(character: str) -> bool:
    return character.isalnum() or character in ("_", "-") if character else False


def plain_path(path: str) -> str:
    """A route with its parameters made equal: `/orders/<int:id>` and `/orders/{id}` are one."""
    return _PARAMETER.sub("{}", path).rstrip("/") or "/"


def documented_routes(document: DocumentFacts) -> tuple[list[Fact[str]], list[Fact[str]]]:
    """(all documented paths, those that stand in an endpoint table: the promises that can vanish)."""
    rows = list(_table_paths(document))
    everywhere = [
        Fact(plain_path(m[2]), Source(document.path, number))
        for number, line in lines_of(document)
        for m in _ENDPOINT.finditer(line)
    ]
    return [*rows, *everywhere], rows


def _table_paths(document: DocumentFacts) -> Iterator[Fact[str]]:
    for _, rows, _ in document.tables:
        for cells, source in rows:
            if any(_METHOD.search(cell) for cell in cells):
                for cell in cells:
                    match = _PATH_CELL.match(cell.strip())
                    if match:
                        yield Fact(plain_path(match[1]), source)


def trouble_section(document: DocumentFacts) -> Section | None:
    """The troubleshooting section: by its heading, else one with symptoms and commands that look around."""
    named = [s for s in document.sections if _TROUBLE.search(s.title) and s.level > 1]
    if named:
        return named[0]
    return next((s for s in document.sections if s.level > 1 and _diagnostic(s)), None)


def _diagnostic(section: Section) -> bool:
    tools = ("logs", "redis-cli", "psql", "pg_isready", "ss -", "curl", "inspect", "lsof")
    seen = {tool for fact in section.commands for tool in tools if tool in fact.value}
    return len(seen) >= 3 and len(list(symptoms(section))) >= 2


def symptoms(section: Section) -> Iterator[tuple[str, int, bool]]:
    """(symptom, line in the body from 1, has a command) of each sub-heading, table row or bullet."""
    lines = section.body.splitlines()
    starts = [i for i, line in enumerate(lines) if re.match(r"#{2,6}\s", line)]
    if not starts:
        starts = [i for i, line in enumerate(lines) if line.startswith("|") and not _rule_or_header(lines, i)]
    if not starts:
        starts = [i for i, line in enumerate(lines) if _BULLET.match(line)]
    table = bool(starts) and lines[starts[0]].startswith("|")
    for position, start in enumerate(starts):
        after = start + 1 if table else (starts[position + 1] if position + 1 < len(starts) else len(lines))
        block = "\n".join(lines[start:after])
        yield lines[start].strip("#|*-+ ").split("|")[0].strip(), start + 1, has_command(block)


def _rule_or_header(lines: list[str], index: int) -> bool:
    is_rule = bool(re.match(r"\|?[\s:|-]+\Z", lines[index]))
    header = index + 1 < len(lines) and bool(re.match(r"\|?[\s:|-]*-[\s:|-]*\Z", lines[index + 1]))
    return is_rule or header


def has_command(text: str) -> bool:
    """True when a text has something to type: a fenced block, indented code, or inline code of two words."""
    return "```" in text or "~~~" in text or bool(re.search(r"`[^`\s]+\s[^`]+`", text)) or "\n    $" in text
