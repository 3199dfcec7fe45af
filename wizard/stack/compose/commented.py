"""Service blocks that somebody commented out, read as if they were not.

A block is a commented `name:` inside `services:` followed by deeper commented lines that hold keys only a service has.
"""

from __future__ import annotations

from collections.abc import Iterator

from wizard.stack.compose.draft import Draft
from wizard.stack.compose.place import Place
from wizard.stack.compose.service import read_service
from wizard.syntax.trouble import SyntaxTrouble
from wizard.syntax.yaml import Node, parse
from wizard.syntax.yaml_data import entries
from wizard.values.lean import dataclass, replace
from wizard.values.pattern import lazy_pattern

SERVICE_KEYS = frozenset(
    {
        "image",
        "build",
        "container_name",
        "environment",
        "env_file",
        "ports",
        "depends_on",
        "healthcheck",
        "restart",
        "command",
        "entrypoint",
        "networks",
        "volumes",
        "profiles",
        "extends",
        "expose",
        "user",
        "hostname",
    }
)
_TELLING = frozenset({"image", "build", "extends", "container_name", "command", "entrypoint", "ports"})
_OTHER_KEYS = (
    frozenset({"services", "secrets", "configs", "logging", "deploy", "labels", "x-", "include"}) | SERVICE_KEYS
)
_COMMENT = lazy_pattern(r"([ \t]*)#(.*)$")
_HEAD = lazy_pattern(r"\s*([A-Za-z0-9][\w.-]*)\s*:\s*(?:[&!][\w.-]+\s*)?(?:#.*)?$")
_TRIES = 8


@dataclass(frozen=True, slots=True)
class _Line:
    """A commented line: `text` with its first `#` blanked, `column` of the first character (-1: nothing behind `#`)."""

    number: int
    text: str
    column: int


def commented_services(text: str, place: Place) -> Iterator[Draft]:
    """Yields the commented-out service blocks of a Compose file as drafts, lines as in the file."""
    if "#" not in text:
        return
    lines = text.split("\n")
    first, last = _services_section(lines)
    index = first
    while index < last:
        line = _commented(lines, index)
        head = _HEAD.match(line.text) if line and line.column >= 0 else None
        block = _block(lines, index, last, line) if line and head and head[1] not in _OTHER_KEYS else []
        draft = _draft(block, place) if len(block) > 1 else None
        if draft:
            yield draft
            index = draft.end_line
        else:
            index += 1


def _services_section(lines: list[str]) -> tuple[int, int]:
    """The indexes between the `services:` line and the next top-level key; everything when there is no such line."""
    start = next((i for i, line in enumerate(lines) if line.startswith("services:")), -1)
    for index in range(start + 1, len(lines)):
        if start >= 0 and lines[index][:1] not in ("", " ", "#", "\t", "\r", "-"):
            return start + 1, index
    return start + 1, len(lines)


def _commented(lines: list[str], index: int) -> _Line | None:
    match = _COMMENT.match(lines[index].rstrip("\r"))
    if not match:
        return None
    text = f"{match[1]} {match[2]}"
    stripped = text.lstrip()
    return _Line(index + 1, text, len(text) - len(stripped) if stripped else -1)


def _block(lines: list[str], start: int, last: int, head: _Line) -> list[_Line]:
    """The head and the deeper commented lines after it; blank lines belong to it when such a line follows them."""
    block = [head]
    for index in range(start + 1, last):
        line = _commented(lines, index)
        if line is None and lines[index].strip():
            break
        if line and 0 <= line.column <= head.column:
            break
        block.append(line or _Line(index + 1, "", -1))
    while block and block[-1].column < 0:
        block.pop()
    return block


def _draft(block: list[_Line], place: Place) -> Draft | None:
    """The block as a draft, or None when it is prose or something else than a service."""
    if not any(_key(line) in SERVICE_KEYS for line in block[1:]):
        return None
    here = replace(place, shift=block[0].number - 1, problems=[])
    root = _parsed(list(block))
    if root is None or not root.pairs:
        return None
    key, value = root.pairs[0]
    names = {name for name, _, _ in entries(value)}
    if not names & _TELLING or len(names & SERVICE_KEYS) * 2 < len(names):
        return None
    draft = Draft(key.value, [here.at(key)], end_line=block[-1].number)
    read_service(key.value, value, here, draft)
    draft.problems = here.problems
    return draft


def _key(line: _Line) -> str:
    return line.text.strip().partition(":")[0]


def _parsed(block: list[_Line]) -> Node | None:
    """The YAML of a block; lines that are prose, or name an anchor elsewhere, are blanked until it parses."""
    texts = [line.text[block[0].column :] if line.column >= 0 else "" for line in block]
    for _ in range(_TRIES):
        try:
            return parse("\n".join(texts)).root
        except SyntaxTrouble as trouble:
            if not 1 < trouble.line <= len(texts):
                return None
            texts[trouble.line - 1] = ""
    return None
