"""Questions to nodes."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.stack.python_tree import docstring


@given(st.text(st.sampled_from(" \t\nabc\r.\f"), max_size=40))
def test_a_docstring_is_cleaned_as_the_standard_library_does(text: str) -> None:
    tree = ast.Module([ast.Expr(ast.Constant(text))], [])
    assert docstring(tree) == (ast.get_docstring(tree) or "")


@pytest.mark.parametrize("text", ["", "x = 1", "'a'.b", "b'bytes'"])
def test_what_is_no_docstring(text: str) -> None:
    assert docstring(ast.parse(text)) == ""
