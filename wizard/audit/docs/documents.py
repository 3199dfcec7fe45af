"""What documents say about a service, found by place and content so that the language does not matter."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.values.facts.documents import DocumentFacts, Section
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Fact, Source

_ENDPOINT = lazy_pattern(r"\b(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\b[`*\s|]+(/[\w/<>{}:.\-]*)")
_PATH_CELL = lazy_pattern(r"`?(?:(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\s+)?(/[\w/<>{}:.\-]*)`?\Z")
_METHOD = lazy_pattern(r"\b(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\b")
_PARAMETER = lazy_pattern(r"<[^>]*>|\{[^}]*\}|:[A-Za-z_]\w*")
_TROUBLE = lazy_pattern(
    r"(?i)troubl|fehler|problem|störung|stoerung|dépann|depann|résolution|panne|solución|soluci|avería|risoluzion|guasti"
    r"|storing|felsök|неисправност|устранени|проблем|トラブル|故障|faq"
    r"|known issues|when (?:something|it|things) (?:goes|go|fails)|what if|debug|diagnos"
)
_BULLET = lazy_pattern(r"^(?:[-*+]|\d+[.)])\s+")


def lines_of(document: DocumentFacts, first: int = 1, last: int = 0) -> Iterator[tuple[int, str]]:
    """Yields the document's lines with their numbers, `first` to `last` (0: to the end)."""
    lines = document.text.split("\n")
    yield from enumerate(lines[first - 1 : last or len(lines)], first)


def find(document: DocumentFacts, text: str) -> Source | None:
    """Returns the first line that has `text` as a whole word."""
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
    """Returns a route with its parameters made equal: `/orders/<int:id>` and `/orders/{id}` are one."""
    return _PARAMETER.sub("{}", path).rstrip("/") or "/"


def documented_routes(document: DocumentFacts) -> tuple[list[Fact[str]], list[Fact[str]]]:
    """Returns (all documented paths, those that stand in an endpoint table: the promises that can vanish)."""
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
    """Returns the troubleshooting section: by its heading, else one with symptoms and commands that look around."""
    named = [s for s in document.sections if _TROUBLE.search(s.title) and s.level > 1]
    if named:
        return named[0]
    return next((s for s in document.sections if s.level > 1 and _diagnostic(s)), None)


def _diagnostic(section: Section) -> bool:
    tools = ("logs", "redis-cli", "psql", "pg_isready", "ss -", "curl", "inspect", "lsof")
    seen = {tool for fact in section.commands for tool in tools if tool in fact.value}
    return len(seen) >= 3 and len(list(symptoms(section))) >= 2


def symptoms(section: Section) -> Iterator[tuple[str, int, bool]]:
    """Yields (symptom, line in the body from 1, has a command) of each sub-heading, table row or bullet."""
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
    """Returns True when a text has something to type: a fenced block, indented code, or inline code of two words."""
    return "```" in text or "~~~" in text or bool(re.search(r"`[^`\s]+\s[^`]+`", text)) or "\n    $" in text
