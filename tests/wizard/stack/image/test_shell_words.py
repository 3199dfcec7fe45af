"""Shell text taken apart: quotes come before operators, redirections and comments are no words."""

from __future__ import annotations

import pytest

from wizard.stack.image.shell_words import commands, packages, users


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a b; c", [["a", "b"], ["c"]]),
        ("a;b&&c||d|e&f\ng", [["a"], ["b"], ["c"], ["d"], ["e"], ["f"], ["g"]]),
        ("(a b && c d)", [["a", "b"], ["c", "d"]]),
        ("{ a b; }", [["a", "b"], ["}"]]),
        ("((a)) ;;", [["a"]]),
        ("a 2>/dev/null", [["a"]]),
        ("a >x 2>&1 b", [["a", "b"]]),
        ("a &>x && b", [["a"], ["b"]]),
        ("a >>x<y b", [["a", "b"]]),
        ("a 2 >x", [["a", "2"]]),
        ("cat <<EOF | b", [["cat"], ["b"]]),
        ("a <<<word b", [["a", "b"]]),
        ('a "b; c" d', [["a", "b; c", "d"]]),
        ("a 'b && c' \"d | e\"", [["a", "b && c", "d | e"]]),
        ("a b\\;c \\& d", [["a", "b;c", "&", "d"]]),
        ("a '' \"\" b", [["a", "", "", "b"]]),
        ("a'b c'd\"e f\"", [["ab cde f"]]),
        ("a # b; c\nd", [["a"], ["d"]]),
        ("a '#b' c#d", [["a", "#b", "c#d"]]),
        ("a\\\n b", [["a", "b"]]),
        ("a $(b; c) `d; e`", [["a", "$(b; c)", "`d; e`"]]),
        ("a $((1 << 2)) $(b $(c))", [["a", "$((1 << 2))", "$(b $(c))"]]),
        ("X=1 Y='a b' sudo a", [["a"]]),
        ("if a; then b; else c; fi", [["a"], ["b"], ["c"], ["fi"]]),
        ("bash -exc 'a; b' c", [["bash", "-exc", "a; b", "c"], ["a"], ["b"]]),
        ("a 'unclosed", [["a", "'unclosed"]]),
        ("", []),
    ],
)
def test_commands(text: str, words: list[list[str]]) -> None:
    assert list(commands(text)) == words


def test_a_shell_in_a_shell_in_a_shell_ends() -> None:
    text = "a"
    for _ in range(6):
        text = "sh -c '" + text.replace("'", "'\\''") + "'"
    assert len(list(commands(text))) == 4


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("id web || useradd --uid 1500 web >/dev/null 2>&1", [("web", 1500)]),
        ("(addgroup g && adduser -D -u 7 -G g web)", [("web", 7)]),
        ("sh -c 'useradd -u 9 web'", [("web", 9)]),
        ("echo 'useradd -u 9 web' > hint", []),
        ("echo done # && useradd web", []),
    ],
)
def test_users(text: str, made: list[tuple[str, int | None]]) -> None:
    assert list(users(text)) == made


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("{ apt-get update; apt-get install -y -t stable curl; } >/log", {"curl"}),
        ("apk add --no-cache --virtual .d gcc curl && make && apk del .d", set()),
        ("apk add -t .d gcc && apk add wget && apk del .d", {"wget"}),
        ('echo "apt-get install curl"', set()),
    ],
)
def test_packages(text: str, there: set[str]) -> None:
    found: set[str] = set()
    for name, installed in packages(text):
        found = found | {name} if installed else found - {name}
    assert found == there
