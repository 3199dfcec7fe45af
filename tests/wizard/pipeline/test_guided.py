from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.phases import COMPOSE, PHASES, SERVICE
from wizard.pipeline import guided
from wizard.pipeline.answer_form import AnswerForm, Row
from wizard.pipeline.opening import Stack, read, spec_of
from wizard.values.facts.stack import StackFacts
from wizard.values.spec import Inferred

GOOD = AnswerForm(name="orders", purpose="Routes orders.", port="8008", inputs=(Row("orders.in"),))


def judged(facts: StackFacts, form: AnswerForm, *, new: bool = True) -> guided.Answered:
    return guided.answered(facts, spec_of(facts, form.name), form, new=new)


def test_answers_the_stack_can_take(facts: StackFacts) -> None:
    answers = judged(facts, GOOD)
    assert answers.complete
    assert (answers.spec.name, answers.spec.port, answers.spec.inputs[0].name) == ("orders", 8008, "orders.in")


@pytest.mark.parametrize(
    ("change", "place", "says"),
    [
        ({"name": "market"}, ("name",), "exists already"),
        ({"name": "Orders"}, ("name",), "lower-case"),
        ({"purpose": "  "}, ("purpose",), "one sentence"),
        ({"port": ""}, ("port",), "outside 1024"),
        ({"port": "8001"}, ("port",), "reserved for Core Service (FUTURE_SERVICES.md:54)"),
        ({"port": "eight"}, ("port",), "not a number"),
        ({"handler": "class"}, ("handler",), "keyword"),
        ({"talks_to": "core, cor"}, ("talks_to", 1), "did you mean 'core'"),
        ({"inputs": (Row("a"), Row("a"))}, ("inputs", 1, "name"), "is there twice"),
        ({"outputs": (Row("orders.in"),)}, ("outputs", 0, "name"), "an input too"),
        ({"tables": (Row("t", "id text"),)}, ("tables", 0, "columns"), "every table"),
        ({"base_image": "python:latest"}, ("base_image",), "sha256"),
    ],
)
def test_what_is_wrong_is_said_at_its_place(
    change: dict[str, object], place: tuple[str | int, ...], says: str, facts: StackFacts
) -> None:
    form = replace(GOOD, **change)  # type: ignore[arg-type]
    answers = guided.answered(facts, Inferred(spec_of(facts, "orders").spec), form, new=True)
    assert not answers.complete
    assert says in answers.problem(*place)


def test_each_problem_is_said_once(facts: StackFacts) -> None:
    answers = judged(facts, replace(GOOD, name="a b", port="8001", inputs=(Row("x", "f no"),)))
    said = [str(problem) for problem in answers.problems]
    assert len(said) == len(set(said)) == 3


def test_what_was_typed_is_kept_until_it_is_dropped(opened: Stack, facts: StackFacts) -> None:
    assert guided.inferred_with_draft(opened, facts, "orders")[1:] == (
        guided.inferred_with_draft(opened, facts, "orders")[1],
        False,
    )
    guided.keep_draft(opened, "orders", GOOD)
    assert guided.inferred_with_draft(opened, facts, "orders")[1:] == (GOOD, True)
    assert guided.overview(opened).drafts == ("orders",)
    guided.drop_draft(opened, "orders")
    assert guided.overview(opened).drafts == ()


def test_a_new_service_gets_the_port_that_is_free(opened: Stack, facts: StackFacts) -> None:
    _, form, _ = guided.inferred_with_draft(opened, facts, "orders")
    assert (form.port, form.purpose) == ("8008", "")
    assert guided.inferred_with_draft(opened, facts, "market")[1].port == "8005"


def test_the_overview_has_everything_a_door_shows(opened: Stack, demo: Path) -> None:
    view = guided.overview(opened)
    assert view.reports[0].service == "market"  # its own files disagree
    assert view.reports[1].service == "allocation"  # it disagrees with another service
    assert view.next_phase("market") == SERVICE
    assert view.next_phase("nobody") == SERVICE
    assert [state.phase for state in view.phases("core")] == list(PHASES)
    assert (view.branch, view.trouble, view.commits) == ("main", "", ())
    example = view.example("3.5", "market")
    assert example is not None
    assert example.path == "infrastructure/compose/dev.yml"
    (demo / ".git" / "index.lock").touch()
    assert "index.lock" in guided.overview(opened).trouble


def test_the_preview_is_the_first_phase_in_which_something_is_written(opened: Stack) -> None:
    facts = read(opened)
    assert guided.preview(opened, judged(facts, GOOD).spec).changeset.phase == SERVICE
    allocation = spec_of(facts, "allocation").spec
    assert guided.preview(opened, allocation).changeset.phase in (SERVICE, COMPOSE)
