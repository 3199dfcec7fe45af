"""What risk writes down: one row of `risk_decisions` a signal."""

from __future__ import annotations

import psycopg
from psycopg.conninfo import make_conninfo

from .config import Settings
from .models import Order

INSERT = """
INSERT INTO risk_decisions (event_id, symbol, approved, reason)
VALUES (%s, %s, %s, %s)
ON CONFLICT (event_id) DO NOTHING
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
        application_name="risk",
    )


class Store:
    """A connection for each piece of work: a restart of Postgres costs one event at most."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo

    def save(self, order: Order) -> None:
        """Write the decision; the same event again changes nothing. Raises `psycopg.Error`."""
        with psycopg.connect(self._conninfo) as connection:
            connection.execute(INSERT, (order.id, order.symbol, order.approved, order.reason))

    def state(self) -> str:
        """`ok`, or `down: ` with the reason."""
        try:
            with psycopg.connect(self._conninfo) as connection:
                connection.execute("SELECT 1")
        except psycopg.Error as error:
            return f"down: {str(error).splitlines()[0]}"
        return "ok"
