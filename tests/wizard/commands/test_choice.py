"""`run --only`, `--skip` and `--fix`: what is written, what the manifest keeps, and what `check` says of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.byhand import copied, git

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


def test_what_is_left_is_said_where_nothing_else_is_written_and_dropped_when_it_no_longer_applies(
    demo: Path, wizard: Wizard
) -> None:
    manifest = demo / ".stack-wizard/services/market.yaml"
    run(wizard)
    before = (demo / COMPOSE).read_text()
    broken = before.replace("127.0.0.1:8005:8005", "0.0.0.0:8005:8005")
    assert broken != before
    (demo / COMPOSE).write_text(broken)
    git(demo, "commit", "-qam", "Open it")
    run(wizard, "--skip", COMPOSE, "--reason", REASON)
    assert REASON in manifest.read_text()
    assert f"left out: {COMPOSE} ({REASON})" in run(wizard).out
    (demo / COMPOSE).write_text(before)
    git(demo, "commit", "-qam", "Close it again")
    assert f"no longer left out: {COMPOSE} ({REASON})" in run(wizard).out
    assert "left:" not in manifest.read_text()


def test_only_for_an_edit_of_a_recipe_says_which_one_to_name(tmp_path: Path, wizard: Wizard) -> None:
    only = ("--only", "services/booking/service.py")
    said = wizard("run", "booking", "--yes", "--no-live", "--phase", "1", *only, stack=copied(tmp_path, {}))
    assert said.code == 2
    assert "only a recipe has an edit for it" in said.err
    assert "--fix redis-name,redis-retry" in said.err
