"""Python that cannot be read is no error of ours."""

from __future__ import annotations

import ast

import pytest

from wizard.plan.hints import compared_words
from wizard.plan.service.modules import defined_names
from wizard.syntax.python import parse_python

DEEP = {
    "parentheses": "x = " + "(" * 3000 + "1" + ")" * 3000,
    "brackets": "x = " + "[" * 99 + "]" * 99,
    "more brackets": "x = " + "[" * 9999 + "]" * 9999,
    "minus": "x = " + "-" * 100_000 + "1",
    "not": "x = " + "not " * 50_000 + "1",
    "sum": "x = " + "1 + " * 50_000 + "1",
    "attributes": "x = a" + ".b" * 50_000,
    "calls": "x = a" + "()" * 50_000,
    "lambdas": "x = " + "lambda: " * 20_000 + "1",
    "blocks": "".join(" " * n + "if 1:\n" for n in range(150)) + " " * 150 + "x = 1",
    "wrong": "x = (",
    "a NUL": "x = 1\0",
    "a surrogate": "x = '\ud800'",
    "an old print": "print 'x'",
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_is_read_or_is_not_but_nothing_is_raised(text: str) -> None:
    tree = parse_python(text)
    assert tree is None or isinstance(tree, ast.Module)
    assert defined_names(text) <= {"x"}
    assert compared_words([text]) == {}
