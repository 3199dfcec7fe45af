"""PostgreSQL: each result is kept in the service's tables.

An event is stored once, however often it is delivered: `event_id` is unique. Only a fault of the
data (SQLSTATE classes 22 and 23, or what cannot even be sent) is given up; everything else is the
server's state (no table yet, read-only, a full disk) and is tried again.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psycopg

from .config import SERVICE
from .link import one_line
from .models import OutputEvent, SignalScoresEvent

logger = logging.getLogger(SERVICE + ".store")
INSERTS: Mapping[str, str] = {
    "signal_scores": """
INSERT INTO signal_scores (
    event_id,
    symbol,
    score
) VALUES (
    %(event_id)s,
    %(symbol)s,
    %(score)s
) ON CONFLICT (event_id) DO NOTHING
""",
    "signal_alarms": """
INSERT INTO signal_alarms (
    event_id,
    symbol,
    details
) VALUES (
    %(event_id)s,
    %(symbol)s,
    %(details)s
) ON CONFLICT (event_id) DO NOTHING
""",
}
TABLES = list(INSERTS)
MISSING = "SELECT name FROM unnest(%s::text[]) AS name WHERE to_regclass(name) IS NULL"
FAULTS_OF_THE_ROW = (psycopg.DataError, psycopg.IntegrityError)  # SQLSTATE classes 22 and 23
STATEMENT_MILLISECONDS = 5000
HANGING_SECONDS = 8.0  # past the server's own limit: the server does not keep it, so we do
CHECK_SECONDS = 2.0


class StoreDownError(Exception):
    """PostgreSQL does not take rows now; they can be tried again later."""


@dataclass(frozen=True)
class PostgresLink:
    """Where PostgreSQL is. `password` None: it asks for none. `role`: what statements run as."""

    host: str
    port: int
    user: str
    database: str
    password: Callable[[], str] | None = None
    sslmode: str = "prefer"
    role: str = ""

    def connect(self) -> psycopg.Connection:
        """Open a connection that gives up early. Raises `OperationalError`."""
        limit = f"-c statement_timeout={STATEMENT_MILLISECONDS}"
        return psycopg.connect(
            host=self.host,
            port=self.port,
            user=self.user,
            dbname=self.database,
            password=self.password() if self.password else None,
            sslmode=self.sslmode,
            application_name=SERVICE,
            connect_timeout=3,
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=3,
            tcp_user_timeout=1000 * int(HANGING_SECONDS),
            options=limit + (f" -c role={self.role}" if self.role else ""),
            autocommit=True,
        )


class Store:
    """Rows in and health out, on one connection that is opened when it is needed."""

    def __init__(self, link: PostgresLink) -> None:
        self._link = link
        self._connection: psycopg.Connection | None = None
        self._refusing = ""  # why the last rows could not be stored; only stored rows clear it
        self._away = "not asked yet"
        self._checked = 0.0
        self._busy_since: float | None = None
        self._closed = threading.Event()
        threading.Thread(target=self._watch, name="store-watch", daemon=True).start()

    def save(self, events: Sequence[OutputEvent]) -> dict[str, str]:
        """Insert the rows that are not there, in one transaction.

        Returns the ids of events whose rows PostgreSQL refuses for good, each with the reason.
        Raises `StoreDownError`: nothing is known to be stored, all can be given again.
        """
        try:
            self._insert(events)
        except psycopg.Error as error:
            reason = one_line(error)
            if not isinstance(error, FAULTS_OF_THE_ROW):
                self._refusing = reason
                self._forget()
                raise StoreDownError(reason) from None
            if len(events) == 1:
                return {events[0].id: reason}
            refused: dict[str, str] = {}
            for event in events:
                refused |= self.save([event])
            return refused
        self._refusing = self._away = ""
        return {}

    def check(self) -> None:
        """Look for the tables, at most every two seconds; `health` says what was seen."""
        if time.monotonic() - self._checked < CHECK_SECONDS:
            return
        self._checked = time.monotonic()
        try:
            with self._at_work() as connection:
                found = connection.execute(MISSING, [TABLES]).fetchone()
        except psycopg.Error as error:
            self._away = one_line(error)
            self._forget()
        else:
            self._away = f"there is no table {found[0]}: apply the schema" if found else ""

    def health(self) -> str:
        """Return `ok`, or `down:` and why: what the last statement met, or that it hangs."""
        since = self._busy_since
        if since is not None and time.monotonic() - since > CHECK_SECONDS:
            return f"down: no answer for {time.monotonic() - since:.0f} s"
        trouble = self._refusing or self._away
        return "down: " + trouble if trouble else "ok"

    def close(self) -> None:
        """Disconnect."""
        self._closed.set()
        self._forget()

    def _insert(self, events: Sequence[OutputEvent]) -> None:
        batches: dict[str, list[dict[str, object]]] = {table: [] for table in INSERTS}
        for event in events:
            for table, values in rows(event).items():
                batches[table].append(values)
        with self._at_work() as connection, connection.transaction(), connection.cursor() as cursor:
            for table, batch in batches.items():
                if batch:
                    cursor.executemany(INSERTS[table], batch)

    @contextmanager
    def _at_work(self) -> Iterator[psycopg.Connection]:
        """Give the connection, and let the watch see how long it is in use."""
        if self._connection is None:
            self._connection = self._link.connect()
        self._busy_since = time.monotonic()
        try:
            yield self._connection
        finally:
            self._busy_since = None

    def _watch(self) -> None:
        """Cut a connection whose server stopped in the middle of a statement.

        No limit of libpq ends that wait: the kernel still acknowledges what the server never reads.
        """
        while not self._closed.wait(CHECK_SECONDS / 2):
            since, connection = self._busy_since, self._connection
            if since is None or connection is None or connection.closed:
                continue
            if time.monotonic() - since > HANGING_SECONDS:
                logger.error("postgres does not answer: the connection is cut")
                with suppress(OSError, psycopg.Error):
                    wire = socket.socket(fileno=os.dup(connection.fileno()))
                    with wire:
                        wire.shutdown(socket.SHUT_RDWR)

    def _forget(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def rows(event: OutputEvent) -> dict[str, dict[str, object]]:
    """The rows of an event: table -> column -> value."""
    if isinstance(event, SignalScoresEvent):
        return {
            "signal_scores": {
                "event_id": event.id,
                "symbol": event.symbol,
                "score": event.score,
            },
        }
    return {
        "signal_alarms": {
            "event_id": event.id,
            "symbol": event.symbol,
            "details": None,
        },
    }
