from __future__ import annotations

import pytest

from wizard.pipeline.answer_form import AnswerForm, Row, VariableRow
from wizard.pipeline.asking.questions import Question, following, holding, put, questions, removes

FORM = AnswerForm(
    name="orders",
    purpose="Routes orders.",
    port="8008",
    inputs=(Row("a", "symbol str"), Row("b", "")),
    tables=(Row("orders", "symbol text"),),
    variables=(VariableRow("ORDERS_LIMIT", "5", "", ""),),
)


def at(*place: str | int, form: AnswerForm = FORM) -> Question:
    return next(question for question in questions(form) if question.place == place)


def test_every_row_has_its_questions_and_one_more_is_offered() -> None:
    places = [question.place for question in questions(FORM)]
    assert places[3:8] == [
        ("inputs", 0, "name"),
        ("inputs", 0, "fields"),
        ("inputs", 1, "name"),
        ("inputs", 1, "fields"),
        ("inputs", 2, "name"),
    ]
    assert at("inputs", 2, "name").adds
    assert at("tables", 0, "columns").now == "symbol text"
    assert at("variables", 0, "default").now == "5"
    assert len(set(places)) == len(places)


def test_seed_is_asked_only_where_there_are_tables() -> None:
    assert ("seed",) in [question.place for question in questions(FORM)]
    assert ("seed",) not in [question.place for question in questions(AnswerForm(name="x"))]


@pytest.mark.parametrize(
    ("place", "text", "field", "after"),
    [
        (("purpose",), "Other.", "purpose", "Other."),
        (("talks_to",), "-", "talks_to", ""),
        (("seed",), "Yes", "seed", True),
        (("own_role",), "y", "own_role", True),
        (("inputs", 0, "name"), "z", "inputs", (Row("z", "symbol str"), Row("b", ""))),
        (("inputs", 0, "name"), "-", "inputs", (Row("b", ""),)),
        (("inputs", 0, "fields"), "-", "inputs", (Row("a", ""), Row("b", ""))),
        (("inputs", 2, "name"), "c", "inputs", (*FORM.inputs, Row("c", ""))),
        (("tables", 0, "columns"), "n bigint", "tables", (Row("orders", "n bigint"),)),
        (("variables", 0, "default"), "9", "variables", (VariableRow("ORDERS_LIMIT", "9", "", ""),)),
        (("variables", 1, "name"), "ORDERS_X", "variables", (*FORM.variables, VariableRow("ORDERS_X"))),
        (("variables", 0, "name"), "-", "variables", ()),
    ],
)
def test_an_answer_goes_where_it_belongs(place: tuple[str | int, ...], text: str, field: str, after: object) -> None:
    changed = put(FORM, at(*place), text)
    assert getattr(changed, field) == after
    assert changed == AnswerForm(**{name: getattr(changed, name) for name in AnswerForm.__dataclass_fields__})


def test_how_often_an_event_arrives_is_asked_only_where_there_are_channels() -> None:
    assert at("delivery").now == "at-most-once"
    assert ("delivery",) not in [question.place for question in questions(AnswerForm(name="x"))]
    assert put(FORM, at("delivery"), "at-least-once").delivery == "at-least-once"
    with pytest.raises(ValueError, match="at-most-once, at-least-once"):
        put(FORM, at("delivery"), "exactly-once")


def test_a_yes_or_no_question_takes_nothing_else() -> None:
    with pytest.raises(ValueError, match="yes or no"):
        put(FORM, at("seed"), "perhaps")


def test_only_the_name_of_a_row_that_is_there_removes_it() -> None:
    assert removes(at("inputs", 0, "name"), "-")
    assert not removes(at("inputs", 0, "fields"), "-")
    assert not removes(at("inputs", 2, "name"), "-")


def test_from_question_to_question_and_to_the_one_a_problem_is_about() -> None:
    asked = questions(FORM)
    assert following(asked, ("purpose",)) == ("port",)
    assert following(asked, asked[-1].place) == ()
    assert holding(asked, ("inputs", 0, "fields", 0, "name")) == ("inputs", 0, "fields")
    assert holding(asked, ("tables", 0, "columns", 1)) == ("tables", 0, "columns")
    assert holding(asked, ("talks_to", 2)) == ("talks_to",)
    assert holding(asked, ("name",)) == asked[0].place
