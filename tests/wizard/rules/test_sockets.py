"""Who holds a port of the host: addresses, protocols, networks, profiles and files."""

from __future__ import annotations

from dataclasses import replace

import pytest

from wizard.rules.sockets import clash, is_for, is_foreign, is_group, names_it, network_home, owners_apart, same_address
from wizard.values.facts.compose import ComposeService
from wizard.values.facts.documents import RegistryEntry
from wizard.values.facts.stack import PortClaim
from wizard.values.source import Fact, Source

AT = Source("compose.yaml", 1)
MINE = PortClaim(8005, "published", "market", Source("compose.yaml", 9), "", "127.0.0.1")
OTHER = PortClaim(8005, "published", "billing", Source("compose.yaml", 20), "", "127.0.0.1")

ADDRESSES = [
    ("127.0.0.1", "127.0.0.1", True),
    ("127.0.0.1", "localhost", True),
    ("127.0.0.1", "", True),
    ("127.0.0.1", "*", True),
    ("127.0.0.1", "0.0.0.0", True),
    ("127.0.0.1", "127.0.0.2", False),
    ("127.0.0.1", "10.0.0.7", False),
    ("127.0.0.1", "::1", False),
    ("127.0.0.1", "::", False),
    ("::1", "::", True),
    ("[::1]", "0:0:0:0:0:0:0:1", True),
    ("::1", "0.0.0.0", False),
    ("", "", True),
    ("", "::", True),
    ("${LAN}", "127.0.0.1", False),
    ("fe80::zz", "fe80::1", False),
]


@pytest.mark.parametrize(("one", "other", "same"), ADDRESSES)
def test_addresses(one: str, other: str, same: bool) -> None:
    assert same_address(one, other) is same
    assert same_address(other, one) is same


CLASHES = [
    ("the same socket", {}, True),
    ("the same service", {"holder": "market"}, False),
    ("udp beside tcp", {"protocol": "udp"}, False),
    ("another address", {"address": "192.0.2.9"}, False),
    ("a service whose network it shares", {"serves": ("market",)}, False),
    ("a profile beside none", {"profiles": ("debug",)}, True),
    ("a development file beside this one", {"source": Source("compose.dev.yaml", 3)}, True),
    ("a file of another whole stack", {"source": Source("old.yaml", 3), "stands_alone": True}, False),
]


@pytest.mark.parametrize(("change", "together"), [row[1:] for row in CLASHES], ids=[row[0] for row in CLASHES])
def test_claims_that_cannot_both_be_had(change: dict[str, object], together: bool) -> None:
    other = replace(OTHER, **change)  # type: ignore[arg-type]
    assert clash(MINE, other) is together
    assert clash(other, MINE) is together


@pytest.mark.parametrize(
    ("mine", "theirs", "together"),
    [
        (("blue",), ("green",), False),
        (("blue", "all"), ("green", "all"), True),
        ((), (), True),
    ],
)
def test_profiles_that_exclude_each_other(mine: tuple[str, ...], theirs: tuple[str, ...], together: bool) -> None:
    assert clash(replace(MINE, profiles=mine), replace(OTHER, profiles=theirs)) is together


@pytest.mark.parametrize(
    ("mine", "theirs", "together"),
    [
        ("compose.dev.yml", "compose.prod.yml", False),
        ("deploy/docker-compose.local.yaml", "deploy/docker-compose.production.yaml", False),
        ("staging.yml", "prod.yml", False),
        ("base.yml", "prod.yml", True),
        ("dev.yml", "dev.yml", True),
        ("dev.yml", "local.yml", True),
        ("dev.yml", "product-api.yml", True),
    ],
)
def test_files_for_two_places(mine: str, theirs: str, together: bool) -> None:
    one, other = replace(MINE, source=Source(mine, 1)), replace(OTHER, source=Source(theirs, 2))
    assert clash(one, other) is together


def block(key: str, mode: str = "", container: str = "") -> ComposeService:
    return ComposeService(
        key,
        (AT,),
        network_mode=Fact(mode, AT) if mode else None,
        container_name=Fact(container, AT) if container else None,
    )


@pytest.mark.parametrize(
    ("mode", "home"),
    [
        ("", "web"),
        ("bridge", "web"),
        ("host", "web"),
        ("service:gate", "gate"),
        ("container:edge-gate", "gate"),
        ("container:gate", "gate"),
        ("service:edge-gate", None),
        ("container:elsewhere", None),
    ],
)
def test_whose_network(mode: str, home: str | None) -> None:
    web, gate = block("web", mode), block("gate", container="edge-gate")
    found = network_home(web, (web, gate))
    assert (found.key if found else None) == home


@pytest.mark.parametrize(
    ("mode", "foreign"),
    [("host", True), ("none", True), ("service:a", True), ("container:a", True), ("bridge", False), ("back", False)],
)
def test_networks_without_published_ports(mode: str, foreign: bool) -> None:
    assert is_foreign(mode) is foreign


@pytest.mark.parametrize(
    ("owner", "service", "name", "may", "says"),
    [
        ("Market Service", "market", "market", True, True),
        ("Market Service", "market", "cdb_market", True, False),
        ("Market Service", "market", "risk", False, False),
        ("Market Service (planned)", "", "market", True, True),
        ("Market Gateway", "", "market", True, False),
        ("Redis Cache", "", "redis", True, False),
        ("", "", "market", False, False),
    ],
)
def test_whom_a_registry_line_names(owner: str, service: str, name: str, may: bool, says: bool) -> None:
    entry = RegistryEntry(8005, owner, service, "", AT)
    assert is_for(entry, name, "cdb_") is may
    assert names_it(entry, name, "") is says


def test_a_range_for_nobody_of_the_stack_is_a_groups() -> None:
    line = [RegistryEntry(port, "Tool Servers", "", "", AT) for port in (9001, 9002)]
    assert is_group(line[0], line)
    assert not is_group(line[0], line[:1]), "a line of one port is its owner's"
    assert not is_group(replace(line[0], service="tools"), line), "a range of a service of the stack is that one's"


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        (("Zookeeper", "", ""), ("zookeeper", "", "Kafka coordination"), False),
        (("postgres", "postgres", "PostgreSQL database"), ("PostgreSQL", "", "pgvector"), False),
        (("jobmanager", "jobmanager", "Flink JobManager"), ("Flink", "", "flink:1.17"), False),
        (("Tides Service", "tides", ""), ("tides", "tides", ""), False),
        (("Tides", "tides", "Ferry of tides"), ("Ferry", "ferry", ""), True),
        (("Tides", "", "feeds Ferry"), ("Ferry", "", ""), True),
        (("Tides", "", ""), ("Ferry", "", ""), True),
    ],
)
def test_whether_two_lines_name_one_owner(one: tuple[str, str, str], other: tuple[str, str, str], apart: bool) -> None:
    entries = [RegistryEntry(8005, *one, AT), RegistryEntry(8005, *other, AT)]
    assert bool(owners_apart(entries, ())) is apart
    assert bool(owners_apart(entries[::-1], ())) is apart
    third = RegistryEntry(8005, "Lighthouse", "", "", AT)
    assert len(owners_apart([*entries, third], ())) == 3, "a third owner is apart from both"
