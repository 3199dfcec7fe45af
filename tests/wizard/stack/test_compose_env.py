"""Interpolation and env files, case by case from the Compose specification."""

from __future__ import annotations

import pytest

from wizard.stack.compose_env import env_lines, interpolate

ENV = {"A": "1", "EMPTY": "", "HOST": "db"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("$A and ${A}", "1 and 1"),
        ("${NOPE}", ""),
        ("${EMPTY-x}|${EMPTY:-x}|${NOPE-x}|${NOPE:-x}|${A:-x}", "|x|x|x|1"),
        ("${EMPTY+x}|${EMPTY:+x}|${NOPE+x}|${A:+x}", "x|||x"),
        ("${A:?must be set}|${NOPE:?must be set}|${NOPE?x}", "1||"),
        ("${NOPE:-${ALSO_NOT:-${A}}}:${NOPE:-80}", "1:80"),
        ("postgres://${HOST:-x}:${PORT:-5432}/${DB:-app}", "postgres://db:5432/app"),
        ("$$A and $${A}", "$A and ${A}"),
        ("costs 5$", "costs 5$"),
        ("${unclosed", "${unclosed"),
        ("${1bad}", "${1bad}"),
    ],
)
def test_interpolates(text: str, expected: str) -> None:
    assert interpolate(text, ENV) == expected


def test_a_deep_nest_is_bounded() -> None:
    text = "${X:-" * 500 + "1" + "}" * 500
    assert interpolate(text, {}).startswith("$")


def test_reads_an_env_file() -> None:
    text = (
        "# ports\nMARKET_PORT=8005\n\nexport NAME='my $A'\nURL=\"http://h:${MARKET_PORT}/\" # why\nBARE=x # y\n"
        'ALONE\nEMPTY=\nHASH=a#b\nMULTI="one\ntwo"\nAFTER=1\r\n'
    )
    found = {line.name: (line.value, line.line) for line in env_lines(text)}
    assert found == {
        "MARKET_PORT": ("8005", 2),
        "NAME": ("my $A", 4),
        "URL": ("http://h:8005/", 5),
        "BARE": ("x", 6),
        "ALONE": (None, 7),
        "EMPTY": ("", 8),
        "HASH": ("a#b", 9),
        "MULTI": ("one\ntwo", 10),
        "AFTER": ("1", 12),
    }
