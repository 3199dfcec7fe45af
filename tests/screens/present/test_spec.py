"""Where a value of the form is from: read, assumed, chosen, or a person's own answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from screens.present.spec import origin
from wizard.pipeline.answer_form import AnswerForm, Row
from wizard.values.spec import Channel, Inferred, ServiceSpec

SPEC = ServiceSpec("market", "Collects prices", 8005, inputs=(Channel("market.in"),), handler="handle")
FOUND = Inferred(SPEC, {"purpose": "services/market/service.py:1"}, ("inputs", "handler", "port"))
FIRST = AnswerForm.from_spec(SPEC)


@pytest.mark.parametrize(
    ("field", "changed", "said"),
    [
        ("purpose", {}, "read from services/market/service.py:1"),
        ("purpose", {"purpose": "Collects news"}, "your answer"),
        ("purpose", {"purpose": ""}, ""),
        ("inputs", {}, "assumed: nothing in the stack says it"),
        ("inputs", {"inputs": (Row("market.in"), Row())}, "assumed: nothing in the stack says it"),
        ("inputs", {"inputs": (Row("news"),)}, "your answer"),
        ("inputs", {"inputs": ()}, ""),
        ("handler", {"handler": "react"}, "your answer"),
        ("talks_to", {}, ""),
    ],
)
@pytest.mark.parametrize("drafted", [False, True])
def test_what_a_person_typed_is_never_called_assumed(
    field: str, changed: dict[str, object], said: str, drafted: bool
) -> None:
    form = replace(FIRST, **changed)  # type: ignore[arg-type]
    assert origin(field, FOUND, form, None if drafted else FIRST, exists=True).plain == said


def test_a_port_that_was_chosen_for_a_person_says_so() -> None:
    first = replace(FIRST, port="8009")
    assert origin("port", FOUND, first, first, exists=True).plain == "chosen: it is free"
    assert origin("port", FOUND, replace(first, port="8010"), first, exists=True).plain == "your answer"


def test_of_a_new_service_nothing_is_said_that_everybody_sees() -> None:
    assert origin("inputs", FOUND, replace(FIRST, inputs=(Row("x"),)), FIRST, exists=False).plain == ""
