"""What does not fit between services: a table of ends, and what is said of them."""

from __future__ import annotations

import pytest

from wizard.audit.flow import flow_contradictions, judge_flow
from wizard.values.flow import Carrier, End, Flow, FlowField, Unseen
from wizard.values.lean import replace
from wizard.values.source import Source


def field(name: str, kind: str = "", *, required: bool = True, nullable: bool = False, line: int = 9) -> FlowField:
    return FlowField(name, kind, required, Source("m.py", line), nullable)


def writes(service: str, *fields: FlowField, known: bool = True, certain: bool = True) -> End:
    return End(
        service,
        "writes",
        Source(f"{service}.py", 1),
        fields if known else None,
        certain,
        "M",
        Source(f"{service}.py", 5),
    )


def reads(service: str, *fields: FlowField, known: bool = True, certain: bool = True) -> End:
    return End(service, "reads", Source(f"{service}.py", 2), fields if known else None, certain)


def channel(*ends: End, name: str = "c", medium: str = "channel", announced: tuple[End, ...] = ()) -> Carrier:
    sides = {way: tuple(end for end in ends if end.way == way) for way in ("writes", "reads")}
    return Carrier(medium, name, sides["writes"], sides["reads"], announced)


def kinds(*carriers: Carrier, unseen: tuple[Unseen, ...] = ()) -> list[str]:
    return [f"{one.kind}{'' if one.certain else '?'}" for one in judge_flow(Flow(carriers, unseen))]


A = field("a")
SHARED = writes("w")
"""A line that another service has, too, built from the same folder."""


@pytest.mark.parametrize(
    ("carrier", "expected"),
    [
        (channel(writes("w", A), reads("r", A)), []),
        (channel(writes("w"), reads("r", A)), ["missing-field"]),
        (channel(writes("w"), reads("r", field("a", required=False))), []),
        (channel(writes("w", known=False), reads("r", A)), []),
        (channel(writes("w", A), reads("r", known=False)), []),
        (channel(writes("w", certain=False), reads("r", A)), ["missing-field?"]),
        (channel(writes("w", A), writes("v"), reads("r", A)), ["missing-field"]),
        (channel(writes("s"), reads("s", A)), []),
        (channel(writes("w", field("a", "str")), reads("r", field("a", "float"))), ["type-differs"]),
        (channel(writes("w", field("a", "int")), reads("r", field("a", "float"))), []),
        (channel(writes("w", field("a", "float")), reads("r", field("a", "int"))), ["type-differs"]),
        (channel(writes("w", field("a", "str")), reads("r", A)), []),
        (channel(writes("w", field("a", "str", nullable=True)), reads("r", field("a", "str"))), ["type-differs"]),
        (channel(writes("w", field("a", "str", nullable=True)), reads("r", field("a", "str", nullable=True))), []),
        (channel(writes("w", A)), ["never-read"]),
        (channel(reads("r", A)), ["never-written"]),
        (channel(writes("w", A), name="orders.dead"), []),
        (channel(writes("w", A), name="orders-dlq"), []),
        (channel(writes("w", A), name="dead_pool_scores"), ["never-read"]),
        (channel(writes("w"), medium="table"), []),
        (channel(writes("w"), writes("v"), medium="table"), ["two-writers"]),
        (channel(writes("w"), writes("w"), medium="table"), []),
        (channel(SHARED, replace(SHARED, service="v"), medium="table"), []),
        (channel(SHARED, replace(SHARED, service="v"), writes("x"), medium="table"), ["two-writers"]),
        (channel(writes("w"), writes("v", certain=False), medium="table"), []),
    ],
)
def test_what_is_said_of_one_carrier(carrier: Carrier, expected: list[str]) -> None:
    assert kinds(carrier) == expected


@pytest.mark.parametrize(
    ("unseen", "expected"),
    [
        (Unseen("x", "reads", Source("x.py", 1), "made", "channel"), "never-read?"),
        (Unseen("x", "writes", Source("x.py", 1), "made", "channel"), "never-read"),
        (Unseen("x", "reads", Source("x.py", 1), "made", "stream"), "never-read"),
        (Unseen("x", "", Source("c.yml", 1), "not Python"), "never-read?"),
    ],
)
def test_what_was_not_seen_might_be_the_other_end(unseen: Unseen, expected: str) -> None:
    assert kinds(channel(writes("w", A)), unseen=(unseen,)) == [expected]


def test_both_lines_are_named() -> None:
    (found,) = judge_flow(Flow((channel(writes("w"), reads("r", field("a", line=7))),)))
    assert "r needs a (m.py:7) of c, and w does not send it: M (w.py:5) has no such field" in found.message
    assert [str(place) for _, place in found.says] == ["m.py:7", "w.py:5"]
    assert found.service == "r"


def test_who_announces_a_channel_is_named() -> None:
    (found,) = judge_flow(Flow((channel(reads("r"), announced=(writes("w"),)),)))
    assert "w says that it will (w.py:1)" in found.message


def test_only_what_is_certain_and_stops_a_service_is_its_contradiction() -> None:
    carriers = (
        channel(writes("w"), reads("r", A), name="one"),
        channel(writes("w", certain=False), reads("r", A), name="two"),
        channel(writes("w"), name="three"),
    )
    findings = judge_flow(Flow(carriers))
    assert [one.topic for one in flow_contradictions(findings, "r")] == ["channel one"]
    assert flow_contradictions(findings, "w") == ()


def test_a_round_trip_is_said_once_with_every_hop() -> None:
    carriers = (
        channel(writes("a"), reads("b"), name="ab"),
        channel(writes("b"), reads("c"), name="bc"),
        channel(writes("c"), reads("a"), name="ca"),
        channel(writes("c"), reads("d"), name="cd"),
    )
    (found,) = judge_flow(Flow(carriers))
    assert found.kind == "cycle"
    assert found.message == "events go round: a → ab → b → bc → c → ca → a"


def test_a_chain_is_no_cycle() -> None:
    assert kinds(channel(writes("a"), reads("b"), name="ab"), channel(writes("b"), reads("c"), name="bc")) == []


def test_a_thousand_services_in_a_row_are_judged() -> None:
    row = tuple(channel(writes(f"s{n}"), reads(f"s{n + 1}"), name=f"c{n}") for n in range(1000))
    assert kinds(*row) == []
