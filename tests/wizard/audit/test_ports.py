"""The port table and the choice of a port."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from wizard.audit.ports import choose_port, keeps_port, next_free, port_problem, port_table
from wizard.values.facts.compose import PublishedPort
from wizard.values.facts.documents import RegistryEntry
from wizard.values.facts.stack import PortClaim
from wizard.values.source import Source

DEV = "infrastructure/compose/dev.yml"
DOC = "FUTURE_SERVICES.md"


def listening(port: int) -> PortClaim:
    return PortClaim(port, "listening", "postgres", None, "pid 4242")


def test_the_table(good: Any) -> None:
    rows = {row.port: row for row in port_table(good.facts)}
    assert list(rows) == [8002, 8005, 8006, 8008]
    assert {port: (row.reserved_for, row.state, row.free_for) for port, row in rows.items()} == {
        8002: ("Risk Service", "published", ""),
        8005: ("Market Service", "published", ""),
        8006: ("Allocation Service", "reserved", "Allocation Service"),
        8008: ("", "free", "*"),
    }
    states = [(c.state, c.holder, str(c.source)) for c in rows[8005].claims]
    assert states[0] == ("reserved", "market", f"{DOC}:3")
    assert ("published", "market", f"{DEV}:30") in states
    assert ("exposed", "market", "services/market/Dockerfile:9") in states


def test_claims_the_reader_brought_are_not_doubled(good: Any) -> None:
    claim = PortClaim(8005, "published", "market", Source(DEV, 30))
    facts = good.stack(claims=(*good.facts.claims, claim, listening(8008), listening(22))).facts
    rows = {row.port: row for row in port_table(facts)}
    assert sum(c.state == "published" for c in rows[8005].claims) == 1
    assert (rows[8008].state, rows[8008].free_for) == ("listening", "")
    assert 22 not in rows


def test_conflicts_name_both_lines(good: Any) -> None:
    port = PublishedPort("127.0.0.1", 8002, 8002, "127.0.0.1:8002:8002", Source(DEV, 30))
    row = next(r for r in port_table(good.compose(ports=(port,)).facts) if r.port == 8002)
    assert row.state == "conflict"
    assert row.conflicts == (
        f"published by more than one: risk ({DEV}:55) and market ({DEV}:30)",
        f"market publishes it ({DEV}:30), reserved for Risk Service ({DOC}:2)",
    ) or row.conflicts == (
        f"published by more than one: market ({DEV}:30) and risk ({DEV}:55)",
        f"market publishes it ({DEV}:30), reserved for Risk Service ({DOC}:2)",
    )


def test_a_port_reserved_twice_is_a_conflict(good: Any) -> None:
    registry = good.facts.registry
    entries = (*registry.entries, RegistryEntry(8006, "Regime Service", "", "", Source(DOC, 9)))
    facts = good.stack(registry=replace(registry, entries=entries)).facts
    row = next(r for r in port_table(facts) if r.port == 8006)
    assert row.conflicts == (f"reserved twice: Allocation Service ({DOC}:4) and Regime Service ({DOC}:9)",)


@pytest.mark.parametrize(
    ("name", "port", "problem"),
    [
        ("market", 8005, ""),
        ("allocation", 8006, ""),
        ("alpha", 8008, ""),
        ("alpha", 8009, ""),
        ("alpha", 8006, f"8006 is reserved for Allocation Service ({DOC}:4)"),
        ("alpha", 8005, f"8005 is reserved for Market Service ({DOC}:3)"),
        ("alpha", 80, "80 is outside 1024 to 65535"),
        ("alpha", 0, "0 is outside 1024 to 65535"),
        ("alpha", 65536, "65536 is outside 1024 to 65535"),
    ],
)
def test_port_problem(good: Any, name: str, port: int, problem: str) -> None:
    assert port_problem(good.facts, name, port) == problem


def test_a_port_published_by_another_or_listening_is_taken(good: Any) -> None:
    port = PublishedPort("127.0.0.1", 8008, 8008, "8008", Source(DEV, 31))
    facts = good.compose(ports=(*good.service.compose.ports, port)).facts
    assert port_problem(facts, "alpha", 8008) == f"8008 is published by market ({DEV}:31)"
    busy = good.stack(claims=(listening(8008),)).facts
    assert port_problem(busy, "alpha", 8008) == "8008 is in use on this machine now by postgres (pid 4242)"
    running = good.stack(claims=(listening(8005),)).facts
    assert port_problem(running, "market", 8005) == ""


def test_choosing(good: Any) -> None:
    facts = good.facts
    assert choose_port(facts, "allocation") == 8006
    assert choose_port(facts, "alpha") == 8008
    busy = good.stack(claims=(listening(8008), listening(8009))).facts
    assert choose_port(busy, "alpha") == 8010
    assert next_free(facts) == 8009
    bare = good.stack(registry=None).facts
    assert choose_port(bare, "alpha") == 8006, "next to the ports the stack has"
    empty = good.stack(registry=None, services=(), compose=replace(facts.compose, services=())).facts
    assert choose_port(empty, "alpha") == 8000


def test_a_port_its_own_code_names_comes_before_one_for_nobody(good: Any) -> None:
    """The registry's line for it is taken by another service."""
    block = replace(good.service.compose, ports=())
    other = good.compose(ports=()).facts
    claim = PortClaim(8009, "exposed", "market", Source("services/market/service.py", 3), "served by the code")
    taken = PortClaim(8005, "published", "risk", Source(DEV, 55), "127.0.0.1:8005:8005")
    facts = replace(other, claims=(*(c for c in other.claims if c.port != 8005), claim, taken))
    assert block.ports == ()
    assert choose_port(facts, "market") == 8009


