"""Integration tests of the service's rows, against the PostgreSQL of STACK_POSTGRES_DSN."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from signals.config import SERVICE
from signals.models import SignalScoresEvent
from signals.store import PostgresLink, Store, StoreDownError

pytestmark = pytest.mark.integration
DSN = os.environ.get("STACK_POSTGRES_DSN", "")
TABLE = "signal_scores"


@pytest.fixture
def connection() -> Iterator[psycopg.Connection]:
    """A connection to a database that has the service's table."""
    if not DSN:
        pytest.skip("STACK_POSTGRES_DSN is not set: no PostgreSQL to test against")
    with psycopg.connect(DSN, autocommit=True) as made:
        found = made.execute("SELECT to_regclass(%s)", [TABLE]).fetchone()
        if found is None or found[0] is None:
            pytest.skip(f"the database has no table {TABLE}: apply the schema first")
        yield made
        made.execute(f"DELETE FROM {TABLE} WHERE event_id LIKE 'test-%'")


@pytest.fixture
def store(connection: psycopg.Connection) -> Iterator[Store]:
    """The service's store on the same server."""
    given = conninfo_to_dict(DSN)
    made = Store(
        PostgresLink(
            str(given.get("host") or connection.info.host),
            int(given.get("port") or connection.info.port),
            connection.info.user,
            connection.info.dbname,
            password=lambda: connection.info.password,
        )
    )
    yield made
    made.close()


def event() -> SignalScoresEvent:
    """An event with an id of its own."""
    return SignalScoresEvent(
        id=f"test-{uuid.uuid4()}", time="2026-01-01T00:00:00+00:00", symbol="probe", score=1.5
    )


def rows(connection: psycopg.Connection, event_id: str) -> int:
    """How many rows the event has."""
    query = f"SELECT count(*) FROM {TABLE} WHERE event_id = %s"
    found = connection.execute(query, [event_id]).fetchone()
    return int(found[0]) if found else 0


def test_an_event_is_one_row_however_often_it_is_saved(
    connection: psycopg.Connection, store: Store
) -> None:
    """`event_id` is unique."""
    made = event()
    assert store.save([made]) == {}
    assert store.save([made]) == {}
    assert rows(connection, made.id) == 1


def test_it_saves_again_after_its_connection_was_dropped(
    connection: psycopg.Connection, store: Store
) -> None:
    """As after a restart of PostgreSQL."""
    before = connection.execute("SELECT pid FROM pg_stat_activity").fetchall()
    store.save([event()])
    connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = %s AND pid <> ALL(%s)",
        [SERVICE, [pid for (pid,) in before]],
    )
    made = event()
    with pytest.raises(StoreDownError):
        store.save([made])
    store.save([made])
    assert rows(connection, made.id) == 1


def test_many_are_stored_at_once(connection: psycopg.Connection, store: Store) -> None:
    """One transaction for all of them."""
    made = [event() for _ in range(20)]
    assert store.save(made) == {}
    assert [rows(connection, one.id) for one in made] == [1] * 20


def test_a_table_that_is_not_there_is_said_and_nothing_is_given_up(
    connection: psycopg.Connection, store: Store
) -> None:
    """As on the first start with an old volume."""
    connection.execute(f"ALTER TABLE {TABLE} RENAME TO gone_for_a_test")
    try:
        with pytest.raises(StoreDownError):
            store.save([event()])
        assert store.health().startswith("down: ")
    finally:
        connection.execute(f"ALTER TABLE gone_for_a_test RENAME TO {TABLE}")


def test_health_asks_the_server(store: Store) -> None:
    """A store that can connect is ok."""
    store.check()
    assert store.health() == "ok"


def test_a_server_that_is_away_is_said_to_be_down() -> None:
    """Nothing listens on the discard port."""
    away = Store(PostgresLink("127.0.0.1", 9, "nobody", "nothing"))
    with pytest.raises(StoreDownError):
        away.save([event()])
    assert away.health().startswith("down: ")
    away.close()
