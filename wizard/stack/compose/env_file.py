"""Env files as Compose reads them: quotes, escapes, comments, values over several lines, and what it refuses.

Syntax: https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/#env-file-syntax.
What that leaves open is as docker-compose 5 answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from wizard.stack.compose.interpolation import interpolate, malformed
from wizard.values.lean import dataclass
from wizard.values.pattern import lazy_pattern

_LINE = lazy_pattern(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*(?:[=:][ \t]*(.*))?\r?$")
_CLOSED = {'"': lazy_pattern(r'"((?:[^"\\]|\\.)*)"', re.DOTALL), "'": lazy_pattern(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)}
_ESCAPE = lazy_pattern(r"\\(.)", re.DOTALL)
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", '"': '"', "\\": "\\"}
MOST_LINES = 200
"""Lines of one quoted value (a certificate chain): an unclosed quote must not swallow a long file again and again."""
_KEY = lazy_pattern(r"[ \t]*(?:export[ \t]+)?([^\n=:#]*)")
_ODD = lazy_pattern(r"[^\w \t\r.\-\[\]]")
"""What compose-go's dotenv parser refuses in a name (`dotenv/parser.go` in compose-spec/compose-go)."""
LONGEST = 64 * 1024
"""Characters of one value, past which it is not expanded: `A=${B}${B}` over and over doubles each time."""


@dataclass(frozen=True, slots=True)
class EnvLine:
    """One assignment of an env file. `value` None: the name stands alone. `raw`: as written, without the quotes."""

    name: str
    value: str | None
    raw: str
    line: int


def env_lines(text: str, known: Mapping[str, str] | None = None) -> tuple[EnvLine, ...]:
    """Reads the assignments of an env file, in order. Double-quoted and bare values see the names above them and
    `known`."""
    env = dict(known or {})
    found: list[EnvLine] = []
    lines = text.removeprefix("\ufeff").split("\n")
    index = 0
    while index < len(lines):
        number = index + 1
        match = _LINE.match(lines[index])
        index += 1
        if match is None:
            continue
        if match[2] is None:
            found.append(EnvLine(match[1], None, "", number))
            continue
        raw, value, more = _value(match[2], lines, index, env)
        index += more
        env[match[1]] = value
        found.append(EnvLine(match[1], value, raw, number))
    return tuple(found)


def raw_lines(text: str) -> Iterator[EnvLine]:
    """Yields the assignments of an env file of `format: raw`: no quotes, no escapes, no variables."""
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        name, equals, value = line.lstrip().partition("=")
        if name.strip() and not name.startswith("#"):
            yield EnvLine(name.strip(), value if equals else None, value, number)


def env_trouble(text: str, known: Mapping[str, str] | None = None) -> tuple[str, int] | None:
    """Returns why Compose refuses an env file, with the line; None where it takes it.

    What `${NAME:?}` asks for may come from anywhere, so that is no trouble of the file. Nothing of a line is quoted in
    the reason: it may be part of a secret.
    """
    lines = text.removeprefix("\ufeff").split("\n")
    read = {found.line: found for found in env_lines(text, known)}
    env, within = dict(known or {}), 0
    for number, line in enumerate(lines, 1):
        name = _KEY.match(line)
        if number <= within or name is None or line.lstrip()[:1] in ("", "#"):
            continue
        key, written = name[1].strip(), line[name.end() + 1 :].strip()
        if _ODD.search(key) or " " in key or "\t" in key:
            return "what stands before the `=` is no name", number
        quote = _CLOSED.get(written[:1])
        closed = quote.match("\n".join((written, *lines[number : number + MOST_LINES]))) if quote else None
        if quote and closed is None:
            return "a quote is never closed", number
        within = number + closed[0].count("\n") if closed else 0
        found = read.get(number)
        if found is not None and found.value is not None:
            if written[:1] != "'" and malformed(found.raw, env):
                return "a `${…}` in it is malformed", number
            env[found.name] = found.value
    return None


def _value(written: str, lines: list[str], index: int, env: Mapping[str, str]) -> tuple[str, str, int]:
    """The value that begins with `written`: as written, as meant, and how many of the following lines belong to it."""
    quote = written[:1]
    if quote in _CLOSED:
        following = "\n".join((written, *lines[index : index + MOST_LINES]))
        closed = _CLOSED[quote].match(written) or _CLOSED[quote].match(following)
        if closed:
            return closed[1], _quoted(closed[1], quote, env), closed[0].count("\n")
    bare = written.partition(" #")[0].strip()
    return bare, _expanded(bare, env), 0


def _quoted(inner: str, quote: str, env: Mapping[str, str]) -> str:
    """What a quoted value means: in single quotes only `\\'` is an escape and nothing is expanded."""
    if quote == "'":
        return inner.replace("\\'", "'")
    escaped = _ESCAPE.sub(lambda match: "$$" if match[1] == "$" else _ESCAPES.get(match[1], match[0]), inner)
    return _expanded(escaped, env)


def _expanded(text: str, env: Mapping[str, str]) -> str:
    value = interpolate(text, env)
    return value if len(value) <= LONGEST else text
