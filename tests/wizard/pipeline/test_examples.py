"""An event that the service accepts is asked for once, where it drops some and nothing shows one."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.byhand import copied
from wizard.pipeline.answer_form import AnswerForm, read_form
from wizard.pipeline.answering import input_without_example
from wizard.pipeline.asking.questions import NONE, Question, put, questions
from wizard.pipeline.guided import inferred_with_draft
from wizard.pipeline.opening import open_stack, read, spec_of

EVENT = json.dumps({"id": "1", "market": "BTC-EUR", "price": "110", "before": "100"})


@pytest.fixture
def untested(tmp_path: Path) -> Path:
    """The stack by hand without any test of `regime`, which drops most prices."""
    root = copied(tmp_path, {})
    shutil.rmtree(root / "tests/unit/regime")
    return root


def wanted(root: Path, name: str = "regime") -> str:
    facts = read(open_stack(root))
    return input_without_example(facts, spec_of(facts, name).spec)


def form_of(root: Path) -> AnswerForm:
    stack = open_stack(root)
    return inferred_with_draft(stack, read(stack), "regime")[1]


def asked(form: AnswerForm) -> list[Question]:
    return [question for question in questions(form) if question.place[-1] == "example"]


def test_it_is_asked_where_a_handler_drops_events_and_none_is_shown(untested: Path) -> None:
    assert wanted(untested) == "prices"
    (question,) = asked(form_of(untested))
    assert question.place == ("inputs", 0, "example")
    assert "prices" in question.heading and question.optional


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("services/regime/README.md", "", '# Regime\n\n```json\n{"market": "BTC-EUR"}\n```\n'),
        ("services/regime/logic.py", "        return None\n", '        raise ValueError("unknown")\n'),
        ("tests/unit/regime/test_regime.py", "", "def test_it():\n    assert True\n"),
    ],
)
def test_it_is_not_asked_where_one_is_shown_or_nothing_dropped(untested: Path, path: str, old: str, new: str) -> None:
    file = untested / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(file.read_text().replace(old, new) if old else new)
    assert wanted(untested) == ""


def test_the_answer_goes_into_the_spec_and_is_shown_again(untested: Path) -> None:
    form = form_of(untested)
    (question,) = asked(form)
    said = put(form, question, EVENT)
    base = spec_of(read(open_stack(untested)), "regime").spec
    spec, problems = read_form(said, base)
    assert (spec.inputs[0].example, problems) == (EVENT, ())
    (again,) = asked(AnswerForm.from_spec(spec))
    assert again.now == EVENT
    gone, _ = read_form(put(AnswerForm.from_spec(spec), again, NONE), spec)
    assert gone.inputs[0].example == ""
    kept, _ = read_form(replace(said, inputs=tuple(replace(row, example="") for row in said.inputs)), spec)
    assert kept.inputs[0].example == EVENT  # a form that shows no example loses none


def test_a_draft_of_before_and_one_of_now_are_read(untested: Path) -> None:
    form = put(form_of(untested), asked(form_of(untested))[0], EVENT)
    assert AnswerForm.from_draft(json.loads(json.dumps(form.to_draft()))) == form
    old = {"inputs": [["prices", "market str"]]}
    assert AnswerForm.from_draft(old).inputs[0].members == "market str"
