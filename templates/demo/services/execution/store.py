"""The `trades` table: written by the worker, read by `GET /trades`."""

from __future__ import annotations

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row

from .config import Settings
from .models import OrderResult

INSERT = """
INSERT INTO trades (event_id, symbol, side, quantity, fee, status)
VALUES (%(id)s, %(symbol)s, %(side)s, %(quantity)s, %(fee)s, %(status)s)
ON CONFLICT (event_id) DO NOTHING
"""
LATEST = """
SELECT event_id, symbol, side, quantity, fee, status, created_at
FROM trades
ORDER BY id DESC
LIMIT %s
"""


def dsn(settings: Settings) -> str:
    """The connection string of the settings."""
    return make_conninfo(
        host=settings.postgres_host,
        port=settings.postgres_port,
        user=settings.postgres_user,
        dbname=settings.postgres_db,
        password=settings.postgres_password.get_secret_value(),
        connect_timeout=2,
        application_name="execution",
    )


class Store:
    """A connection for each piece of work: paper trades are few, and a restart of Postgres heals by itself."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo

    def save(self, result: OrderResult) -> None:
        """Write the trade; the same event again changes nothing. Raises `psycopg.Error`."""
        with psycopg.connect(self._conninfo) as connection:
            connection.execute(
                INSERT,
                {
                    "id": result.id,
                    "symbol": result.symbol,
                    "side": result.side,
                    "quantity": result.quantity,
                    "fee": result.fee,
                    "status": result.status,
                },
            )

    def latest(self, limit: int) -> list[dict[str, object]]:
        """The newest trades first. Raises `psycopg.Error`."""
        with psycopg.connect(self._conninfo, row_factory=dict_row) as connection:
            return connection.execute(LATEST, (limit,)).fetchall()

    def state(self) -> str:
        """`ok`, or `down: ` with the reason."""
        try:
            with psycopg.connect(self._conninfo) as connection:
                connection.execute("SELECT 1")
        except psycopg.Error as error:
            return f"down: {str(error).splitlines()[0]}"
        return "ok"
