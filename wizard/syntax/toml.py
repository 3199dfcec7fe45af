"""TOML with offsets, as far as an array of strings in `pyproject.toml` needs it: tomllib reads, a scan of the text
finds the place."""

from __future__ import annotations

import re

from wizard.syntax.trouble import SyntaxTrouble, line_finder
from wizard.values.lean import dataclass
from wizard.values.pattern import lazy_pattern

_STRING = r"\"\"\"(?:\\.|[^\\])*?\"\"\"|'''.*?'''|\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*'"
_TOKEN = lazy_pattern(
    rf"(?P<string>{_STRING})|(?P<comment>#[^\n]*)|(?P<open>[\[{{])|(?P<close>[\]}}])|(?P<comma>,)", re.DOTALL
)
_LINE_ERROR = lazy_pattern(r"\(at line (\d+)")


@dataclass(frozen=True, slots=True)
class Element:
    """A string in an array: `source` with its quotes, its offset and line."""

    source: str
    start: int
    end: int
    line: int


@dataclass(frozen=True, slots=True)
class ArraySpan:
    """An array: offsets of its brackets (`end` behind the closing one), its string elements, whether a comma ends the
    last one."""

    start: int
    end: int
    line: int
    elements: tuple[Element, ...]
    trailing_comma: bool


def load(text: str) -> dict[str, object]:
    """Returns the data, a BOM allowed. Raises `SyntaxTrouble`."""
    import tomllib

    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        line = _LINE_ERROR.search(str(error))
        raise SyntaxTrouble(str(error).split(" (at ")[0], int(line[1]) if line else 0) from error


def table_span(text: str, name: str) -> tuple[int, int, int] | None:
    """Returns (start of the header, start of the body, end of the body) of `[name]`; the body ends before the next
    header.
    """
    start = body = -1
    at, depth = 0, 0
    for line_start, line in _logical_lines(text):
        if line.lstrip().startswith("[") and not depth:
            if body >= 0:
                return start, body, line_start
            match = re.match(r"\s*\[\s*([^\[\]]+?)\s*\]", line)
            if match and [part.strip().strip("\"'") for part in match[1].split(".")] == name.split("."):
                start, body = line_start, line_start + len(line)
        at = line_start + len(line)
    return (start, body, at) if body >= 0 else None


def find_array(text: str, table: str, key: str) -> ArraySpan | None:
    """Returns the array `key = […]` in `[table]`, None when it is not written that way. The text must be valid TOML."""
    span = table_span(text, table)
    if span is None:
        return None
    for start, line in _logical_lines(text):
        match = re.match(rf"[ \t]*[\"']?{re.escape(key)}[\"']?[ \t]*=[ \t]*\[", line)
        if match and span[1] <= start < span[2]:
            return _array(text, start + match.end() - 1)
    return None


def _logical_lines(text: str) -> list[tuple[int, str]]:
    """Lines with their line break; a value that spans several physical lines is one."""
    lines: list[tuple[int, str]] = []
    start = at = 1 if text.startswith("\ufeff") else 0
    depth = 0
    head = True
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token:
            kind = token.lastgroup
            if not head:
                depth += (kind == "open") - (kind == "close")
            at = token.end()
            continue
        char = text[at]
        at += 1
        if char == "=":
            head = False
        elif char == "\n" and not depth:
            lines.append((start, text[start:at]))
            start, head = at, True
    if start < len(text):
        lines.append((start, text[start:]))
    return lines


def _array(text: str, start: int) -> ArraySpan:
    elements: list[Element] = []
    line = line_finder(text)
    depth, comma, at = 0, False, start
    while True:
        token = _TOKEN.search(text, at)
        if token is None:
            raise SyntaxTrouble("an array is not closed", line(start))
        kind, at = token.lastgroup, token.end()
        depth += (kind == "open") - (kind == "close")
        if kind == "string":
            comma = False
            elements.append(Element(token[0], token.start(), at, line(token.start())))
        elif kind == "comma":
            comma = True
        if not depth:
            return ArraySpan(start, at, line(start), tuple(elements), comma)
