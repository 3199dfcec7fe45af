"""Small questions to syntax trees."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from wizard.stack.python.tree import walk

WIZARD = Path(__file__).parents[4] / "wizard"
ASIDE = (ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.alias, ast.TypeIgnore)


@pytest.mark.parametrize("name", ["rules/secrets.py", "stack/python/values.py", "values/lean.py", "syntax/yaml.py"])
def test_walks_in_the_order_of_the_standard_walk(name: str) -> None:
    tree = ast.parse((WIZARD / name).read_text(encoding="utf-8"))
    wanted = [node for node in ast.walk(tree) if not isinstance(node, ASIDE)]
    assert list(walk(tree)) == wanted
    assert len(wanted) > 500


def test_walks_what_is_rare() -> None:
    text = (
        "match x:\n    case {'a': [1, *_], **rest} if f'{x!r:>{n}}': print(*x, **{**y})\n    case A(b=None) | 2: ...\n"
    )
    text += "def f(a, /, *, b=lambda: 1, c): global g; (yield); [*z, not -u]\nasync def h(): await i"
    tree = ast.parse(text)
    assert list(walk(tree)) == [node for node in ast.walk(tree) if not isinstance(node, ASIDE)]
