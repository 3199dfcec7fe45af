"""One line of `MONITOR` to what it does: which channel, stream or list a connection reads or writes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from wizard.values.lean import dataclass

_LINE = re.compile(rb"\S+ \[(\d+) (\S+)\] (.*)\Z", re.DOTALL)
_WORD = re.compile(rb'"((?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_PLAIN = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"a": b"\a", b"b": b"\b"}
_LONGEST = 100_000
"""Bytes of a line that are looked at: what is longer carries a payload, and its names stand before that."""
_MOST_WORDS = 64


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that a command does. `way`: `in` (it reads) or `out`. `kind`: `channel`, `pattern`, `stream`, `list`.

    `database`: the number of the one that it is done in. `group`: the consumer group it is done for.
    """

    address: str
    database: int
    command: str
    way: str
    kind: str
    name: str
    group: str = ""


Words = Sequence[str]
Names = Callable[[Words], Words]


def _first(words: Words) -> Words:
    return words[:1]


def _every(words: Words) -> Words:
    return words


def _all_but_last(words: Words) -> Words:
    return words[:-1]


def _streams(words: Words) -> Words:
    upper = [word.upper() for word in words]
    rest = words[upper.index("STREAMS") + 1 :] if "STREAMS" in upper else ()
    return rest[: len(rest) // 2]


def _counted(words: Words) -> Words:
    return words[1 : 1 + int(words[0])] if words[:1] and words[0].isdigit() else ()


def _second(words: Words) -> Words:
    return words[1:2]


_IN: dict[str, tuple[str, Names]] = {
    "subscribe": ("channel", _every),
    "ssubscribe": ("channel", _every),
    "psubscribe": ("pattern", _every),
    "xread": ("stream", _streams),
    "xreadgroup": ("stream", _streams),
    "xautoclaim": ("stream", _first),
    "xclaim": ("stream", _first),
    "xrange": ("stream", _first),
    "xrevrange": ("stream", _first),
    "blpop": ("list", _all_but_last),
    "brpop": ("list", _all_but_last),
    "lpop": ("list", _first),
    "rpop": ("list", _first),
    "blmove": ("list", _first),
    "lmove": ("list", _first),
    "brpoplpush": ("list", _first),
    "rpoplpush": ("list", _first),
    "lmpop": ("list", _counted),
    "blmpop": ("list", lambda words: _counted(words[1:])),
}
_OUT: dict[str, tuple[str, Names]] = {
    "publish": ("channel", _first),
    "spublish": ("channel", _first),
    "xadd": ("stream", _first),
    "lpush": ("list", _first),
    "rpush": ("list", _first),
    "lpushx": ("list", _first),
    "rpushx": ("list", _first),
    "blmove": ("list", _second),
    "lmove": ("list", _second),
    "brpoplpush": ("list", _second),
    "rpoplpush": ("list", _second),
}
READS = {kind: frozenset(name for name, (of, _) in _IN.items() if of == kind) for kind in ("stream", "list")}
"""The commands that read a kind, as `CLIENT LIST` names the last one of a connection."""


def deeds(line: bytes) -> tuple[Deed, ...]:
    """Returns what a line of `MONITOR` says that somebody does; () for what is neither read nor written, and for a
    script's own commands, which carry no address.
    """
    match = _LINE.match(line[:_LONGEST])
    if match is None or match[2] == b"lua":
        return ()
    words = [_text(word) for word, _ in zip(_WORD.findall(match[3]), range(_MOST_WORDS), strict=False)]
    command = words[0].lower() if words else ""
    return tuple(
        Deed(match[2].decode("ascii", "replace"), int(match[1]), command, way, kind, name, _group(command, words))
        for way, table in (("in", _IN), ("out", _OUT))
        if command in table
        for kind, names in (table[command],)
        for name in names(words[1:])
    )


def _group(command: str, words: Words) -> str:
    return words[2] if command == "xreadgroup" and len(words) > 2 else ""


def _text(word: bytes) -> str:
    plain = _ESCAPE.sub(lambda m: bytes([int(m[1], 16)]) if m[1] else _PLAIN.get(m[2], m[2]), word)
    return plain.decode("utf-8", "replace")
