"""Blocks appended to SQL scripts that people wrote, proved by splitting the script again."""

from __future__ import annotations

import re

from wizard.plan.splice.text import Cut, Splice, SpliceRefused, apply, end_cut, in_breaks, line_start, newline_at
from wizard.syntax.sql import Statement, split
from wizard.syntax.trouble import SyntaxTrouble
from wizard.values.pattern import lazy_pattern

_RULE = lazy_pattern(r"--[ \t]*([-=*#~])\1{5,}[ \t]*\Z")


def append_sql(text: str, title: str, statements: str) -> Splice:
    """Appends statements under a heading comment in the file's own comment style; before the final COMMIT when the file
    is one transaction. Refused when the last statement is not closed, and when the file cannot be split.
    """
    paste = f"-- {title}\n{statements.strip()}\n"
    before = _split(text, paste)
    newline = newline_at(text, len(text))
    block = in_breaks(f"{_heading(text, title)}\n{statements.strip()}", newline)
    if before and not before[-1].closed:
        raise SpliceRefused("the last statement of the file has no semicolon", paste, before[-1].line)
    splice = apply(text, [_sql_cut(text, before, block, newline)])
    after = _split(splice.after, paste)
    old = [_essence(s) for s in before]
    fresh = [_essence(s) for s in after if any(start <= s.start < end for start, end in splice.new_spans)]
    rest = [_essence(s) for s in after if not any(start <= s.start < end for start, end in splice.new_spans)]
    if rest != old or fresh != [_essence(s) for s in _split(statements, paste)]:
        raise SpliceRefused("the change would alter another statement", paste, splice.line)
    return splice


def _split(text: str, paste: str) -> tuple[Statement, ...]:
    try:
        return split(text)
    except SyntaxTrouble as trouble:
        raise SpliceRefused(
            f"the file cannot be split into statements: {trouble.message}", paste, trouble.line
        ) from trouble


def _essence(statement: Statement) -> tuple[str, str, bool]:
    return statement.kind, " ".join(statement.bare.split()), statement.closed


def _sql_cut(text: str, statements: tuple[Statement, ...], block: str, newline: str) -> Cut:
    last = statements[-1] if statements else None
    if last is not None and last.kind == "commit" and any(s.kind == "begin" for s in statements):
        at = _above_comments(text, line_start(text, last.start))
        return Cut(at, at, block + newline * 2)
    return end_cut(text, block)


def _above_comments(text: str, at: int) -> int:
    while at > 0:
        above = line_start(text, at - 1)
        if above >= at or not text[above:at].lstrip().startswith("--"):
            return at
        at = above
    return at


def _heading(text: str, title: str) -> str:
    """The heading in the style of the file's last one: ruled above and below, ruled below, a block comment, or one
    line."""
    lines = [line.rstrip("\r") for line in text.split("\n")]
    for number in range(len(lines) - 1, -1, -1):
        line = lines[number]
        name = re.match(r"--[ \t]*([=*#~-]{2,})[ \t]+\S.*?[ \t]+\1[ \t]*\Z", line)
        if name:
            return f"-- {name[1]} {title} {name[1]}"
        if _RULE.match(line) and number >= 2 and _RULE.match(lines[number - 2]) and lines[number - 1].startswith("--"):
            return f"{lines[number - 2].rstrip()}\n-- {title}\n{line.rstrip()}"
        if re.match(r"/\*[^*].*\*/[ \t]*\Z", line):
            return f"/* {title} */"
    return f"-- {title}"
