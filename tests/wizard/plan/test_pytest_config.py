"""Markers in pytest's four kinds of configuration."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from wizard.plan.context import PlanContext
from wizard.plan.pytest_config import MARKERS, markers_edit
from wizard.values.edit import FileEdit, Refusal

ReadContext = Callable[..., PlanContext]
CONFIGS = {
    "pytest.ini": "[pytest]\naddopts = --strict-markers\nmarkers =\n    unit: fast\n",
    "tox.ini": "[tox]\nenvlist = py\n\n[pytest]\naddopts = --strict-markers\n",
    "setup.cfg": "[metadata]\nname = x\n\n[tool:pytest]\naddopts = --strict-markers\nmarkers = unit: fast\n",
    "pyproject.toml": '[tool.pytest.ini_options]\naddopts = "--strict-markers"\nmarkers = ["unit: fast"]\n',
}
COMPOSE = {"compose.yml": "services:\n  a:\n    image: b\n", "services/market/service.py": "x = 1\n"}


@pytest.mark.parametrize("name", CONFIGS)
def test_pytest_itself_knows_the_markers_afterwards(tmp_path: Path, context_in: ReadContext, name: str) -> None:
    edit = markers_edit(context_in(tmp_path, "market", {**COMPOSE, name: CONFIGS[name]}))
    assert isinstance(edit, FileEdit) and edit.after is not None
    (tmp_path / name).write_text(edit.after)
    test = "import pytest\n\n" + "".join(f"@pytest.mark.{m}\ndef test_{m}():\n    pass\n\n\n" for m in MARKERS)
    (tmp_path / "test_x.py").write_text(test)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio", "test_x.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "3 passed" in done.stdout, done.stdout
    again = markers_edit(context_in(tmp_path, "market"))
    assert again is None


def test_a_stack_without_configuration_gets_one(tmp_path: Path, context_in: ReadContext) -> None:
    edit = markers_edit(context_in(tmp_path, "market", COMPOSE))
    assert isinstance(edit, FileEdit)
    assert (edit.path, edit.before) == ("pytest.ini", None)


def test_an_unreadable_one_is_refused(tmp_path: Path, context_in: ReadContext) -> None:
    found = markers_edit(context_in(tmp_path, "market", {**COMPOSE, "pytest.ini": "[pytest]\nnonsense\n"}))
    assert found is None or isinstance(found, Refusal)
    shutil.rmtree(tmp_path)
