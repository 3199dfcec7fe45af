"""Agreement: one list of (name, context, right answer) for each question, put to every room that answers it.

A question of the domain is answered in `wizard/rules`; the rooms must neither ask differently nor answer by themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from wizard.audit.audit import audit_service
from wizard.audit.index import index_stack
from wizard.audit.ports import port_problem, port_table
from wizard.checklist.load import load
from wizard.rules.ports import given_ports, is_own_port, own_port_variables, port_mentions, served_ports
from wizard.stack.claims import port_claims
from wizard.stack.infer.port import inferred_ports
from wizard.values.facts.code import PythonFile, SettingVar
from wizard.values.facts.compose import ComposeModel
from wizard.values.facts.stack import ServiceFacts, StackFacts
from wizard.values.lean import replace
from wizard.values.profile import Detected, Profile
from wizard.values.source import Fact, Source
from wizard.values.spec import Manifest, ServiceSpec

SAID, SPEC = 8123, 8005


class PortRow(NamedTuple):
    """Is `variable` the own port of `service`, in a stack with `others`? `served`: the code serves on its default."""

    variable: str
    service: str
    own: bool
    others: tuple[str, ...] = ()
    served: bool = False


PORTS = [
    PortRow("PORT", "market", True),
    PortRow("port", "market", True),
    PortRow("HTTP_PORT", "market", True),
    PortRow("LISTEN_PORT", "market", True),
    PortRow("SERVICE_PORT", "market", True),
    PortRow("FLASK_PORT", "market", True),
    PortRow("APP_PORT", "market", True),
    PortRow("MARKET_PORT", "market", True),
    PortRow("MARKET_SERVICE_PORT", "market", True),
    PortRow("MARKET_API_PORT", "market", True, ("api",)),
    PortRow("CDB_MARKET_PORT", "market", True),
    PortRow("ORDER_BOOK_PORT", "order-book", True),
    PortRow("ORDER_BOOK_PORT", "order_book", True, ("order",)),
    PortRow("REDIS_EXPORTER_PORT", "redis_exporter", True),
    PortRow("API_PORT", "market", True),
    PortRow("API_PORT", "market", False, ("api",)),
    PortRow("API_PORT", "api", True, ("market",)),
    PortRow("REDIS_PORT", "market", False),
    PortRow("MARKET_REDIS_PORT", "market", False),
    PortRow("REDIS_PORT", "redis_exporter", False),
    PortRow("DB_PORT", "db_writer", False),
    PortRow("POSTGRES_PORT", "market", False),
    PortRow("PGPORT", "market", False),
    PortRow("SMTP_PORT", "market", False),
    PortRow("MARKET_METRICS_PORT", "market", False),
    PortRow("METRICS_PORT", "market", False),
    PortRow("PROXY_PORT", "market", False),
    PortRow("RISK_PORT", "market", False, ("risk",)),
    PortRow("RISK_SERVICE_PORT", "market", False, ("risk",)),
    PortRow("ORDER_BOOK_PORT", "market", False, ("order-book",)),
    PortRow("FLAGS_PORT", "market", False),
    PortRow("FLAGS_PORT", "market", True, (), True),
    PortRow("MARKET_DATA_PORT", "market", False),
    PortRow("MARKET_DATA_PORT", "market", True, (), True),
    PortRow("MARKETING_PORT", "market", False),
    PortRow("SUPPORT", "market", False),
    PortRow("PORTAL", "market", False),
    PortRow("PORT_RANGE", "market", False),
    PortRow("EXPORT", "market", False),
]


def stack_of(row: PortRow) -> tuple[StackFacts, ServiceFacts]:
    """A stack whose only word on the service's port is the default of the variable."""
    path = f"services/{row.service}/config.py"
    variable = SettingVar(row.variable, required=False, default=str(SAID), secret=False, source=Source(path, 3))
    served = (Fact(SAID, Source(path, 9)),) if row.served else ()
    code = PythonFile(path, variables=(variable,), served_ports=served)
    spec = ServiceSpec(row.service, "", SPEC)
    manifest = Manifest(1, spec)
    service = ServiceFacts(row.service, f"services/{row.service}", path, python=(code,), manifest=manifest)
    others = tuple(ServiceFacts(name, f"services/{name}") for name in row.others)
    facts = StackFacts(
        "/stack",
        Detected(Profile(prefix="cdb_"), {}),
        ComposeModel(),
        (service, *others),
        None,
        None,
        (),
        None,
    )
    claims = port_claims(None, [(facts.compose, "")], facts.services, facts.profile)
    return replace(facts, claims=claims), service


def _rule(row: PortRow) -> bool:
    facts, service = stack_of(row)
    return bool(own_port_variables(service, frozenset(s.name for s in facts.services), "cdb_"))


def _mentions(row: PortRow) -> bool:
    facts, service = stack_of(row)
    return any(s.port == SAID for s in port_mentions(service, frozenset(s.name for s in facts.services), "cdb_"))


def _inference(row: PortRow) -> bool:
    facts, service = stack_of(row)
    return any(port == SAID for port, _ in inferred_ports(facts, service, row.service))


def _table(row: PortRow) -> bool:
    facts, _ = stack_of(row)
    return any(line.port == SAID for line in port_table(facts))


def _picker(row: PortRow) -> bool:
    facts, _ = stack_of(row)
    return bool(port_problem(facts, "newcomer", SAID))


def _check(row: PortRow) -> bool:
    facts, service = stack_of(row)
    names = index_stack(facts).names
    return any(fact.value == SAID for fact in served_ports(service, names, "cdb_"))


def _contradiction(row: PortRow) -> bool:
    facts, service = stack_of(row)
    assert service.manifest is not None
    report = audit_service(facts, service, service.manifest.spec, load(), ())
    return any((str(SAID), Source(f"services/{row.service}/config.py", 3)) in c.says for c in report.contradictions)


PORT_ROOMS: dict[str, Callable[[PortRow], bool]] = {
    "rules": _rule,
    "port_mentions": _mentions,
    "inference": _inference,
    "table of ports": _table,
    "picker": _picker,
    "what the code serves": _check,
    "contradictions": _contradiction,
}


@pytest.mark.parametrize("room", PORT_ROOMS)
@pytest.mark.parametrize("row", PORTS, ids=lambda row: f"{row.variable} of {row.service}{' served' * row.served}")
def test_every_room_knows_the_same_own_port(row: PortRow, room: str) -> None:
    assert PORT_ROOMS[room](row) is row.own


@pytest.mark.parametrize("row", [row for row in PORTS if not row.served], ids=lambda row: row.variable)
def test_a_name_alone_never_says_own_where_only_the_code_can_tell(row: PortRow) -> None:
    said = is_own_port(row.variable, row.service, row.others, "cdb_")
    assert (said is True) is row.own


def test_what_compose_and_the_image_set_wins_over_the_default() -> None:
    _, service = stack_of(PORTS[0])
    assert given_ports(service) == {}
    assert [mention.kind for mention in port_mentions(service)] == ["default"]
