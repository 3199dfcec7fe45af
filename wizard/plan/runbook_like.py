"""A runbook section in the manner of its siblings: the most complete one with names and ports exchanged."""

from __future__ import annotations

import re
from collections.abc import Callable

from wizard.plan.context import PlanContext
from wizard.values.doc_facts import Section
from wizard.values.facts import ServiceFacts
from wizard.values.topics import TOPICS

LONGEST_SECTION, LONGEST_PROSE = 60, 110
_OTHER_FACTS = re.compile(r"[A-Za-z_]\w*://|\bpsql\b|\bpg_|\.sql\b|redis-cli")


def like_siblings(
    ctx: PlanContext, text: str, siblings: list[tuple[Section, ServiceFacts]], heading: str, renamed: Callable[..., str]
) -> str:
    """The section, '' when no sibling can be its model: one that tells all five topics, briefly, with nothing of the
    sibling's own in it. `renamed(line, name)`: a line with another service's name exchanged for this one's."""
    for section, sibling in reversed(siblings):
        lines = _lines(text, section)
        if not _is_model(lines):
            continue
        made = [_swapped(ctx, line, sibling, renamed) for line in lines[_heading_size(lines) :]]
        body = "\n".join(made).strip("\n")
        if not _mentions(body, sibling):
            return f"### {heading}\n\n{body}\n"
    return ""


def _lines(text: str, section: Section) -> list[str]:
    lines = text.replace("\r\n", "\n").split("\n")[section.source.line - 1 : section.end_line]
    while lines and (not lines[-1].strip() or re.fullmatch(r"\s*([-*_]\s*){3,}", lines[-1])):
        lines.pop()
    return lines


def _heading_size(lines: list[str]) -> int:
    return 2 if len(lines) > 1 and re.fullmatch(r"\s*(=+|-+)\s*", lines[1]) else 1


def _is_model(lines: list[str]) -> bool:
    text = "\n".join(lines)
    told = all(pattern.search(text) for pattern in TOPICS.values())
    short = len(lines) <= LONGEST_SECTION and not any(
        len(line) > LONGEST_PROSE and "`" not in line for line in _prose(lines)
    )
    return told and short and not _OTHER_FACTS.search(re.sub(r"https?://(?:localhost|127\.0\.0\.1)", "", text))


def _prose(lines: list[str]) -> list[str]:
    """The lines outside fences and indented code."""
    found, fenced = [], False
    for line in lines:
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        elif not fenced and not line.startswith(("    ", "\t")):
            found.append(line)
    return found


def _swapped(ctx: PlanContext, line: str, sibling: ServiceFacts, renamed: Callable[..., str]) -> str:
    """A line of the sibling's section for this service."""
    block = sibling.compose
    for port in {p.published for p in block.ports if p.published} if block else ():
        line = re.sub(rf"(?<![\w.]){port}(?![\w.])", str(ctx.spec.port), line)
    if block and block.container_name:
        line = re.sub(rf"(?<![\w-]){re.escape(block.container_name.value)}(?![\w-])", _container(ctx), line)
    if block:
        line = re.sub(rf"(?<![\w-]){re.escape(block.key)}(?![\w-])", ctx.key, line)
    return renamed(line, sibling.name)


def _container(ctx: PlanContext) -> str:
    block = ctx.service.compose if ctx.service else None
    if block is not None:
        return block.container_name.value if block.container_name else block.key
    return ctx.shape.container_name or ctx.key


def _mentions(body: str, sibling: ServiceFacts) -> bool:
    words = r"[ _-]?".join(re.escape(word) for word in sibling.name.split("_"))
    return bool(re.search(rf"(?<![A-Za-z0-9]){words}(?![A-Za-z0-9])", body, re.IGNORECASE))
