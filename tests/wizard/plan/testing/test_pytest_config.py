"""Markers in pytest's four kinds of configuration."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from wizard.plan.context import PlanContext
from wizard.plan.testing.pytest_config import MARKERS, config_edit
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
    edit = config_edit(context_in(tmp_path, "market", {**COMPOSE, name: CONFIGS[name]}), imports=False)
    assert isinstance(edit, FileEdit) and edit.after is not None
    (tmp_path / name).write_text(edit.after)
    test = "import pytest\n\n" + "".join(f"@pytest.mark.{m}\ndef test_{m}():\n    pass\n\n\n" for m in MARKERS)
    (tmp_path / "test_x.py").write_text(test)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio", "test_x.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "3 passed" in done.stdout, done.stdout
    again = config_edit(context_in(tmp_path, "market"), imports=False)
    assert again is None


PACKAGE = {"services/market/__init__.py": "", "services/market/logic.py": "def handle():\n    return 1\n"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *CONFIGS.items(),
        ("pytest.ini", "[pytest]\npythonpath = . lib\n"),
        ("tox.ini", "[pytest]\npythonpath =\n    .\n    lib\n[tox]\nenvlist = py\n"),
        ("pyproject.toml", "[tool.pytest.ini_options]\npythonpath = ['.', 'lib']\n[tool.x]\ny = 1\n"),
    ],
)
def test_pytest_itself_finds_the_service_afterwards(
    tmp_path: Path, context_in: ReadContext, name: str, text: str
) -> None:
    edit = config_edit(context_in(tmp_path, "market", {**COMPOSE, **PACKAGE, name: text}), imports=True)
    assert isinstance(edit, FileEdit) and edit.after is not None
    assert "unit-tests" in edit.items
    (tmp_path / name).write_text(edit.after)
    (tmp_path / "tests" / "unit" / "market").mkdir(parents=True)
    test = tmp_path / "tests" / "unit" / "market" / "test_market_x.py"
    test.write_text("from market.logic import handle\n\n\ndef test_x():\n    assert handle() == 1\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio", "tests/unit/market"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "1 passed" in done.stdout, done.stdout
    assert config_edit(context_in(tmp_path, "market"), imports=True) is None


def test_a_path_that_is_no_list_is_left_to_its_author(tmp_path: Path, context_in: ReadContext) -> None:
    markers = '", "'.join(MARKERS)
    text = f'[tool.pytest.ini_options]\nmarkers = ["{markers}"]\npythonpath = "lib"\n'
    found = config_edit(context_in(tmp_path, "market", {**COMPOSE, **PACKAGE, "pyproject.toml": text}), imports=True)
    assert isinstance(found, Refusal)
    assert (found.item, "services" in found.paste) == ("unit-tests", True)


def test_a_stack_without_configuration_gets_one(tmp_path: Path, context_in: ReadContext) -> None:
    edit = config_edit(context_in(tmp_path, "market", COMPOSE), imports=False)
    assert isinstance(edit, FileEdit)
    assert (edit.path, edit.before) == ("pytest.ini", None)


def test_an_unreadable_one_is_refused(tmp_path: Path, context_in: ReadContext) -> None:
    found = config_edit(
        context_in(tmp_path, "market", {**COMPOSE, "pytest.ini": "[pytest]\nnonsense\n"}), imports=False
    )
    assert found is None or isinstance(found, Refusal)
    shutil.rmtree(tmp_path)
