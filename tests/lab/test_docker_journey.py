"""The whole way on real Docker: the sample stack, a service, seven phases, thirty items met, nothing left running."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from wizard.runtime.digests import resolve_digest

pytestmark = [pytest.mark.engine, pytest.mark.journey]


def wizard(root: Any, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "wizard", "-C", str(root), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=840, check=False)


def git(root: Any, *words: str) -> str:
    return subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=True).stdout


ANSWERS = Path(__file__).parents[2] / "templates" / "demo_answers" / "sentiment.yaml"
NEW: tuple[str, list[str], int, set[str]] = ("sentiment", ["--answers", str(ANSWERS)], 7, set())
# a source whose logic is still a stub: nothing of its own can come out; no tables: nothing to commit in phase 4
RESUMED: tuple[str, list[str], int, set[str]] = ("market", [], 6, {"7.4"})


@pytest.mark.parametrize(("name", "more", "commits", "left"), [NEW, RESUMED])
def test_thirty_items_are_met(
    demo: Any, engine_view: Any, name: str, more: list[str], commits: int, left: set[str]
) -> None:
    _, traces = engine_view
    git(demo.root, "commit", "-qam", "Probe often")
    before = git(demo.root, "rev-parse", "HEAD").strip()
    image = resolve_digest("python:3.11-slim").pinned
    done = wizard(
        demo.root, "run", name, "--yes", "--runtime", "docker", "--base-image", image, "--log-window", "1", *more
    )
    assert done.returncode == int(bool(left)), done.stdout[-4000:] + done.stderr[-2000:]
    assert traces(demo.project) == []
    seen = wizard(demo.root, "check", name, "--format", "json")
    statuses = {item["item"]: item["status"] for item in json.loads(seen.stdout)["services"][0]["findings"]}
    assert len(statuses) == 30
    assert {item for item, status in statuses.items() if status not in ("met", "na")} == left, statuses
    assert git(demo.root, "status", "--porcelain") == ""
    log = git(demo.root, "log", "--format=%(trailers:key=Stack-Wizard-Phase,valueonly,separator=)", f"{before}..HEAD")
    assert len(log.split("\n")[:-1]) == commits, log
