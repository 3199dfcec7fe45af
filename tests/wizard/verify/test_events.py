"""Probe events: made from the spec, better from what the service's own tests and README show that it accepts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from wizard.values.facts.code import Model, PythonFile
from wizard.values.facts.stack import ServiceFacts
from wizard.values.source import Source
from wizard.values.spec import Channel, EventField
from wizard.verify.events import entry_fields, place_of, probe, probe_templates
from wizard.verify.ways import Way

AT = Source("x.py", 1)
CHANNEL = Channel("orders", (EventField("side"), EventField("size", "int")))


def live(root: Path, *, code: str = "", tests: str = "", models: tuple[Model, ...] = ()) -> Any:
    (root / "service.py").write_text(code)
    (root / "test_one.py").write_text(tests)
    service = ServiceFacts(
        "one", ".", python=(PythonFile("service.py", models=models),), tests={"unit": (PythonFile("test_one.py"),)}
    )
    return SimpleNamespace(
        facts=SimpleNamespace(root=str(root), service=lambda name: service),
        spec=SimpleNamespace(name="one"),
        code=lambda: [code],
        clock=SimpleNamespace(now=lambda: datetime(2025, 11, 1, tzinfo=UTC)),
        token="t0k",
    )


@pytest.mark.parametrize(
    ("tests", "first", "known"),
    [
        ("", {"side": "probe", "size": 7}, False),
        ('EVENT = {"side": "BUY", "size": 3}', {"side": "BUY", "size": 3}, True),
        ('handle(Order(id="1", side="SELL", size=2))', {"id": "1", "side": "SELL", "size": 2}, True),
        ('{"side": "BUY"}; {"side": "SELL", "size": 9}', {"side": "SELL", "size": 9}, True),
        ('{"other": 1}', {"side": "probe", "size": 7}, False),
        ('{"side": make(), "size": 3}', {"side": "probe", "size": 3}, True),
        ("this is no Python (", {"side": "probe", "size": 7}, False),
    ],
)
def test_an_example_of_the_tests_is_tried_first(
    tmp_path: Path, tests: str, first: dict[str, object], known: bool
) -> None:
    found = probe_templates(live(tmp_path, tests=tests), CHANNEL)[0]
    assert (found.fields, found.known) == (first, known)


@pytest.mark.parametrize(
    ("example", "first", "known"),
    [
        ('{"side": "HOLD"}', {"side": "HOLD", "size": 7}, True),
        ('{"side": "HOLD", "venue": {"code": 3}}', {"side": "HOLD", "size": 7, "venue": {"code": 3}}, True),
        ("no JSON", {"side": "probe", "size": 7}, True),
        ("", {"side": "BUY", "size": 3}, True),
    ],
)
def test_the_example_that_a_person_gave_is_tried_before_all(
    tmp_path: Path, example: str, first: dict[str, object], known: bool
) -> None:
    channel = replace(CHANNEL, example=example)
    found = probe_templates(live(tmp_path, tests='EVENT = {"side": "BUY", "size": 3}'), channel)
    assert (found[0].fields, found[0].known) == (first, known)
    assert len(found) == 2 + bool(example)


@pytest.mark.parametrize(
    ("description", "annotation", "value"),
    [
        ("one of BUY, SELL", "str", "BUY"),
        ("BUY | SELL", "str", "BUY"),
        ("the side of the order", "Literal['SELL', 'BUY']", "SELL"),
        ("the side of the order", "str", "probe"),
    ],
)
def test_an_enumeration_gives_its_first_value(tmp_path: Path, description: str, annotation: str, value: str) -> None:
    channel = Channel("orders", (EventField("side", "str", description),))
    models = (Model("Order", "base_model", (("side", annotation),), AT),)
    found = probe_templates(live(tmp_path, models=models), channel)
    assert found[0].fields["side"] == value
    assert found[0].known is (value != "probe")


def test_without_fields_in_the_spec_the_code_says_which_example_counts(tmp_path: Path) -> None:
    check = live(
        tmp_path,
        code='def handle(fields):\n    return fields["market"], fields.get("price")\n',
        tests='{"level": "x", "name": "y"}\nevent = {"price_id": "1", "market": "BTC", "price": "3"}\n',
    )
    template = probe_templates(check, Channel("prices"))[0]
    assert template.fields == {"price_id": "1", "market": "BTC", "price": "3"}
    made = probe(check, Channel("prices"), template)
    assert made.event["price_id"] == made.identity == made.event["id"]


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"id": "X"}, "id"),
        ({"source_id": "X", "id": "1"}, "source_id"),
        ({"meta": {"cause": "X"}}, "meta.cause"),
        ('{"id": "X"}', "id"),
        ({"data": '{"order": {"ref": "X"}}'}, "data.order.ref"),
        ([{"id": "X"}], "0.id"),
        ("seen X just now", "text"),
        ({"id": "Y"}, None),
        ({}, None),
    ],
)
def test_the_id_is_found_wherever_it_stands(value: object, place: str | None) -> None:
    assert place_of(value, "X") == place


def test_a_stream_gets_the_fields_and_the_wrapper_that_the_code_asks_for(tmp_path: Path) -> None:
    made = probe(live(tmp_path), CHANNEL)
    way = Way("stream", "orders", CHANNEL)
    flat = entry_fields(live(tmp_path), way, made)
    assert (flat["side"], flat["size"], "payload" in flat) == ("probe", "7", False)
    wrapped = entry_fields(live(tmp_path, code='event = json.loads(fields["payload"])'), way, made)
    assert wrapped["payload"] == made.text
