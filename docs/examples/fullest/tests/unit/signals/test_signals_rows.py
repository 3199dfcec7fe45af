"""Unit tests of the store, with a stand-in for PostgreSQL."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import cast

import psycopg
import pytest

from signals import store as store_module
from signals.config import SERVICE
from signals.models import SignalAlarmsEvent, SignalScoresEvent
from signals.store import INSERTS, MISSING, TABLES, PostgresLink, Store, StoreDownError, rows

pytestmark = pytest.mark.unit
EVENT = SignalScoresEvent(id="a-1", time="2026-01-01T00:00:00+00:00", symbol="probe", score=1.5)
STATEMENTS = [INSERTS[table] for table in INSERTS if table in rows(EVENT)]
OTHER = SignalScoresEvent(id="a-2", time="2026-01-01T00:00:00+00:00", symbol="probe", score=1.5)


class FakePostgres:
    """A connection, its transaction and its cursor. `failures`: id, or `""` for all, -> error."""

    def __init__(self) -> None:
        self.closed = False
        self.opened = 0
        self.rows: list[str] = []
        self.failures: dict[str, psycopg.Error] = {}
        self.missing: tuple[str] | None = None
        self.statements: list[str] = []

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep the rows, or none of them."""
        before = list(self.rows)
        try:
            yield
        except psycopg.Error:
            self.rows = before
            raise

    @contextmanager
    def cursor(self) -> Iterator[FakePostgres]:
        """Give itself."""
        yield self

    def executemany(self, statement: str, values: Sequence[dict[str, object]]) -> None:
        """Keep rows until one is refused."""
        self.statements.append(statement)
        for value in values:
            event_id = str(value["event_id"])
            failure = self.failures.get("") or self.failures.get(event_id)
            if failure is not None:
                raise failure
            if event_id not in self.rows:
                self.rows.append(event_id)

    def execute(self, statement: str, values: Sequence[object]) -> FakePostgres:
        """Look for what is missing."""
        self.statements.append(f"{statement} {values}")
        if "" in self.failures:
            raise self.failures[""]
        return self

    def fetchone(self) -> tuple[str] | None:
        """Say which table is missing."""
        return self.missing

    def close(self) -> None:
        """End the connection."""
        self.closed = True


@pytest.fixture
def postgres(monkeypatch: pytest.MonkeyPatch) -> FakePostgres:
    """The server that every link leads to; its own clock never hides a check."""
    made = FakePostgres()

    def connect(_: PostgresLink) -> psycopg.Connection:
        made.opened += 1
        return cast("psycopg.Connection", made)

    monkeypatch.setattr(PostgresLink, "connect", connect)
    monkeypatch.setattr(store_module, "CHECK_SECONDS", 0.0005)
    return made


@pytest.fixture
def store(postgres: FakePostgres) -> Iterator[Store]:
    """The store on the stand-in."""
    assert postgres.rows == []
    made = Store(PostgresLink("nowhere", 1, "user", "database"))
    yield made
    made.close()
    for thread in threading.enumerate():
        if thread.name == "store-watch":
            thread.join(10)  # it looks at what this test put there


def test_its_watch_keeps_no_process_alive(store: Store) -> None:
    """It ends with the store, and with the process."""
    assert not store._closed.is_set()
    watches = [thread for thread in threading.enumerate() if thread.name == "store-watch"]
    assert watches
    assert all(thread.daemon for thread in watches)


def test_events_are_stored_together_and_it_is_well(store: Store, postgres: FakePostgres) -> None:
    """Before the first answer it is not."""
    assert store.health() == "down: not asked yet"
    assert store.save([EVENT, OTHER]) == {}
    assert postgres.rows == ["a-1", "a-2"]
    assert postgres.statements == STATEMENTS
    assert store.health() == "ok"


@pytest.mark.parametrize("fault", [psycopg.DataError("NUL"), psycopg.IntegrityError("not null")])
def test_a_row_that_is_refused_does_not_take_the_others_with_it(
    store: Store, postgres: FakePostgres, fault: psycopg.Error
) -> None:
    """Its reason is returned; the server is well."""
    postgres.failures["a-1"] = fault
    assert store.save([EVENT, OTHER]) == {"a-1": str(fault)}
    assert postgres.rows == ["a-2"]
    assert store.health() == "ok"
    assert not postgres.closed


@pytest.mark.parametrize(
    "fault",
    [
        psycopg.OperationalError("gone"),
        psycopg.ProgrammingError("no table"),
        psycopg.InternalError("read-only"),
        psycopg.errors.DiskFull("No space left on device"),
        psycopg.errors.IoError("could not fsync"),
        psycopg.errors.CrashShutdown("another server process"),
        psycopg.Error(""),
    ],
)
def test_what_the_server_is_to_blame_for_is_tried_again(
    store: Store, postgres: FakePostgres, fault: psycopg.Error
) -> None:
    """On a new connection; a check that succeeds does not hide that rows cannot be stored."""
    postgres.failures[""] = fault
    with pytest.raises(StoreDownError, match=str(fault) or "Error"):
        store.save([EVENT])
    assert postgres.closed
    assert store.health() == f"down: {str(fault) or 'Error'}"
    del postgres.failures[""]
    store.check()
    assert store.health() == f"down: {str(fault) or 'Error'}"
    assert store.save([EVENT]) == {}
    assert store.health() == "ok"


