"""A stack that people wrote by hand on the real engine: passwords from `.env`, streams, no `secrets:`."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.byhand import REASON, bring_to_running, copied, is_listed_as_running, only_recipes_changed_code
from wizard.runtime.digests import resolve_digest

pytestmark = [pytest.mark.engine, pytest.mark.journey]
ANSWERS = Path(__file__).parents[2] / "templates" / "demo_answers" / "sentiment.yaml"
DEPLOYMENT = ("7.1", "7.2", "7.3", "7.4", "7.5")


def wizard(root: Path, *words: str) -> str:
    command = [sys.executable, "-m", "wizard", "-C", str(root), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=480, check=False).stdout


@pytest.fixture
def byhand(lab: Any, engine_view: Any, tmp_path: Path) -> Iterator[Path]:
    _, traces = engine_view
    yield copied(tmp_path, {})
    assert traces("byhand") == []


def on_the_engine() -> tuple[str, ...]:
    return "--runtime", "docker", "--base-image", resolve_digest("python:3.11-slim").pinned


def test_a_new_service_gets_a_password_that_only_a_variable_holds(byhand: Path) -> None:
    """Compose copies such a secret into the container, and refuses that for a read-only one."""
    words = ("--answers", str(ANSWERS), "--yes", "--log-window", "1")
    said = wizard(byhand, "run", "newsvc", *words, *on_the_engine())
    found = json.loads(wizard(byhand, "check", "newsvc", "--format", "json"))["services"][0]["findings"]
    assert {item["item"]: item["status"] for item in found if item["status"] not in ("met", "na")} == {}, said[-4000:]
    assert {item["item"] for item in found if item["status"] == "met"} >= set(DEPLOYMENT)
    text = (byhand / "docker-compose.yml").read_text()
    assert "environment: REDIS_PASSWORD" in text
    assert "read_only: true" not in text.partition("  newsvc:")[2]


@pytest.mark.timeout(1800)
def test_two_services_by_hand_come_to_running_and_only_recipes_touch_code(byhand: Path) -> None:
    bring_to_running(wizard, byhand, "regime", *on_the_engine())
    wizard(byhand, "waive", "booking", "1.4", "--reason", REASON)
    bring_to_running(wizard, byhand, "booking", *on_the_engine())
    only_recipes_changed_code(byhand)
    is_listed_as_running(byhand)
