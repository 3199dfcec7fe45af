"""What fills fields and columns."""

from __future__ import annotations

from wizard.plan.service import literals
from wizard.plan.service.shape import EventModel
from wizard.values.spec import Column, EventField


def test_a_field_of_the_same_name_is_passed_on_and_others_are_zero() -> None:
    fields = (EventField("a", "int"), EventField("b", "str"))
    assert literals.field_value(EventField("a", "int"), fields) == "event.a"
    assert literals.field_value(EventField("a", "float"), fields) == "float(event.a)"
    assert literals.field_value(EventField("a", "str"), fields) == "str(event.a)"
    assert literals.field_value(EventField("b", "int"), fields) == "0"
    assert literals.field_value(EventField("c", "bool"), fields) == "False"


def test_a_column_takes_what_fits_it() -> None:
    fields = EventModel("E", "e", (EventField("a", "int"), EventField("b", "str"))).fields
    assert literals.column_value(Column("a", "bigint"), fields) == "event.a"
    assert literals.column_value(Column("a", "text"), fields) == "str(event.a)"
    assert literals.column_value(Column("b", "jsonb"), fields) == "Jsonb(event.b)"
    assert literals.column_value(Column("b", "integer"), fields) == "0"
    assert literals.column_value(Column("b", "integer", True), fields) == "None"
    assert literals.column_value(Column("seen", "timestamptz"), fields) == "event.time"
