"""Brings a commented-out service block back to life: the comment signs go, and nothing else of the file changes."""

from __future__ import annotations

import re

from wizard.plan.splice.text import Cut, SpliceRefused, apply, next_line
from wizard.plan.splice.yaml import YamlEdit
from wizard.plan.splice.yaml_proof import prove
from wizard.syntax.yaml import YamlDocument, get
from wizard.values.facts.compose import ComposeService

_COMMENTED = re.compile(r"([ \t]*)#( ?)(.*)", re.DOTALL)


def revive(document: YamlDocument, block: ComposeService) -> YamlEdit:
    """Takes the comment signs of one block away. Raises `SpliceRefused`: it would not stand among the services."""
    text, first = document.text, block.declared[-1].line
    start = _offset(text, first)
    end = _offset(text, (block.end_line or first) + 1)
    services = get(document.root, "services")
    if services is None or services.kind != "mapping" or services.style != "block" or not services.pairs:
        raise SpliceRefused("there is no service beside it whose indentation it could have", line=first)
    wanted = _column(text, services.pairs[0][0].start)
    lines = text[start:end].splitlines(keepends=True)
    splice = apply(text, [Cut(start, end, "".join(_living(lines, wanted, first)))])
    after = prove(document, splice, (), "")
    if get(get(after.root, "services"), block.key) is None:
        raise SpliceRefused("it would not be one of the services", line=first)
    return YamlEdit(after, splice)


def _living(lines: list[str], wanted: int, first: int) -> list[str]:
    """The lines without their sign: `# x` or `#x` becomes `x`, or the sign a blank, whichever puts the key in line."""
    matches = [_COMMENTED.fullmatch(line) for line in lines]
    if not all(match or not line.strip() for match, line in zip(matches, lines, strict=True)) or matches[0] is None:
        raise SpliceRefused("lines that are no comment stand in it", line=first)
    for form in (r"\1\3", r"\1\2\3", r"\1 \2\3"):
        living = [match.expand(form) if match else line for match, line in zip(matches, lines, strict=True)]
        if len(living[0]) - len(living[0].lstrip(" ")) == wanted:
            return [line if line.strip() else line.lstrip(" ") for line in living]
    raise SpliceRefused("its key would not stand in line with the other services", line=first)


def _offset(text: str, line: int) -> int:
    at = 0
    for _ in range(line - 1):
        at = next_line(text, at)
    return at


def _column(text: str, at: int) -> int:
    return at - (text.rfind("\n", 0, at) + 1)
