"""What a service does not do is not written: no Redis for HTTP only, no output code for sinks, no input for sources."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.generated.stack import SPECS, written
from wizard.plan.context import PlanContext
from wizard.values.finding import Status
from wizard.values.spec import Channel, ServiceSpec

STACK = {
    "compose.yaml": "services:\n  db:\n    image: postgres:16\n",
    "web/Dockerfile": "FROM python:3.12-slim\n",
}


def words_in(root: Path, word: str) -> list[str]:
    """Returns the files of a folder in which a word stands, whatever its case."""
    found = (path for path in sorted(root.rglob("*")) if path.is_file())
    return [str(path.relative_to(root)) for path in found if re.search(word, path.read_text(), re.IGNORECASE)]


@pytest.mark.parametrize("shape", ["http", "http_with_rows", "no_inputs"])
def test_nothing_of_redis_is_written_for_a_service_without_channels(tmp_path: Path, shape: str) -> None:
    (tmp_path / "stack").mkdir()
    written(SPECS[shape], tmp_path / "stack")
    (tmp_path / "stack" / "compose.yml").write_text(  # the fixture declares both servers' secrets
        (tmp_path / "stack" / "compose.yml").read_text().replace("redis_password:\n    file: ./r\n", "")
    )
    assert words_in(tmp_path / "stack", "redis|subscri|publishes on|event_id: event") == []


@pytest.mark.parametrize("shape", ["http", "http_with_rows"])
def test_postgres_is_written_only_for_tables(tmp_path: Path, shape: str) -> None:
    written(SPECS[shape], tmp_path)
    (tmp_path / "compose.yml").write_text("")
    assert bool(words_in(tmp_path / "services", "psycopg")) is bool(SPECS[shape].tables)


def test_a_sink_has_no_code_that_publishes(tmp_path: Path) -> None:
    spec = SPECS["no_outputs_every_type"]
    written(spec, tmp_path)
    folder = tmp_path / "services" / spec.name
    assert [
        path.name for path in folder.glob("*.py") if re.search(r"def _publish|\.publish\(|channel_of", path.read_text())
    ] == []


def test_a_source_has_no_code_that_reads(tmp_path: Path) -> None:
    written(SPECS["source"], tmp_path)
    folder = tmp_path / "services" / "ticker"
    assert [
        p.name for p in folder.glob("*.py") if re.search(r"subscribe\(|InputEvent|_inbox|def parse", p.read_text())
    ] == []


class TestAStackWithoutRedis:
    """A new service of it answers HTTP, and what is written for that agrees with its own audit."""

    def spec(self, **fields: object) -> dict[str, object]:
        return {"purpose": "Answers", "kind": "http", **fields}

    @pytest.mark.parametrize("name", ["newsvc", "pricing_api"])
    def test_the_block_names_no_server_that_is_not_there(
        self, tmp_path: Path, context_in: Callable[..., PlanContext], name: str
    ) -> None:
        ctx = context_in(tmp_path, name, STACK, kind="http", port=8042)
        assert ctx.shape.dependencies == ()
        assert ctx.shape.secrets == ()
        assert [setting.name for setting in ctx.shape.environment] == [
            f"{name.upper()}_PORT",
            f"{name.upper()}_LOG_LEVEL",
        ]

    def test_items_of_channels_and_events_do_not_apply(
        self, tmp_path: Path, context_in: Callable[..., PlanContext]
    ) -> None:
        root = tmp_path / "made"
        root.mkdir()
        written(replace(SPECS["http"], name="newsvc"), root)
        code = {f"newsvc/{p.name}": p.read_text() for p in (root / "services" / "newsvc").glob("*.py")}
        files = STACK | code | {"newsvc/Dockerfile": "FROM python:3.12-slim\n"}
        ctx = context_in(tmp_path / "stack", "newsvc", files, kind="http", port=8042)
        for check in ("redis-pubsub", "event-models", "redis-live", "pubsub-flow"):
            assert ctx.status(check) is Status.NA, ctx.finding(check)


def test_a_service_with_channels_still_asks_redis(context_of: Callable[..., PlanContext]) -> None:
    shape = context_of(ServiceSpec("s", "", 8000, (), (Channel("ticks"),))).shape
    assert shape.uses_redis
    assert "S_REDIS_HOST" in {setting.name for setting in shape.environment}
