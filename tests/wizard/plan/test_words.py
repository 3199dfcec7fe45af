"""Outside text in the files it goes into: whatever it is, it stays text."""

from __future__ import annotations

import ast

import pglast
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from wizard.plan import words

TEXT = st.text(max_size=60)


@given(TEXT)
def test_quoted_reads_back_in_python_and_yaml(text: str) -> None:
    literal = words.quoted(text)
    assert ast.literal_eval(literal) == words.clean(text)
    assert YAML(typ="safe").load(literal) == words.clean(text)


@given(TEXT)
def test_compose_has_nothing_to_interpolate(text: str) -> None:
    value = YAML(typ="safe").load(words.compose_quoted(text))
    assert value.replace("$$", "").count("$") == 0
    assert value.replace("$$", "$") == words.clean(text)


@given(TEXT)
def test_an_sql_literal_stays_one(text: str) -> None:
    statement = pglast.parse_sql(f"SELECT {words.sql_quoted(text)}")
    assert len(statement) == 1


@given(TEXT)
def test_a_sentence_cannot_end_its_docstring(text: str) -> None:
    tree = ast.parse(f'"""{words.docstring(text)}"""')
    assert len(tree.body) == 1
    assert ast.get_docstring(tree) is not None


@pytest.mark.parametrize("text", ["one\\ntwo", "C:\\new\\x41", "ends in \\", "\\u0041 \\N{DASH} \\'", "no escape"])
def test_a_backslash_reads_as_it_was_typed(text: str) -> None:
    assert ast.literal_eval(f'"""{words.docstring(text)}"""') == f"{text}."


@given(TEXT)
def test_markdown_has_no_html_and_no_table_of_others(text: str) -> None:
    shown = words.markdown(text)
    assert "\n" not in shown
    assert shown.replace("\\\\", "").count("<") == shown.replace("\\\\", "").count("\\<")


def test_reserved_words_are_quoted_in_sql() -> None:
    assert words.sql_name("order") == '"order"'
    assert words.sql_name("orders") == "orders"
