from __future__ import annotations

import json

import psycopg
import pytest
from execution.config import Settings
from execution.models import OrderResult
from execution.service import Worker, create_app
from prometheus_client import CollectorRegistry

pytestmark = pytest.mark.unit
ORDER = '{"id": "e1", "time": "t", "symbol": "ETHUSDT", "side": "buy", "quantity": 1, "approved": true}'


class Part:
    """Bus and store in one."""

    def __init__(self, state: str = "ok", *, broken: bool = False) -> None:
        self._state = state
        self._broken = broken
        self.limits: list[int] = []

    def state(self) -> str:
        return self._state

    def save(self, result: OrderResult) -> None:
        if self._broken:
            raise psycopg.OperationalError("gone")

    def latest(self, limit: int) -> list[dict[str, object]]:
        self.limits.append(limit)
        if self._broken:
            raise psycopg.OperationalError("gone")
        return [{"event_id": "e1"}]


def worker(store: Part, registry: CollectorRegistry) -> Worker:
    return Worker(Settings(redis_password="r", postgres_password="p"), store, registry)  # noqa: S106


def test_reports_even_what_it_cannot_save() -> None:
    registry = CollectorRegistry()
    answer = worker(Part(broken=True), registry)(ORDER)
    assert json.loads(answer)["status"] == "filled"
    assert registry.get_sample_value("execution_unsaved_total") == 1


def test_drops_what_is_no_order() -> None:
    assert worker(Part(), CollectorRegistry())("nonsense") is None


def test_trades_within_limits() -> None:
    store = Part()
    client = create_app(Part(), store, CollectorRegistry()).test_client()
    assert client.get("/trades?limit=9999").json == {"trades": [{"event_id": "e1"}]}
    assert client.get("/trades?limit=-1").status_code == 200
    assert store.limits == [500, 1]


def test_trades_without_database() -> None:
    client = create_app(Part(), Part(broken=True), CollectorRegistry()).test_client()
    assert client.get("/trades").status_code == 503


def test_health_names_what_is_down() -> None:
    answer = create_app(Part(), Part("down: gone"), CollectorRegistry()).test_client().get("/health")
    assert (answer.status_code, answer.json["status"]) == (503, "degraded")
    assert answer.json["dependencies"]["postgres"] == "down: gone"
