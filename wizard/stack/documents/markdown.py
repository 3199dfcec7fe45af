"""Markdown documents: sections, tables and the commands they tell people to run."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from wizard.syntax.markdown import parse
from wizard.syntax.markdown_values import Heading, MarkdownDocument
from wizard.values.facts.documents import DocumentFacts, Section
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Fact, Source

_INLINE = lazy_pattern(r"(?<!`)(`+)(?!`)([^\n]+?)(?<!`)\1(?!`)")
_PROMPT = lazy_pattern(r"^\s*(?:\$|>|#(?=\s*(?:docker|curl|sudo)\b))\s+")


def read_document(text: str, path: str) -> DocumentFacts:
    """Returns the facts of a Markdown text. Every text is Markdown: nothing is raised."""
    return document_facts(parse(text), path)


def document_facts(document: MarkdownDocument, path: str) -> DocumentFacts:
    """Returns the facts of a parsed document."""
    commands = tuple(commands_of(document, path))
    starts = [fact.source.line for fact in commands]
    sections = tuple(_section(document, heading, path, commands, starts) for heading in document.headings)
    tables = tuple(
        (
            table.header.texts,
            tuple((row.texts, Source(path, row.line)) for row in table.rows),
            Source(path, table.header.line),
        )
        for table in document.tables
    )
    return DocumentFacts(path, sections, tables, document.text)


def _section(
    document: MarkdownDocument, heading: Heading, path: str, commands: tuple[Fact[str], ...], starts: list[int]
) -> Section:
    end = document.section_end(heading)
    body = document.text[heading.end : end].lstrip("\r\n")
    last = heading.line + document.text.count("\n", heading.start, end) - document.text.endswith("\n", 0, end)
    inside = commands[bisect_right(starts, heading.end_line) : bisect_right(starts, last)]
    return Section(heading.title, heading.level, body, Source(path, heading.line), max(last, heading.end_line), inside)


def commands_of(document: MarkdownDocument, path: str) -> Iterator[Fact[str]]:
    """Yields lines of code blocks (comments left out, continued lines joined) and inline code, in line order."""
    fenced: dict[int, str] = {}
    inside: set[int] = set()
    for fence in document.fences:
        inside.update(range(fence.line, fence.end_line + 1))
        for number, command in _code_lines(fence.body):
            fenced[fence.line + number] = command
    for first, body in indented_code(document, inside):
        inside.update(range(first, first + body.count("\n") + 1))
        for number, command in _code_lines(body):
            fenced[first + number - 1] = command
    for line in document.lines:
        if line.number in fenced:
            yield Fact(fenced[line.number], Source(path, line.number))
        elif line.number not in inside and "`" in line.text:
            for match in _INLINE.finditer(line.text):
                yield Fact(match[2].strip(), Source(path, line.number))


def indented_code(document: MarkdownDocument, fenced: set[int]) -> Iterator[tuple[int, str]]:
    """Yields indented code as (first line, text): four spaces or a tab after a blank line or a heading, outside
    lists.
    """
    block: list[str] = []
    first, blank, in_list = 0, True, False
    items = {item.line for item in document.items}
    headings = {heading.end_line for heading in document.headings}
    for line in document.lines:
        text = line.text
        code = text.startswith(("    ", "\t")) and line.number not in fenced and not in_list and (blank or bool(block))
        if code and text.strip():
            first = first if block else line.number
            block.append(text)
        elif block:
            yield first, "\n".join(block)
            block = []
        if line.number in items:
            in_list = True
        elif text.strip() and not text.startswith((" ", "\t")):
            in_list = False
        blank = not text.strip() or line.number in headings
    if block:
        yield first, "\n".join(block)


def _code_lines(body: str) -> Iterator[tuple[int, str]]:
    """(line within the block from 1, command)."""
    pending, first = "", 0
    for number, raw in enumerate(body.split("\n"), 1):
        line = _PROMPT.sub("", raw.rstrip("\r")).strip()
        first = first if pending else number
        if line.endswith("\\") and not line.endswith("\\\\"):
            pending += line[:-1].strip() + " "
            continue
        if (pending or line) and not (pending + line).startswith("#"):
            yield first, (pending + line).strip()
        pending = ""
