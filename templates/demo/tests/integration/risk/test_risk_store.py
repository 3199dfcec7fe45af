from __future__ import annotations

import uuid
from pathlib import Path

import psycopg
import pytest
from risk.models import Order
from risk.store import Store

pytestmark = pytest.mark.integration
SCHEMA = Path(__file__).parents[3] / "infrastructure" / "database" / "schema.sql"


@pytest.fixture
def store(postgres_dsn: str) -> Store:
    with psycopg.connect(postgres_dsn) as connection:
        connection.execute(SCHEMA.read_text())
    return Store(postgres_dsn)


def test_the_same_event_is_written_once(store: Store, postgres_dsn: str) -> None:
    order = Order(uuid.uuid4().hex, "t", "BTCUSDT", "hold", 0, approved=False, reason="nothing to do")
    store.save(order)
    store.save(order)
    with psycopg.connect(postgres_dsn) as connection:
        rows = connection.execute("SELECT reason FROM risk_decisions WHERE event_id = %s", (order.id,)).fetchall()
    assert rows == [("nothing to do",)]


def test_state(store: Store) -> None:
    assert store.state() == "ok"
    assert Store("host=/nowhere dbname=none connect_timeout=1").state().startswith("down: ")
