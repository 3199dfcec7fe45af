"""Variables of Compose: `${VAR}` interpolation and `.env` files.

Rules: https://github.com/compose-spec/compose-spec/blob/main/12-interpolation.md. Only the stack's own `.env` is
consulted, never the shell of the person who runs the wizard, so that everybody reads the same facts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from wizard.values.pattern import lazy_pattern

_NAME = lazy_pattern(r"[A-Za-z_]\w*")
_LINE = lazy_pattern(r"\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*(?:[=:]\s*(.*))?$", re.DOTALL)
_DEPTH = 20


class EnvLine(NamedTuple):
    """One assignment of an env file. `value` None: the name stands alone. `raw`: as written, without the quotes."""

    name: str
    value: str | None
    raw: str
    line: int


def interpolate(text: str, env: Mapping[str, str]) -> str:
    """`text` with its variables replaced.

    `${VAR}` and `$VAR` unset give nothing, `:-` `-` the default, `:+` `+` the alternative, `:?` `?` nothing (Compose
    would refuse to start, which is not a fault of the file). `$$` is a dollar sign. Malformed expressions stay.
    """
    return _interpolate(text, env, _DEPTH) if "$" in text else text


def _interpolate(text: str, env: Mapping[str, str], depth: int) -> str:
    out: list[str] = []
    position = 0
    while (dollar := text.find("$", position)) >= 0:
        out.append(text[position:dollar])
        value, position = _expression(text, dollar, env, depth)
        out.append(value)
    out.append(text[position:])
    return "".join(out)


def _expression(text: str, dollar: int, env: Mapping[str, str], depth: int) -> tuple[str, int]:
    """The value of the expression that begins at `dollar`, and the offset after it."""
    following = text[dollar + 1 : dollar + 2]
    if following == "$":
        return "$", dollar + 2
    if following == "{":
        end = _closing(text, dollar + 2)
        if end > 0 and depth > 0:
            return _braced(text[dollar + 2 : end], env, depth), end + 1
    elif name := _NAME.match(text, dollar + 1):
        return env.get(name[0], ""), name.end()
    return "$", dollar + 1


def _closing(text: str, start: int) -> int:
    level = 1
    position = start
    while position < len(text):
        if text.startswith("${", position):
            level += 1
            position += 2
            continue
        if text[position] == "}":
            level -= 1
            if not level:
                return position
        position += 1
    return -1


def _braced(inner: str, env: Mapping[str, str], depth: int) -> str:
    name = _NAME.match(inner)
    if not name:
        return "${" + inner + "}"
    known = env.get(name[0])
    rest = inner[name.end() :]
    operator = rest[:2] if rest[:1] == ":" else rest[:1]
    argument = rest[len(operator) :]
    present = known if (known or (known is not None and not operator.startswith(":"))) else None
    if operator in ("-", ":-"):
        return present if present is not None else _interpolate(argument, env, depth - 1)
    if operator in ("+", ":+"):
        return _interpolate(argument, env, depth - 1) if present is not None else ""
    return known or ""


def env_lines(text: str, known: Mapping[str, str] | None = None) -> tuple[EnvLine, ...]:
    """The assignments of an env file, in order. Double-quoted and bare values see the names above them and `known`."""
    env = dict(known or {})
    found: list[EnvLine] = []
    lines = text.removeprefix("\ufeff").split("\n")
    index = 0
    while index < len(lines):
        number = index + 1
        line = lines[index].rstrip("\r")
        index += 1
        if not line.strip() or line.lstrip().startswith("#") or not (match := _LINE.match(line)):
            continue
        if match[2] is None:
            found.append(EnvLine(match[1], None, "", number))
            continue
        quote = match[2][:1]
        while quote in ("'", '"') and quote not in match[2][1:] and index < len(lines) and index - number < 50:
            line += "\n" + lines[index].rstrip("\r")
            index += 1
            match = _LINE.match(line) or match
        raw, literal = _unquote(match[2])
        value = raw if literal else interpolate(raw, env)
        env[match[1]] = value
        found.append(EnvLine(match[1], value, raw, number))
    return tuple(found)


def _unquote(text: str) -> tuple[str, bool]:
    """The value without quotes and trailing comment, and whether it is literal (single quotes)."""
    quote = text[:1]
    if quote in ("'", '"') and (end := text.find(quote, 1)) > 0:
        return text[1:end], quote == "'"
    return re.split(r"\s#", " " + text, maxsplit=1)[0].strip(), False