def test_a_missing_table_is_said(store: Store, postgres: FakePostgres) -> None:
    """And what to do about it."""
    postgres.missing = (TABLES[-1],)
    store.check()
    assert store.health() == f"down: there is no table {TABLES[-1]}: apply the schema"


def test_a_check_that_fails_is_said_and_made_on_a_new_connection(
    store: Store, postgres: FakePostgres
) -> None:
    """The next one can succeed."""
    postgres.failures[""] = psycopg.OperationalError("no route")
    store.check()
    assert store.health() == "down: no route"
    assert postgres.closed


def test_it_is_not_asked_more_often_than_needed(
    store: Store, postgres: FakePostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop turns a thousand times a second."""
    monkeypatch.setattr(store_module, "CHECK_SECONDS", 60.0)
    store.check()
    store.check()
    assert len(postgres.statements) == 1


def test_a_check_that_succeeds_says_that_it_is_well(store: Store, postgres: FakePostgres) -> None:
    """It asks for the tables by name."""
    store.check()
    assert store.health() == "ok"
    assert postgres.statements == [f"{MISSING} {[TABLES]}"]
    assert postgres.opened == 1
    assert not postgres.closed


def test_it_is_asked_again_after_a_while(store: Store, postgres: FakePostgres) -> None:
    """On the same connection."""
    store.check()
    store._checked -= 60
    store.check()
    assert len(postgres.statements) == 2
    assert postgres.opened == 1


def test_a_statement_that_hangs_is_said(store: Store) -> None:
    """While it still waits."""
    store.check()
    store._busy_since = time.monotonic() - 7
    assert store.health() == "down: no answer for 7 s"
    store._busy_since = time.monotonic()
    assert store.health() == "ok"
    store._busy_since = None


def test_a_connection_whose_server_stopped_is_cut(
    store: Store, postgres: FakePostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits on it wakes up; one that works is left alone."""
    here, there = socket.socketpair()
    with here, there:
        there.settimeout(0.05)
        monkeypatch.setattr(postgres, "fileno", here.fileno, raising=False)
        store.check()
        with pytest.raises(TimeoutError):
            there.recv(1)
        store._busy_since = time.monotonic() - 2
        with pytest.raises(TimeoutError):
            there.recv(1)
        store._busy_since = time.monotonic() - 60
        there.settimeout(10)
        assert there.recv(1) == b""
        store._busy_since = None


def test_after_its_end_nothing_is_watched(store: Store, postgres: FakePostgres) -> None:
    """The connection is closed, and a second end does no harm."""
    store.check()
    store.close()
    store.close()
    assert postgres.closed
    assert store._closed.is_set()


def test_a_connection_gives_up_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every wait has an end, and the password is read for each connection."""
    asked: list[dict[str, object]] = []
    monkeypatch.setattr(psycopg, "connect", lambda **settings: asked.append(settings))
    passwords = ["first", "second"]
    link = PostgresLink("db", 5433, "me", "mine", lambda: passwords.pop(0), "verify-full")
    link.connect()
    link.connect()
    PostgresLink("db", 5433, "me", "mine").connect()
    assert [settings["password"] for settings in asked] == ["first", "second", None]
    assert [settings["sslmode"] for settings in asked] == ["verify-full", "verify-full", "prefer"]
    first = asked[0]
    assert (first["host"], first["port"], first["user"], first["dbname"]) == (
        "db",
        5433,
        "me",
        "mine",
    )
    assert first["application_name"] == SERVICE
    assert first["autocommit"] is True
    assert first["connect_timeout"] == 3
    assert first["tcp_user_timeout"] == 8000
    assert first["options"] == "-c statement_timeout=5000"
    PostgresLink("db", 5433, "me", "mine", role="less").connect()
    assert asked[-1]["options"] == "-c statement_timeout=5000 -c role=less"
    assert {first[f"keepalives_{part}"] for part in ("idle", "interval", "count")} == {10, 5, 3}


def test_a_row_has_a_value_for_each_column() -> None:
    """The statement and the values name the same columns."""
    event_1 = SignalScoresEvent(
        id="a-1", time="2026-01-01T00:00:00+00:00", symbol="probe", score=1.5
    )
    assert list(rows(event_1)) == ["signal_scores"]
    event_2 = SignalAlarmsEvent(id="a-1", time="2026-01-01T00:00:00+00:00", symbol="probe")
    assert list(rows(event_2)) == ["signal_alarms"]
    for event in (event_1, event_2):
        for table, values in rows(event).items():
            assert values["event_id"] == "a-1"
            assert set(re.findall(r"%\((.+?)\)s", INSERTS[table])) == set(values)
