from __future__ import annotations

import json
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wizard.pipeline.answer_form import (
    AnswerForm,
    Row,
    VariableRow,
    columns_text,
    example_event,
    fields_text,
    read_columns,
    read_fields,
    read_form,
)
from wizard.values.spec import (
    Channel,
    Column,
    ColumnType,
    EventField,
    FieldType,
    ServiceSpec,
    Table,
    Variable,
)

NAME = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
NOTE = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="()"), max_size=12)
FIELDS = st.lists(st.builds(EventField, NAME, st.sampled_from(get_args(FieldType)), NOTE), max_size=3)
COLUMNS = st.lists(st.builds(Column, NAME, st.sampled_from(get_args(ColumnType)), st.booleans()), max_size=3)
CHANNELS = st.lists(st.builds(Channel, NAME, FIELDS.map(tuple)), max_size=2).map(tuple)
SPECS = st.builds(
    ServiceSpec,
    name=NAME,
    purpose=NAME,
    port=st.integers(1024, 65535),
    inputs=CHANNELS,
    outputs=CHANNELS,
    tables=st.lists(st.builds(Table, NAME, COLUMNS.map(tuple)), max_size=2).map(tuple),
    seed=st.booleans(),
    handler=NAME,
    variables=st.lists(st.builds(Variable, NAME, st.none() | st.just("") | NAME, NAME, NAME), max_size=2).map(tuple),
    talks_to=st.lists(NAME, max_size=2).map(tuple),
)
BASE = ServiceSpec("", "", 0)


@pytest.mark.parametrize(
    ("channels", "typed", "read"),
    [
        (("a",), "at-least-once", "at-least-once"),
        (("a",), "sometimes", "at-most-once"),
        ((), "at-least-once", "at-most-once"),
    ],
)
def test_how_often_an_event_arrives_is_read_where_there_are_channels(
    channels: tuple[str, ...], typed: str, read: str
) -> None:
    form = AnswerForm(name="s", inputs=tuple(Row(name) for name in channels), kind="consumes", delivery=typed)
    assert read_form(form, BASE)[0].delivery == read


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(SPECS)
def test_a_sheet_reads_back_as_its_spec_also_from_a_draft(spec: ServiceSpec) -> None:
    form = AnswerForm.from_spec(spec)
    assert read_form(form, BASE) == (spec, ())
    kept = json.loads(json.dumps(form.to_draft()))
    assert AnswerForm.from_draft(kept) == form


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("symbol", (EventField("symbol"),)),
        ("symbol str, price float (in euro)", (EventField("symbol"), EventField("price", "float", "in euro"))),
        ("a int (one, two (three)), b", (EventField("a", "int", "one, two (three)"), EventField("b"))),
        (" , ,", ()),
    ],
)
def test_fields_in_the_short_notation(text: str, found: tuple[EventField, ...]) -> None:
    assert read_fields(text) == (found, "")


def test_what_is_no_type_is_named_with_those_there_are() -> None:
    assert read_fields("a str, b word")[1] == "b: there is no type 'word'; types are str, int, float, bool"
    assert read_columns("a str, b word")[1].startswith("b: there is no type 'word'; types are str, integer, int,")


def test_fields_and_columns_are_written_in_the_same_words() -> None:
    text = "a str, b int, c float, d bool"
    fields, columns = read_fields(text)[0], read_columns(text)[0]
    assert [column.type for column in columns] == ["text", "bigint", "double precision", "boolean"]
    assert (fields_text(fields), columns_text(columns)) == (text, text)
    assert columns_text(read_columns("a text?, b numeric, c jsonb")[0]) == "a str?, b numeric, c jsonb"


def test_what_postgresql_calls_a_type_is_known_of_fields_too() -> None:
    fields, wrong = read_fields("a text, b bigint, c integer, d double  precision, e numeric, f boolean")
    assert (fields_text(fields), wrong) == ("a str, b int, c int, d float, e float, f bool", "")
    assert read_fields("a jsonb")[1].startswith("a: there is no type 'jsonb'")


def test_an_example_is_the_one_given_or_has_every_field() -> None:
    made = json.loads(example_event(Channel("c", read_fields("symbol str, price float, n int, up bool")[0])))
    assert list(made) == ["id", "time", "symbol", "price", "n", "up"]
    assert [type(value) for value in made.values()] == [str, str, str, float, int, bool]
    assert example_event(Channel("c", (), '{"mine": 1}')) == '{"mine": 1}'


def test_columns_that_may_be_empty() -> None:
    found, wrong = read_columns("a, b double precision?, c? ")
    assert (found, wrong) == ((Column("a"), Column("b", "double precision", True), Column("c", "text", True)), "")


def test_a_draft_of_another_version_gives_what_fits() -> None:
    draft = {"name": 3, "purpose": "x", "inputs": [["a", "b"], ["a"], 7], "variables": "no", "seed": "yes", "new": 1}
    assert AnswerForm.from_draft(draft) == AnswerForm(purpose="x", inputs=(Row("a", "b"),))


def test_rows_not_filled_in_yet_do_not_count() -> None:
    form = AnswerForm(inputs=(Row(), Row("a", "x wrong")), variables=(VariableRow(),))
    spec, problems = read_form(form, BASE)
    assert [channel.name for channel in spec.inputs] == ["a"]
    assert spec.variables == ()
    assert problems[0].steps == ("inputs", 0, "fields")


def test_an_example_which_no_form_shows_stays_with_its_channel() -> None:
    spec = replace(BASE, name="one", inputs=(Channel("a", (), '{"x": 1}'), Channel("b")), outputs=(Channel("a"),))
    form = replace(AnswerForm.from_spec(spec), inputs=(Row("b"), Row("a", "x int"), Row("c")))
    read, _ = read_form(form, spec)
    assert [channel.example for channel in read.inputs] == ["", '{"x": 1}', ""]
    assert [channel.example for channel in read.outputs] == [""]
