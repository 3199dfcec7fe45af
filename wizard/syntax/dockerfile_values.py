"""Reads values of Dockerfile instructions: `ENV`/`ARG`/`LABEL` pairs, and variables put in within bounds.

https://docs.docker.com/reference/dockerfile/#environment-replacement
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from wizard.values.pattern import lazy_pattern

LONGEST = 65_536
"""Characters that variables may add to one text: more than any image's configuration, far less than a machine has."""
DEEPEST = 40
"""`${A:-${B:-…}}` inside each other: people write two or three."""
_PAIR = lazy_pattern(r"([^\s=\"']+)(?:=((?:\"(?:\\.|[^\"\\])*\"|'[^']*'|\\.|[^\s\"'\\])*))?(?:\s+|\Z)", re.DOTALL)
_NAME = lazy_pattern(r"[A-Za-z_][A-Za-z0-9_]*")
_QUOTED = lazy_pattern(r"\\.|\"((?:\\.|[^\"\\])*)\"|'([^']*)'", re.DOTALL)
_PLAIN = lazy_pattern(r"[^$\\`}]+")
_SIGN = lazy_pattern(r":?[-+]")


class TooLargeError(ValueError):
    """Variables that stand in each other make a text larger or deeper than the bounds allow."""


def key_values(
    value: str, *, bare: bool = False, values: Mapping[str, str] | None = None, escape: str = "\\"
) -> tuple[tuple[str, str | None], ...]:
    """Returns the pairs of an ENV, ARG or LABEL value, quotes taken off.

    `bare`: names without a value are allowed (ARG), their value is None; else `NAME some value` is the old form of ENV:
    one pair. `values`: variables to put in, except between single quotes; None leaves every `$` as it is.
    """
    text = value.strip()
    head = re.match(r"([^\s=]+)\s+(\S.*)\Z", text, re.DOTALL)
    if head and not bare:
        return ((head[1], _unquoted(head[2], values, escape)),)
    found = _PAIR.finditer(text)
    return tuple((m[1], None if m[2] is None else _unquoted(m[2], values, escape)) for m in found)


def _unquoted(text: str, values: Mapping[str, str] | None, escape: str) -> str:
    """The text without its quotes; an escaped dollar sign and what stands in single quotes are not looked into."""
    out: list[str] = []
    at = 0

    def filled(piece: str) -> str:
        return piece if values is None else substitute(piece, values, escape)

    for match in _QUOTED.finditer(text):
        out.append(filled(text[at : match.start()]))
        if match[1] is not None:
            out.append(_unescaped(filled(match[1]) if values is not None else match[1].replace("\\$", "$")))
        else:
            out.append(match[2] if match[2] is not None else match[0][1:])
        at = match.end()
    out.append(filled(text[at:]))
    return "".join(out)


def _unescaped(text: str) -> str:
    return re.sub(r"\\([\"\\])", r"\1", text)


def substitute(text: str, values: Mapping[str, str], escape: str = "\\", *, keep: bool = False) -> str:
    """Returns `text` with `$NAME`, `${NAME}`, `${NAME:-word}`, `${NAME-word}`, `${NAME:+word}`, `${NAME+word}` put in.

    Names without a value become empty, as in Docker; with `keep` they stay as written, because somebody else (the
    base image, a `--build-arg`) may set them. Other `${…}` forms stay as written; an escaped `$` is a dollar sign.
    Raises `TooLargeError`: values that double each other would need gigabytes.
    """
    if "$" not in text:
        return text
    return _Expansion(text, values, escape, keep).run("", 0)


class _Expansion:
    """One pass over one text: each character is looked at once, however deep the braces are."""

    def __init__(self, text: str, values: Mapping[str, str], escape: str, keep: bool) -> None:
        self.text = text
        self.values = values
        self.escape = escape
        self.keep = keep
        self.at = 0
        self.room = LONGEST

    def run(self, stop: str, depth: int) -> str:
        """Returns the text up to `stop` (which is left unread) or to the end."""
        if depth > DEEPEST:
            raise TooLargeError(f"variables are nested deeper than {DEEPEST} times")
        out: list[str] = []
        text = self.text
        while self.at < len(text) and text[self.at] != stop:
            plain = _PLAIN.match(text, self.at)
            if plain:
                out.append(plain[0])
                self.at = plain.end()
            elif text[self.at] == self.escape and text[self.at + 1 : self.at + 2] == "$":
                out.append("$")
                self.at += 2
            elif text[self.at] == "$":
                out.append(self._variable(depth))
            else:
                out.append(text[self.at])
                self.at += 1
        return "".join(out)

    def _variable(self, depth: int) -> str:
        """What stands for the `$…` here, which is read."""
        start = self.at
        braced = self.text[start + 1 : start + 2] == "{"
        name = _NAME.match(self.text, start + 1 + braced)
        if name is None:
            self.at += 1
            return "$"
        self.at = name.end()
        if not braced:
            return self._value(name[0], start)
        sign = _SIGN.match(self.text, self.at)
        self.at = sign.end() if sign else self.at
        word = self.run("}", depth + 1)
        if self.at >= len(self.text):
            return self.text[start:]
        self.at += 1
        if sign is None:
            return self.text[start : self.at] if word else self._value(name[0], start)
        return self._chosen(name[0], sign[0], word)

    def _value(self, name: str, start: int) -> str:
        value = self.values.get(name, "")
        if not value and self.keep:
            return self.text[start : self.at]
        return self._bounded(value)

    def _chosen(self, name: str, sign: str, word: str) -> str:
        """What `${NAME<sign>word}` is: the value, the word, or nothing."""
        value = self.values.get(name)
        there = bool(value) if sign.startswith(":") else value is not None
        if sign.endswith("-"):
            return self._bounded(value or "") if there else word
        return word if there else ""

    def _bounded(self, value: str) -> str:
        self.room -= len(value)
        if self.room < 0:
            raise TooLargeError(f"variables make a value of more than {LONGEST:,} characters")
        return value
