"""Values of Dockerfile instructions: `ENV`/`ARG`/`LABEL` pairs and the substitution of variables in them.

https://docs.docker.com/reference/dockerfile/#environment-replacement
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from wizard.values.pattern import lazy_pattern

_PAIR = lazy_pattern(r"([^\s=\"']+)(?:=((?:\"(?:\\.|[^\"\\])*\"|'[^']*'|\\.|[^\s\"'\\])*))?(?:\s+|\Z)", re.DOTALL)
_NAME = lazy_pattern(r"[A-Za-z_][A-Za-z0-9_]*")
_PLAIN = lazy_pattern(r"\\.|\"((?:\\.|[^\"\\])*)\"|'([^']*)'", re.DOTALL)


def key_values(value: str, *, bare: bool = False) -> tuple[tuple[str, str | None], ...]:
    """The pairs of an ENV, ARG or LABEL value, quotes taken off.

    `bare`: names without a value are allowed (ARG), their value is None; else `NAME some value` is the old form of ENV:
    one pair.
    """
    head = re.match(r"([^\s=]+)\s+(\S.*)\Z", value.strip(), re.DOTALL)
    if head and not bare:
        return ((head[1], _unquote(head[2])),)
    return tuple((m[1], None if m[2] is None else _unquote(m[2])) for m in _PAIR.finditer(value.strip()))


def _unquote(text: str) -> str:
    def plain(match: re.Match[str]) -> str:
        if match[1] is not None:
            return re.sub(r"\\([\"\\$])", r"\1", match[1])
        return match[2] if match[2] is not None else match[0][1:]

    return _PLAIN.sub(plain, text)


def substitute(text: str, values: Mapping[str, str], escape: str = "\\") -> str:
    """`text` with `$NAME`, `${NAME}`, `${NAME:-word}`, `${NAME-word}`, `${NAME:+word}` replaced; unset names become
    empty, as Docker does. Other `${…}` forms stay as written; `\\$` is a dollar sign."""
    out: list[str] = []
    at = 0
    while at < len(text):
        char = text[at]
        if char == escape and text[at + 1 : at + 2] == "$":
            out.append("$")
            at += 2
        elif char != "$":
            out.append(char)
            at += 1
        else:
            piece, at = _variable(text, at, values, escape)
            out.append(piece)
    return "".join(out)


def _variable(text: str, at: int, values: Mapping[str, str], escape: str) -> tuple[str, int]:
    """What stands for the `$…` at this offset, and where to go on."""
    if text[at + 1 : at + 2] != "{":
        name = _NAME.match(text, at + 1)
        return (values.get(name[0], ""), name.end()) if name else ("$", at + 1)
    end = _closing(text, at + 2)
    name = _NAME.match(text, at + 2)
    if not name or end < 0:
        return "$", at + 1
    rest = text[name.end() : end]
    value = values.get(name[0])
    if not rest:
        return value or "", end + 1
    sign = next((s for s in (":-", ":+", "-", "+") if rest.startswith(s)), "")
    if not sign:
        return text[at : end + 1], end + 1
    there = bool(value) if sign.startswith(":") else value is not None
    word = rest[len(sign) :]
    if sign.endswith("-"):
        return (value or "") if there else substitute(word, values, escape), end + 1
    return substitute(word, values, escape) if there else "", end + 1


def _closing(text: str, at: int) -> int:
    depth = 1
    for index in range(at, len(text)):
        depth += (text[index] == "{") - (text[index] == "}")
        if not depth:
            return index
    return -1
