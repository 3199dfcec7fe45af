from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry
from ws.config import Settings
from ws.logic import handle, select
from ws.models import Event
from ws.service import Feed, create_app

pytestmark = pytest.mark.unit


class FakeBus:
    def __init__(self, state: str = "ok") -> None:
        self._state = state

    def state(self) -> str:
        return self._state


def test_keeps_the_shared_part_and_the_rest_as_text() -> None:
    item = handle("orders", Event("e1", "t", "BTCUSDT"), {"id": "e1", "time": "t", "symbol": "BTCUSDT", "quantity": 2})
    assert (item.channel, item.id, item.symbol, item.detail) == ("orders", "e1", "BTCUSDT", {"quantity": "2"})


def test_newest_first_and_by_channel() -> None:
    items = [handle(channel, Event(str(n), "t"), {}) for n, channel in enumerate(["orders", "signals", "orders"])]
    assert [item.id for item in select(items)] == ["2", "1", "0"]
    assert [item.id for item in select(items, channel="orders", limit=1)] == ["2"]


def test_the_feed_forgets_the_oldest_and_drops_nonsense() -> None:
    registry = CollectorRegistry()
    feed = Feed(2, registry)
    for raw in ('{"id": "1", "time": "t"}', "[]", '{"id": "2", "time": "t"}', '{"id": "3", "time": "t"}'):
        feed.add("signals", raw)
    assert [item.id for item in feed.items()] == ["2", "3"]
    assert registry.get_sample_value("ws_dropped_total") == 1


def test_events_over_http() -> None:
    registry = CollectorRegistry()
    feed = Feed(5, registry)
    feed.add("orders", '{"id": "1", "time": "t", "side": "buy"}')
    client = create_app(FakeBus(), feed, registry).test_client()
    assert client.get("/events?channel=orders").json["events"][0]["detail"] == {"side": "buy"}
    assert client.get("/events?channel=secrets").status_code == 400


@pytest.mark.parametrize(("state", "status"), [("ok", 200), ("down: refused", 503)])
def test_health(state: str, status: int) -> None:
    registry = CollectorRegistry()
    answer = create_app(FakeBus(state), Feed(1, registry), registry).test_client().get("/health")
    assert (answer.status_code, answer.json["dependencies"]["redis"]) == (status, state)


def test_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WS_HISTORY", "7")
    settings = Settings(redis_password="r")  # noqa: S106
    assert (settings.port, settings.history) == (8000, 7)
