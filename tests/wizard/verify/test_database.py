"""What the database's check says of a server that cannot be asked, and of SQL that is wrong."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from wizard.runtime.reach import read_psql
from wizard.values.live import LiveTrouble, SqlRun
from wizard.verify.database import scratch_database

REFUSED = [
    'psql: error: connection to server at "172.23.0.2", port 5432 failed: Connection refused',
    "\tIs the server running on that host and accepting TCP/IP connections?",
]
TIMED_OUT = ['psql: error: connection to server at "172.23.0.2", port 5432 failed: timeout expired']
STARTING = ['psql: error: connection to server on socket "/run/x" failed: FATAL:  the database system is starting up']
WRONG = ['psql: error: connection to server at "db" failed: FATAL:  password authentication failed for user "desk"']
DENIED = ["psql:<stdin>:1: ERROR:  permission denied to create database"]


@pytest.mark.parametrize(
    ("lines", "cause", "undecided", "said"),
    [
        (REFUSED, "not-reachable", True, "Connection refused"),
        (TIMED_OUT, "not-reachable", True, "timeout expired"),
        (STARTING, "not-reachable", True, "starting up"),
        (WRONG, "wrong-password", False, "password authentication failed"),
        (DENIED, "sql-error", False, "permission denied"),
    ],
)
def test_a_server_that_cannot_be_asked_is_no_fault_of_the_schema(
    lines: list[str], cause: str, undecided: bool, said: str
) -> None:
    live: Any = SimpleNamespace(run=SimpleNamespace(psql=lambda sql, database: read_psql(2, lines)))
    with pytest.raises(LiveTrouble, match=said) as caught, scratch_database(live):
        pass
    assert (caught.value.cause, caught.value.undecided) == (cause, undecided)


def test_a_role_that_the_schema_made_goes_with_the_scratch_database() -> None:
    roles, said = ["postgres", "Desk one"], []

    def psql(sql: str, database: str) -> SqlRun:
        assert database == "postgres"
        said.append(sql)
        return SqlRun(True, "\n".join(roles) if "pg_roles" in sql else "")

    live: Any = SimpleNamespace(run=SimpleNamespace(psql=psql))
    with scratch_database(live):
        roles.append("market")
    assert [sql for sql in said if sql.startswith("DROP ROLE")] == ['DROP ROLE "market"']


def test_no_role_goes_when_nobody_said_which_ones_there_were() -> None:
    said: list[str] = []

    def psql(sql: str, database: str) -> SqlRun:
        said.append(sql)
        first = len([one for one in said if "pg_roles" in one]) < 2
        return SqlRun("pg_roles" not in sql or not first, "postgres" if not first else "")

    live: Any = SimpleNamespace(run=SimpleNamespace(psql=psql))
    with scratch_database(live):
        pass
    assert not [sql for sql in said if sql.startswith("DROP ROLE")]
