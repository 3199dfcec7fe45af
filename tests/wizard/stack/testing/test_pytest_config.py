"""Which pytest configuration is in force, after pytest's own rules."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from wizard.stack.testing.pytest_config import read_pytest
from wizard.values.facts.documents import PytestFacts

INI = """\
[pytest]
addopts = -ra --strict-markers
pythonpath = services lib
testpaths = tests
markers =
    unit: fast
    slow(reason): takes long
"""
TOML = """\
[project]
name = "x"

[tool.pytest.ini_options]
addopts = ["-ra", "--strict-markers"]
pythonpath = ["services"]
markers = [
    "unit: fast",  # comment
    "e2e",
]
"""


def read(**files: str) -> PytestFacts | None:
    names = {
        "pytest": "pytest.ini",
        "dot": ".pytest.ini",
        "pyproject": "pyproject.toml",
        "tox": "tox.ini",
        "setup": "setup.cfg",
    }
    return read_pytest({names.get(name, name): text for name, text in files.items()}.get)


def found(**files: str) -> PytestFacts:
    facts = read(**files)
    assert facts is not None
    return facts


def test_pytest_ini() -> None:
    facts = found(pytest=INI)
    assert [(m.value, m.source.line) for m in facts.markers] == [("unit", 6), ("slow", 7)]
    assert facts.strict and facts.pythonpath == ("services", "lib") and facts.testpaths == ("tests",)
    assert str(facts.markers_at) == "pytest.ini:5"


def test_pyproject() -> None:
    facts = found(pyproject=TOML)
    assert [(m.value, m.source.line) for m in facts.markers] == [("unit", 8), ("e2e", 9)]
    assert facts.strict and facts.pythonpath == ("services",)
    assert str(facts.markers_at) == "pyproject.toml:7"


def test_setup_cfg_and_tox() -> None:
    assert found(setup=INI.replace("[pytest]", "[tool:pytest]")).path == "setup.cfg"
    assert found(tox=f"[tox]\nenvlist = py311\n{INI}").markers[0].source.line == 8
    assert read(setup=INI) is None
    assert read(tox="[tox]\nenvlist = py\n") is None


def test_the_first_file_with_its_section_wins() -> None:
    assert found(pytest="", pyproject=TOML).path == "pytest.ini"
    assert found(pytest="[other]\nx = 1\n", pyproject=TOML).markers == ()
    assert found(dot=INI, pyproject=TOML).path == ".pytest.ini"
    assert found(pyproject="[project]\nname = 'x'\n", tox=INI).path == "tox.ini"
    assert read(pyproject="[project]\nname = 'x'\n") is None
    assert read() is None


@pytest.mark.parametrize(
    "line", ["addopts = --strict", "strict_markers = true", "strict = true", "addopts =\n  -q\n  --strict-markers"]
)
def test_ways_to_be_strict(line: str) -> None:
    assert found(pytest=f"[pytest]\n{line}\n").strict


def test_not_strict() -> None:
    assert not found(pytest="[pytest]\naddopts = --strict-config\n").strict
    assert not found(pytest="[pytest]\nmarkers = x\n").strict


def test_broken_files_are_problems_when_they_would_be_taken() -> None:
    assert found(pytest="[pytest]\nmarkers\n  = x\n what\n[pytest]\n").problems[0].source.path == "pytest.ini"
    assert found(pyproject="[tool.pytest.ini_options]\nmarkers = [\n").problems
    assert read(pyproject="[project\n") is None


def test_the_folder_of_the_tests_comes_first() -> None:
    facts = read_pytest({"tests/pytest.ini": INI, "pytest.ini": "[pytest]\n"}.get)
    assert facts is not None and facts.path == "tests/pytest.ini"


@pytest.mark.parametrize(
    "files",
    [
        {"pytest.ini": "", "pyproject.toml": TOML},
        {"pyproject.toml": TOML, "tox.ini": INI},
        {
            "pyproject.toml": "[project]\nname='x'\n",
            "tox.ini": INI,
            "setup.cfg": INI.replace("[pytest]", "[tool:pytest]"),
        },
        {"setup.cfg": INI.replace("[pytest]", "[tool:pytest]")},
        {"tests/pytest.ini": "[pytest]\n", "pytest.ini": INI},
    ],
)
def test_pytest_itself_takes_the_same_file(files: dict[str, str], tmp_path: Path) -> None:
    test = tmp_path / "tests" / "unit" / "test_a.py"
    test.parent.mkdir(parents=True)
    test.write_text("def test_a(): pass\n")
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/unit"]
    plain = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    shown = subprocess.run(command, cwd=tmp_path, env=plain, capture_output=True, text=True, check=False).stdout
    taken = next(line.partition("configfile: ")[2].split()[0] for line in shown.split("\n") if "configfile: " in line)
    facts = read_pytest(files.get)
    assert facts is not None
    assert facts.path.rsplit("/", 1)[-1] == taken.rstrip(",")
    assert ("rootdir: " + str(tmp_path / "tests") in shown) is facts.path.startswith("tests/")
