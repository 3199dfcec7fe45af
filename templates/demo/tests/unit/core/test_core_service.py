from __future__ import annotations

from pathlib import Path

import pytest
from core.config import Settings
from core.service import Worker, create_app
from prometheus_client import CollectorRegistry
from pydantic import ValidationError

pytestmark = pytest.mark.unit


class FakeBus:
    def __init__(self, state: str) -> None:
        self._state = state

    def state(self) -> str:
        return self._state


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "redis_password").write_text("secret")
    return Settings(_secrets_dir=str(tmp_path))


def test_health_is_ok_when_redis_is() -> None:
    answer = create_app(FakeBus("ok"), CollectorRegistry()).test_client().get("/health")
    assert answer.status_code == 200
    assert answer.json == {"status": "ok", "service": "core", "dependencies": {"redis": "ok"}}


def test_health_names_what_is_down() -> None:
    answer = create_app(FakeBus("down: refused"), CollectorRegistry()).test_client().get("/health")
    assert answer.status_code == 503
    assert answer.json["dependencies"] == {"redis": "down: refused"}


def test_worker_drops_and_counts_a_broken_message(settings: Settings) -> None:
    registry = CollectorRegistry()
    worker = Worker(settings, registry)
    assert worker('{"id": 1') is None
    assert '"side":"buy"' in worker('{"id": "e1", "time": "t", "symbol": "BTCUSDT", "price": 1, "change": 2}')
    metrics = create_app(FakeBus("ok"), registry).test_client().get("/metrics").text
    assert 'core_events_total{result="invalid"} 1.0' in metrics


def test_settings_come_from_prefix_and_secret_file(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (settings.port, settings.redis_password.get_secret_value()) == (8001, "secret")
    monkeypatch.setenv("CORE_PORT", "9001")
    assert Settings(redis_password="x").port == 9001  # noqa: S106


def test_a_missing_password_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="redis_password"):
        Settings(_secrets_dir=str(tmp_path))
