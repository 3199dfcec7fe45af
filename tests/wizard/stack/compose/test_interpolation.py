"""Interpolation and env files; every expected value is what docker-compose 5.6 makes of the text."""

from __future__ import annotations

import pytest

from wizard.stack.compose.env_file import LONGEST, MOST_LINES, env_lines
from wizard.stack.compose.interpolation import DEEPEST, interpolate, malformed

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
        ("$$$A", "$1"),
        ("costs 5$", "costs 5$"),
        ("$-, $1 and $ä", "$-, $1 and $ä"),
        ("${A}}", "1}"),
        ("${NOPE:-}}", "}"),
        ("${NOPE:-a}b}", "ab}"),
        ("${NOPE:-{a}}", "{a}"),
        ("${NOPE:-$$x}", "$x"),
        ("${NOPE:-a:-b}", "a:-b"),
        ("${A-${B} tail", "1 tail"),
        ("x${A-${B} ${HOST}", "x1"),
        ("${A:-${1}}", "1"),
        ("${NOPE:+${1}}", ""),
    ],
)
def test_interpolates(text: str, expected: str) -> None:
    assert interpolate(text, ENV) == expected
    assert malformed(text, ENV) == ""


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("${unclosed", "${unclosed"),
        ("${1bad}", "${1bad}"),
        ("a ${A,,} b", "${A,,}"),
        ("${A/x/y}", "${A/x/y}"),
        ("${A:x}", "${A:x}"),
        ("${A:}", "${A:}"),
        ("${}", "${}"),
        ("${ A}", "${ A}"),
        ("${A.b}", "${A.b}"),
        ("${#A}", "${#A}"),
        ("${A:=3}", "${A:=3}"),
        ("${ä}", "${ä}"),
        ("${NOPE:-${1}}", "${1}"),
        ("${NOPE:-${A}", "${A"),
    ],
)
def test_names_the_expression_that_compose_refuses(text: str, wrong: str) -> None:
    assert malformed(text, ENV) == wrong


@pytest.mark.parametrize("closing", ["}", ""])
def test_deep_nesting_is_refused_and_cheap(closing: str) -> None:
    deep = "${X:-" * 200_000 + "1" + closing * 200_000
    assert malformed(deep, {}).startswith("${X:-")
    assert interpolate("${X:-" * DEEPEST + "1" + "}" * DEEPEST, {}) == "1"


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


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r'"a\"b"', 'a"b'),
        (r'"a\nb\tc\\d"', "a\nb\tc\\d"),
        (r'"a\qb\u0041"', r"a\qb\u0041"),
        (r'"\$PRE ${PRE} $$PRE"', "$PRE p $PRE"),
        (r'"\\$PRE"', r"\p"),
        (r'"a\\"', "a\\"),
        (r"'a\nb'", r"a\nb"),
        (r"'it\'s'", "it's"),
        (r"'a\\b'", r"a\\b"),
        (r"a\nb", r"a\nb"),
        (r"a\"b", r"a\"b"),
        ("$$PRE", "$PRE"),
        ("pa$$word", "pa$word"),
        ("a # b # c", "a"),
        ("#c", "#c"),
        (" #c", "#c"),
        ("a\t# c", "a\t# c"),
        ('"a" b', "a"),
        ('a"b"', 'a"b"'),
        ('"l1\\\nl2"', "l1\\\nl2"),
        ('"one\n# two"', "one\n# two"),
    ],
)
def test_an_env_value_means_what_compose_takes_it_for(written: str, meant: str) -> None:
    last = env_lines(f"PRE=p\nV={written}\nNEXT=n\n")
    assert [line.value for line in last] == ["p", meant, "n"]


def test_values_that_double_each_time_stay_short() -> None:
    doubling = "A0=0123456789\n" + "".join(f"A{n}=${{A{n - 1}}}${{A{n - 1}}}\n" for n in range(1, 64))
    assert max(len(line.value or "") for line in env_lines(doubling)) <= LONGEST


def test_an_unclosed_quote_swallows_nothing() -> None:
    found = env_lines(('A="\n' + "B=1\n" * MOST_LINES) * 100)
    assert len(found) == 100 * (MOST_LINES + 1)
