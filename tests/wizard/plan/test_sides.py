"""One side of a contradiction is right: the answers that say so, the edits that follow, the lines left to a person."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.pipeline.guided_session import GuidedSession
from wizard.plan.sides import sides
from wizard.values.finding import Contradiction
from wizard.values.source import Source
from wizard.values.spec import Channel, ServiceSpec, Variable

SPEC = ServiceSpec(
    "market",
    "prices",
    8005,
    inputs=(Channel("ticks"),),
    outputs=(Channel("market_data"),),
    variables=(Variable("MARKET_URL"),),
)


def said(topic: str, *values: str, other: str = "") -> Contradiction:
    says = tuple((value, Source("a.py", number)) for number, value in enumerate(values, 1))
    return Contradiction("market", topic, f"{topic} of market", says, other)


@pytest.mark.parametrize(
    ("topic", "values", "answers"),
    [
        ("port", ("8005", "8006"), {"8005": SPEC.port, "8006": 8006}),
        ("channel", ("market_data", "market_dat"), {"market_data": ["market_data"], "market_dat": ["market_dat"]}),
        ("variable", ("MARKET_URL", "MARKET_URI"), {"MARKET_URL": ["MARKET_URL"], "MARKET_URI": ["MARKET_URI"]}),
        ("container", ("cdb_market", "market"), {"cdb_market": 8005, "market": 8005}),
    ],
)
def test_every_value_is_a_side_with_its_answers(
    topic: str, values: tuple[str, ...], answers: dict[str, object]
) -> None:
    for side in sides([said(topic, *values, values[0])], SPEC):
        told = {
            "channel": [channel.name for channel in side.spec.outputs],
            "variable": [variable.name for variable in side.spec.variables],
        }.get(topic, side.spec.port)
        assert told == answers[side.value]
        assert all(source.path == "a.py" for source in side.sources)
    assert [side.value for side in sides([said(topic, *values, values[0])], SPEC)] == list(values)


def test_what_two_services_disagree_about_has_no_side_here() -> None:
    assert sides([said("channel", "a", "b", other="core")], SPEC) == ()


def test_a_channel_that_is_there_already_is_not_named_twice() -> None:
    (_, side) = sides([said("channel", "market_data", "ticks")], SPEC)
    assert [channel.name for channel in side.spec.inputs] == ["ticks"]


@pytest.mark.parametrize(("value", "gone"), [("8005", "8006"), ("8006", "8005")])
def test_the_edits_that_follow_and_the_lines_that_stay(demo: Path, value: str, gone: str) -> None:
    session = GuidedSession(demo)
    view = session.look()
    report = view.report("market")
    assert report is not None and report.has_sides
    spec = session.describe("market")[0].spec
    side = next(side for side in sides(report.contradictions, spec) if side.value == value)
    found = session.follow(side)
    assert found.edits
    for _, edit in found.edits:
        assert value in (edit.after or "") or "serve(app)" in (edit.after or ""), edit.path
    changed = {edit.path for _, edit in found.edits}
    assert not {source.path for _, source in found.by_hand} & changed
    assert all(said_there == gone for said_there, _ in found.by_hand)
