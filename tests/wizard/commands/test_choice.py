"""`run --only`, `--skip` and `--fix`: what is written, what the manifest keeps, and what `check` says of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Wizard = Callable[..., Any]
COMPOSE = "infrastructure/compose/dev.yml"
REASON = "The operators write the block"


def run(wizard: Wizard, *words: str) -> Any:
    return wizard("run", "market", "--phase", "3", "--yes", "--no-live", *words)


def finding(wizard: Wizard, item: str) -> dict[str, Any]:
    reports = json.loads(wizard("check", "market", "--format", "json").out)
    return next(f for f in reports["services"][0]["findings"] if f["item"] == item)


def test_a_left_edit_is_remembered_said_and_left_again(demo: Path, wizard: Wizard) -> None:
    before = (demo / COMPOSE).read_bytes()
    said = run(wizard, "--skip", COMPOSE, "--reason", REASON)
    assert f"left out: {COMPOSE} ({REASON})" in said.out
    assert REASON in (demo / ".stack-wizard/services/market.yaml").read_text()
    assert (demo / COMPOSE).read_bytes() == before
    assert f"{COMPOSE} was left out: {REASON}" in finding(wizard, "3.1")["summary"]
    run(wizard)
    assert (demo / COMPOSE).read_bytes() == before
    run(wizard, "--only", "dev.yml")
    assert (demo / COMPOSE).read_bytes() != before
    assert REASON not in (demo / ".stack-wizard/services/market.yaml").read_text()


def test_only_takes_one_edit_and_remembers_nothing(demo: Path, wizard: Wizard) -> None:
    said = run(wizard, "--only", "3.1")
    assert "market" in (demo / COMPOSE).read_text()
    assert "left:" not in (demo / ".stack-wizard/services/market.yaml").read_text()
    assert said.code in (0, 1)


def test_a_word_that_names_no_edit_is_refused_before_anything_is_written(demo: Path, wizard: Wizard) -> None:
    said = run(wizard, "--skip", "prod.yml", "--reason", REASON)
    assert said.code == 2
    assert "--skip prod.yml: the plan has no edit for it" in said.err
    assert f"it would write {COMPOSE}" in said.err
    assert not (demo / ".stack-wizard/services/market.yaml").exists()
