"""What a `.dockerignore` keeps out of a build."""

from __future__ import annotations

import time

import pytest

from wizard.stack.image.ignored import Ignored


@pytest.mark.parametrize(
    ("text", "path", "out"),
    [
        ("tests", "tests/unit/test_a.py", True),
        ("tests/", "tests/a.py", True),
        ("/tests", "tests/a.py", True),
        ("tests", "app/tests/a.py", False),
        ("**/tests", "app/tests/a.py", True),
        ("*.py", "a.py", True),
        ("*.py", "app/a.py", False),
        ("**/*.py", "a.py", True),
        ("**/*.py", "app/deep/a.py", True),
        ("*", "app/a.py", True),
        ("*\n!app", "app/a.py", False),
        ("*\n!app\napp/secret*", "app/secret.txt", True),
        ("a?.py", "ab.py", True),
        ("a[0-9].py", "a7.py", True),
        ("a[.py", "a[.py", True),
        ("**", "a/b.py", True),
        ("**/a/**/b.py", "a/b.py", True),
        ("**/a/**/b.py", "x/a/y/z/b.py", True),
        ("a/**/b.py", "a/c.py", False),
        ("a/**", "a/x/y", True),
        ("# tests\n", "tests", False),
        ("\n  \n./docs\n", "docs/x.md", True),
        ("a.b", "aXb", False),
        ("", "a.py", False),
    ],
)
def test_patterns(text: str, path: str, out: bool) -> None:
    assert Ignored("x", text)(path) is out


def test_many_stars_end_in_time() -> None:
    begin = time.process_time()
    Ignored("x", "**/" * 12 + "*a*a*a*b")("/".join(["a" * 20] * 12))
    assert time.process_time() - begin < 5
