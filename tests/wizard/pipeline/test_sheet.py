from __future__ import annotations

import json
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.pipeline.sheet import Row, Sheet, VariableRow, read_columns, read_fields, read_sheet
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


@given(SPECS)
def test_a_sheet_reads_back_as_its_spec_also_from_a_draft(spec: ServiceSpec) -> None:
    sheet = Sheet.from_spec(spec)
    assert read_sheet(sheet, BASE) == (spec, ())
    kept = json.loads(json.dumps(sheet.to_draft()))
    assert Sheet.from_draft(kept) == sheet


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
    assert read_fields("a str, b text")[1] == "b: 'text' is no type; types are str, int, float, bool"
    assert read_columns("a text, b float")[1].startswith("b: 'float' is no type; types are text,")


def test_columns_that_may_be_empty() -> None:
    found, wrong = read_columns("a, b double precision?, c? ")
    assert (found, wrong) == ((Column("a"), Column("b", "double precision", True), Column("c", "text", True)), "")


def test_a_draft_of_another_version_gives_what_fits() -> None:
    draft = {"name": 3, "purpose": "x", "inputs": [["a", "b"], ["a"], 7], "variables": "no", "seed": "yes", "new": 1}
    assert Sheet.from_draft(draft) == Sheet(purpose="x", inputs=(Row("a", "b"),))


def test_rows_not_filled_in_yet_do_not_count() -> None:
    sheet = Sheet(inputs=(Row(), Row("a", "x wrong")), variables=(VariableRow(),))
    spec, problems = read_sheet(sheet, BASE)
    assert [channel.name for channel in spec.inputs] == ["a"]
    assert spec.variables == ()
    assert problems[0].steps == ("inputs", 0, "fields")
