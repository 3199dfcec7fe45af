"""Lines of `MONITOR`, as real servers write them, to what they say of channels, streams and lists."""

from __future__ import annotations

import pytest

from wizard.verify.overheard.commands import deeds


def line(*words: str, who: str = "10.0.0.4:5000", database: int = 0) -> bytes:
    quoted = " ".join('"' + word + '"' for word in words)
    return f"1795945350.283140 [{database} {who}] {quoted}".encode()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("SUBSCRIBE", "a", "b"), [("in", "channel", "a"), ("in", "channel", "b")]),
        (("psubscribe", "t*"), [("in", "pattern", "t*")]),
        (("XREADGROUP", "GROUP", "g", "c", "BLOCK", "5", "STREAMS", "s", ">"), [("in", "stream", "s")]),
        (("XREAD", "COUNT", "1", "STREAMS", "s", "t", "$", "0"), [("in", "stream", "s"), ("in", "stream", "t")]),
        (("XREAD", "COUNT", "1"), []),
        (("BRPOP", "q", "r", "1"), [("in", "list", "q"), ("in", "list", "r")]),
        (("LPOP", "q", "10"), [("in", "list", "q")]),
        (("BLMOVE", "q", "w", "LEFT", "RIGHT", "0"), [("in", "list", "q"), ("out", "list", "w")]),
        (("BLMPOP", "0", "2", "q", "r", "LEFT"), [("in", "list", "q"), ("in", "list", "r")]),
        (("LMPOP", "many", "q", "LEFT"), []),
        (("RPUSH", "q", "BLPOP"), [("out", "list", "q")]),
        (("XADD", "s", "*", "k", "v"), [("out", "stream", "s")]),
        (("PUBLISH", "a", r"say \"SUBSCRIBE\" \\"), [("out", "channel", "a")]),
        (("PUBLISH", r"\xc3\xa4 \"x\"", ""), [("out", "channel", 'ä "x"')]),
        (("PING",), []),
        ((), []),
    ],
)
def test_a_command_says_what_it_reads_and_writes(words: tuple[str, ...], told: list[tuple[str, str, str]]) -> None:
    found = deeds(line(*words))
    assert [(deed.way, deed.kind, deed.name) for deed in found] == told
    assert {deed.address for deed in found} <= {"10.0.0.4:5000"}


def test_the_database_and_the_group_are_told() -> None:
    read = deeds(line("xreadgroup", "GROUP", "desk", "one", "STREAMS", "s", ">", database=3))[0]
    assert (read.database, read.group, read.command) == (3, "desk", "xreadgroup")


@pytest.mark.parametrize(
    "text", [line("LPOP", "q", who="lua"), b"OK", b"", b'1.0 [x y] "LPOP" "q"', b'1.0 [0 a:1] "LPOP" "q', b"\xff" * 50]
)
def test_what_says_nothing_of_anybody_is_nothing(text: bytes) -> None:
    assert deeds(text) == ()


def test_a_long_payload_is_not_read() -> None:
    assert [deed.name for deed in deeds(line("LPUSH", "q", "x" * 5_000_000))] == ["q"]
