"""Outside text in the files it goes into: whatever it is, it stays text."""

from __future__ import annotations

import ast

import pglast
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from wizard.plan import words
from wizard.plan.shape import EventModel
from wizard.values.spec import Column, EventField

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
    tree = ast.parse(f'"""{words.sentence(text)}"""')
    assert len(tree.body) == 1
    assert ast.get_docstring(tree) is not None


@given(TEXT)
def test_markdown_has_no_html_and_no_table_of_others(text: str) -> None:
    shown = words.markdown(text)
    assert "\n" not in shown
    assert shown.replace("\\\\", "").count("<") == shown.replace("\\\\", "").count("\\<")


@given(st.lists(st.from_regex(r"\A[a-z]{1,40}=[a-z]{1,40}\Z"), min_size=1, max_size=8), st.sampled_from([0, 4, 8]))
def test_folded_lines_are_short_and_still_the_same_call(items: list[str], indent: int) -> None:
    text = words.fold("value = call(", items, ")", indent)
    assert all(len(line) <= words.WIDTH for line in (" " * indent + text).split("\n"))
    assert ast.dump(ast.parse(text)) == ast.dump(ast.parse(f"value = call({', '.join(items)})"))


def test_reserved_words_are_quoted_in_sql() -> None:
    assert words.sql_name("order") == '"order"'
    assert words.sql_name("orders") == "orders"


def test_a_field_of_the_same_name_is_passed_on_and_others_are_zero() -> None:
    fields = (EventField("a", "int"), EventField("b", "str"))
    assert words.field_value(EventField("a", "int"), fields) == "event.a"
    assert words.field_value(EventField("a", "float"), fields) == "float(event.a)"
    assert words.field_value(EventField("a", "str"), fields) == "str(event.a)"
    assert words.field_value(EventField("b", "int"), fields) == "0"
    assert words.field_value(EventField("c", "bool"), fields) == "False"


def test_a_column_takes_what_fits_it() -> None:
    fields = EventModel("E", "e", (EventField("a", "int"), EventField("b", "str"))).fields
    assert words.column_value(Column("a", "bigint"), fields) == "event.a"
    assert words.column_value(Column("a", "text"), fields) == "str(event.a)"
    assert words.column_value(Column("b", "jsonb"), fields) == "Jsonb(event.b)"
    assert words.column_value(Column("b", "integer"), fields) == "0"
    assert words.column_value(Column("b", "integer", True), fields) == "None"
    assert words.column_value(Column("seen", "timestamptz"), fields) == "event.time"