def test_a_server_with_the_stacks_prefix_is_the_owner_without(good: Any) -> None:
    profile = replace(good.facts.detected.profile, prefix="cdb_")
    entry = RegistryEntry(6379, "Redis", "", "infrastructure", Source(DOC, 9))
    registry = replace(good.facts.registry, entries=(*good.facts.registry.entries, entry))
    claim = PortClaim(6379, "published", "cdb_redis", Source(DEV, 5), "127.0.0.1:6379:6379")
    facts = replace(good.facts, detected=replace(good.facts.detected, profile=profile), registry=registry)
    row = next(r for r in port_table(replace(facts, claims=(*facts.claims, claim))) if r.port == 6379)
    assert row.conflicts == ()


def test_a_port_that_begun_code_holds_is_not_given_twice(good: Any) -> None:
    """Committed up to phase 1: the code says 8008, compose does not publish it yet."""
    claim = PortClaim(8008, "exposed", "market", Source("services/market/config.py", 35), "default of MARKET_PORT")
    facts = replace(good.facts, claims=(*good.facts.claims, claim))
    assert port_problem(facts, "alpha", 8008) == "8008 is used by market (services/market/config.py:35)"
    assert port_problem(facts, "market", 8008) == ""
    assert choose_port(facts, "alpha") == 8009
    row = next(row for row in port_table(facts) if row.port == 8008)
    assert (row.state, row.free_for) == ("exposed", "market")


def test_a_stray_probe_of_another_does_not_take_a_reserved_port_away(good: Any) -> None:
    claim = PortClaim(8006, "exposed", "market", Source("services/market/Dockerfile", 10), "health check of the image")
    facts = replace(good.facts, claims=(*good.facts.claims, claim))
    assert port_problem(facts, "allocation", 8006) == ""


def test_a_service_keeps_the_port_it_publishes(good: Any) -> None:
    rival = PortClaim(8005, "published", "billing", Source("other.yml", 70), "8005:8005")
    facts = good.stack(claims=(*good.facts.claims, rival, listening(8005))).facts
    assert port_problem(facts, "market", 8005) == "8005 is published by billing (other.yml:70)"
    assert keeps_port(facts, "market", 8005)
    assert not keeps_port(facts, "alpha", 8005)


@pytest.mark.parametrize(("name", "port", "keeps"), [("allocation", 8006, True), ("alpha", 8008, False)])
def test_what_listens_now_may_be_the_service_itself(good: Any, name: str, port: int, keeps: bool) -> None:
    facts = good.stack(claims=(*good.facts.claims, listening(port))).facts
    assert keeps_port(facts, name, port) is keeps


def test_a_group_gives_its_ports_to_who_asks(good: Any) -> None:
    group = tuple(RegistryEntry(port, "Tool Servers", "", "", Source(DOC, 9)) for port in range(9001, 9009))
    registry = replace(good.facts.registry, entries=(*good.facts.registry.entries, *group))
    facts = good.stack(registry=registry).facts
    assert port_problem(facts, "alpha", 9003) == ""
    assert choose_port(facts, "alpha") == 8008, "unasked, nobody gets a port of a group"
    line = RegistryEntry(9003, "Alpha Service", "", "", Source(DOC, 10))
    both = good.stack(registry=replace(registry, entries=(*registry.entries, line))).facts
    assert next(row for row in port_table(both) if row.port == 9003).conflicts == ()


def test_a_row_tells_two_protocols_apart(good: Any) -> None:
    claim = PortClaim(8005, "published", "beacon", Source("other.yml", 70), "8005:8005/udp", protocol="udp")
    facts = good.stack(claims=(*good.facts.claims, claim)).facts
    row = next(row for row in port_table(facts) if row.port == 8005)
    assert claim in row.claims
    assert not any("more than one" in conflict for conflict in row.conflicts)
