"""Two half-finished services of a stack that people wrote by hand, brought to running with a person's answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.byhand import REASON, bring_to_running, copied, git, is_listed_as_running, only_recipes_changed_code
from wizard.runtime.process import free_port

Wizard = Callable[..., Any]
IMAGE = f"python:3.11-slim@sha256:{'a' * 64}"


@pytest.fixture
def byhand(tmp_path: Path, apart: None) -> Path:
    return copied(tmp_path, {"8071": str(free_port()), "8072": str(free_port())})


@pytest.mark.journey
@pytest.mark.timeout(1800)
@pytest.mark.embedded
def test_both_services_come_to_running_and_only_recipes_touch_code(command: Wizard, byhand: Path) -> None:
    def call(root: Path, *words: str) -> str:
        return str(command(*words, stack=root, timeout=840).out)

    where = ("--runtime", "embedded", "--base-image", IMAGE)
    bring_to_running(call, byhand, "regime", *where)
    call(byhand, "waive", "booking", "1.4", "--reason", REASON)
    bring_to_running(call, byhand, "booking", *where)
    only_recipes_changed_code(byhand)
    is_listed_as_running(byhand)


@pytest.mark.journey
@pytest.mark.parametrize("name", ["regime", "booking"])
def test_without_a_recipe_named_no_code_of_theirs_changes(command: Wizard, byhand: Path, name: str) -> None:
    said = command("run", name, "--yes", "--no-live", "--base-image", IMAGE, stack=byhand)
    assert said.code == 1
    changed = git(byhand, "diff", "--name-only", "--diff-filter=MDR", "HEAD~3").split()
    assert not [path for path in changed if path.endswith((".py", "requirements.txt"))]
    assert "--fix" in said.out
