"""Sections put into Markdown documents that people wrote, in each document's own heading style."""

from __future__ import annotations

from collections import Counter

from wizard.plan.splice.markdown_proof import proved
from wizard.plan.splice.text import Cut, Splice, SpliceRefused, in_breaks, newline_at
from wizard.rules.text import width
from wizard.syntax.markdown import parse
from wizard.syntax.markdown_values import Heading, Line, MarkdownDocument
from wizard.values.pattern import lazy_pattern

_NUMBER = lazy_pattern(r"(?P<number>\d+(?:\.\d+)*)(?P<end>[.):]?)[ \t]+")


def add_section(text: str, section: str, *, after: int = 0, under: int = 0) -> Splice:
    """Inserts a section (its heading first, then its body, LF) behind the section whose heading stands on line `after`,
    or as the last one below the heading on line `under`, or (both 0) at the end of the document.

    Level, heading form (ATX, closed ATX, setext), numbering and `---` between sections follow the siblings; headings
    inside the new section move along. A footer (`---` and a few lines at the very end) stays the end.
    """
    document = parse(text)
    heading = _at(document, after or under)
    if heading is None and (after or under):
        raise SpliceRefused("there is no heading on this line", section, after or under)
    sibling, siblings, level = _family(document, heading, under=bool(under))
    newline = newline_at(text, sibling.start if sibling else len(text))
    ruled = _ruled(document, siblings)
    lines = _styled(section, sibling, siblings, level)
    at = _content_end(document, sibling or heading)
    blank = newline * (1 + _blanks(document, siblings))
    between = f"{blank}---{blank}" if ruled else blank
    body = in_breaks("\n".join(lines), newline)
    if not text[:at].strip("\ufeff\r\n \t"):
        return proved(document, [Cut(at, at, body + newline)], section)
    return proved(document, [Cut(at, at, between + body)], section)


def _at(document: MarkdownDocument, line: int) -> Heading | None:
    return next((h for h in document.headings if h.line <= line <= h.end_line), None) if line else None


def _family(
    document: MarkdownDocument, heading: Heading | None, *, under: bool
) -> tuple[Heading | None, tuple[Heading, ...], int]:
    """The sibling to go behind, all siblings, and the level of the new section."""
    if heading is None:
        tops = [h for h in document.headings if h.level == 2] or [h for h in document.headings if h.level > 1]
        level = tops[0].level if tops else 2
        siblings = tuple(h for h in document.headings if h.level == level)
        return (siblings[-1] if siblings else None), siblings, level
    if under:
        children = document.children(heading)
        return (
            (children[-1] if children else None),
            children,
            children[0].level if children else min(heading.level + 1, 6),
        )
    parents = [h for h in document.headings if h.start < heading.start and h.level < heading.level]
    end = document.section_end(parents[-1]) if parents else len(document.text)
    begin = parents[-1].start if parents else -1
    return (
        heading,
        tuple(h for h in document.headings if begin < h.start < end and h.level == heading.level),
        heading.level,
    )


def _content_end(document: MarkdownDocument, heading: Heading | None) -> int:
    """The end of a section's last line of its own: before trailing blank lines, a trailing `---`, and the document's
    footer."""
    end = document.section_end(heading) if heading else len(document.text)
    start = heading.end if heading else 0
    inside = [line for line in document.lines if start <= line.start < end and line.text.strip()]
    rules = {rule.number for rule in document.rules}
    cut = _footer(document, inside, rules) if end == len(document.text) else None
    kept = [line for line in inside if cut is None or line.number < cut]
    while kept and kept[-1].number in rules:
        kept.pop()
    if kept:
        return max(kept[-1].end, start)
    return start


def _footer(document: MarkdownDocument, inside: list[Line], rules: set[int]) -> int | None:
    """The line of the rule that begins a footer: the last rule, with at most six plain lines behind it."""
    last = next((line.number for line in reversed(inside) if line.number in rules), None)
    if last is None:
        return None
    behind = [line for line in inside if line.number > last]
    blocks = [*(f.line for f in document.fences), *(h.line for h in document.headings)]
    if len(behind) > 6 or any(line > last for line in blocks):
        return None
    return last


def _ruled(document: MarkdownDocument, siblings: tuple[Heading, ...]) -> bool:
    """True when most siblings have a `---` right before the next one."""
    starts = [h.line for h in siblings[1:]]
    rules = [rule.number for rule in document.rules]
    texts = {line.number: line.text for line in document.lines}
    before = [
        any(r < start and not any(texts[n].strip() for n in range(r + 1, start)) for r in rules) for start in starts
    ]
    return sum(before) * 2 > len(before) if before else False


def _blanks(document: MarkdownDocument, siblings: tuple[Heading, ...]) -> int:
    """Blank lines before most siblings, at least one."""
    texts = {line.number: line.text for line in document.lines}
    votes: Counter[int] = Counter()
    for heading in siblings[1:]:
        count, at = 0, heading.line - 1
        while at > 0 and not texts.get(at, "").strip():
            count, at = count + 1, at - 1
        votes[count] += 1
    return max(votes.most_common(1)[0][0], 1) if votes else 1


def _styled(section: str, sibling: Heading | None, siblings: tuple[Heading, ...], level: int) -> list[str]:
    """The section's lines with its headings in the document's form."""
    fresh = parse(section.strip("\n") + "\n")
    if not fresh.headings or fresh.headings[0].line != 1:
        raise SpliceRefused("the section does not begin with a heading", section)
    shift = level - fresh.headings[0].level
    style = Counter(h.style for h in siblings).most_common(1)[0][0] if siblings else "atx"
    closed = bool(siblings) and sum(h.closed for h in siblings) * 2 > len(siblings)
    lines = [line.text for line in fresh.lines]
    for heading in reversed(fresh.headings):
        title = heading.title
        if heading is fresh.headings[0] and sibling is not None:
            title = _numbered(siblings, sibling) + title
        lines[heading.line - 1 : heading.end_line] = _heading(title, min(heading.level + shift, 6), style, closed)
    return lines


def _heading(title: str, level: int, style: str, closed: bool) -> list[str]:
    if style == "setext" and level < 3:
        return [title, ("=" if level == 1 else "-") * max(width(title), 3)]
    return [f"{'#' * level} {title}{' ' + '#' * level if closed else ''}"]


def _numbered(siblings: tuple[Heading, ...], sibling: Heading) -> str:
    """The next number, when the siblings up to here carry one; '' when those behind do too, for they would have to
    move."""
    before = [_NUMBER.match(h.title) for h in siblings if h.start <= sibling.start]
    last = before[-1]
    if last is None or not all(before) or any(_NUMBER.match(h.title) for h in siblings if h.start > sibling.start):
        return ""
    head, dot, tail = last["number"].rpartition(".")
    return f"{head}{dot}{int(tail) + 1}{last['end']} "
