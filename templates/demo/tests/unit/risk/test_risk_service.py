from __future__ import annotations

import psycopg
import pytest
from prometheus_client import CollectorRegistry
from risk.config import Settings
from risk.models import Order
from risk.service import Worker, create_app
from risk.store import dsn

SIGNAL = '{"id": "e1", "time": "t", "symbol": "BTCUSDT", "side": "buy", "strength": 1, "price": 5}'


class Part:
    """Bus and store in one: says a state, remembers orders, may fail."""

    def __init__(self, state: str = "ok", error: psycopg.Error | None = None) -> None:
        self._state = state
        self._error = error
        self.saved: list[Order] = []

    def state(self) -> str:
        return self._state

    def save(self, order: Order) -> None:
        if self._error:
            raise self._error
        self.saved.append(order)


def settings() -> Settings:
    return Settings(redis_password="r", postgres_password="it's")  # noqa: S106


@pytest.mark.unit
class TestWorker:
    def test_saves_before_it_answers(self) -> None:
        store = Part()
        answer = Worker(settings(), store, CollectorRegistry())(SIGNAL)
        assert '"approved":true' in answer
        assert [order.id for order in store.saved] == ["e1"]

    def test_no_order_without_its_row(self) -> None:
        store = Part(error=psycopg.OperationalError("gone"))
        assert Worker(settings(), store, CollectorRegistry())(SIGNAL) is None

    def test_drops_what_is_no_signal(self) -> None:
        store = Part()
        assert Worker(settings(), store, CollectorRegistry())("{}") is None
        assert store.saved == []


@pytest.mark.unit
@pytest.mark.parametrize(
    ("redis", "postgres", "status"), [("ok", "ok", 200), ("ok", "down: x", 503), ("down: x", "ok", 503)]
)
def test_health(redis: str, postgres: str, status: int) -> None:
    client = create_app(Part(redis), Part(postgres), CollectorRegistry()).test_client()
    answer = client.get("/health")
    assert answer.status_code == status
    assert answer.json["dependencies"] == {"redis": redis, "postgres": postgres}


@pytest.mark.unit
def test_dsn_quotes_the_password() -> None:
    assert psycopg.conninfo.conninfo_to_dict(dsn(settings()))["password"] == "it's"  # noqa: S105
