"""What is offered for a wrong answer, and that it can be taken as it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.pipeline.answer_form import AnswerForm, Row, VariableRow
from wizard.pipeline.asking.corrections import answer_at, correction, with_answer
from wizard.pipeline.asking.questions import Place
from wizard.pipeline.guided import answered
from wizard.pipeline.opening import open_stack, read
from wizard.values.spec import Inferred, ServiceSpec

FORM = AnswerForm(
    name="orders",
    purpose="Routes orders.",
    port="8008",
    inputs=(Row("a", "symbol str"),),
    tables=(Row("orders", "symbol str"),),
    variables=(VariableRow("ORDERS_LIMIT", "5", "", ""),),
)
NOBODY = Inferred(ServiceSpec("", "", 8008))


@pytest.mark.parametrize(
    ("place", "typed", "offered"),
    [
        (("name",), "Price-Feed 2", "price_feed_2"),
        (("name",), "PriceFeed", "price_feed"),
        (("name",), "  order router ", "order_router"),
        (("name",), "2nd.feed", "nd_feed"),
        (("name",), "ünïcödé", "n_c_d"),
        (("name",), "???", ""),
        (("name",), "class", ""),  # nothing near it can be taken
        (("name",), "core", ""),  # exists, and so does what it is near to
        (("port",), "8000", "8008"),
        (("port",), "abc", "8008"),
        (("handler",), "onEvent", "on_event"),
        (("talks_to",), "cor, risk", "core, risk"),
        (("talks_to",), "nothing_like_it", ""),
        (("inputs", 0, "name"), "market data", "market_data"),
        (("inputs", 0, "name"), "prices/eu#1", "prices_eu_1"),
        (
            ("inputs", 0, "fields"),
            "Symbol string, price flaot (in euro, roughly)",
            "symbol str, price float (in euro, roughly)",
        ),
        (("inputs", 0, "fields"), "at datetime, n number", "at str, n float"),
        (("inputs", 0, "fields"), "id str", ""),  # must be left out: no other word helps
        (("tables", 0, "name"), "Order-Lines", "order_lines"),
        (("tables", 0, "columns"), "Symbol string, at datetime?", "symbol str, at timestamptz?"),
        (("variables", 0, "name"), "orders-limit", "ORDERS_LIMIT"),
    ],
)
def test_what_is_offered_can_be_taken(demo: Path, quiet_machine: None, place: Place, typed: str, offered: str) -> None:
    facts = read(open_stack(demo))
    form = with_answer(FORM, place, typed)
    assert answer_at(form, place) == typed
    assert answered(facts, NOBODY, form, new=True).problem(*place)
    assert correction(facts, NOBODY, form, place, new=True) == offered


@pytest.mark.parametrize("place", [("name",), ("port",), ("inputs", 0, "name"), ("inputs", 0, "fields"), ("kind",)])
def test_for_what_is_right_nothing_is_offered(demo: Path, quiet_machine: None, place: Place) -> None:
    assert correction(read(open_stack(demo)), NOBODY, FORM, place, new=True) == ""
