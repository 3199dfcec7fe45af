from __future__ import annotations

import uuid
from pathlib import Path

import psycopg
import pytest
from execution.models import OrderResult
from execution.store import Store

SCHEMA = Path(__file__).parents[3] / "infrastructure" / "database" / "schema.sql"


@pytest.mark.integration
def test_what_is_saved_comes_back_first(postgres_dsn: str) -> None:
    with psycopg.connect(postgres_dsn) as connection:
        connection.execute(SCHEMA.read_text())
    store = Store(postgres_dsn)
    token = uuid.uuid4().hex
    store.save(OrderResult(token, "t", "ETHUSDT", "sell", 1.5, 0.0015, "filled"))
    newest = store.latest(1)[0]
    assert (newest["event_id"], newest["quantity"], newest["status"]) == (token, 1.5, "filled")
