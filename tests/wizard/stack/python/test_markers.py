"""Markers given in every way people give them, with pytest's own collection as the judge."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from wizard.rules.markers import BUILT_IN, is_collected, is_own
from wizard.stack.python.resolve import resolve
from wizard.stack.python.source import read_python

SHAPES: dict[str, dict[str, str]] = {
    "decorator": {"test_a.py": "@pytest.mark.unit\ndef test_a(): ...\n"},
    "imported_mark": {"test_a.py": "from pytest import mark\n@mark.unit\ndef test_a(): ...\n"},
    "mark_under_another_name": {"test_a.py": "from pytest import mark as m\n@m.unit\ndef test_a(): ...\n"},
    "pytest_under_another_name": {"test_a.py": "import pytest as pt\n@pt.mark.unit\ndef test_a(): ...\n"},
    "mark_object_kept": {"test_a.py": "mark = pytest.mark\n@mark.unit\ndef test_a(): ...\n"},
    "alias": {"test_a.py": "unit = pytest.mark.unit\n@unit\ndef test_a(): ...\n"},
    "alias_of_an_alias": {"test_a.py": "one = pytest.mark.unit\ntwo = one\n@two\ndef test_a(): ...\n"},
    "alias_with_arguments": {"test_a.py": "unit = pytest.mark.unit(level=1)\n@unit\ndef test_a(): ...\n"},
    "alias_of_a_skip": {"test_a.py": "slow = pytest.mark.skipif(False, reason='x')\n@slow\ndef test_a(): ...\n"},
    "by_getattr": {"test_a.py": "@getattr(pytest.mark, 'unit')\ndef test_a(): ...\n"},
    "own_decorator": {"test_a.py": "def unit(f):\n    return pytest.mark.unit(f)\n@unit\ndef test_a(): ...\n"},
    "own_decorator_without_marker": {"test_a.py": "def plain(f):\n    return f\n@plain\ndef test_a(): ...\n"},
    "module": {"test_a.py": "pytestmark = pytest.mark.unit\ndef test_a(): ...\n"},
    "module_list": {"test_a.py": "pytestmark = [pytest.mark.unit, pytest.mark.slow]\ndef test_a(): ...\n"},
    "module_by_name": {
        "test_a.py": "both = [pytest.mark.unit, pytest.mark.slow]\npytestmark = both\ndef test_a(): ...\n"
    },
    "module_sum": {
        "test_a.py": "base = [pytest.mark.unit]\npytestmark = base + [pytest.mark.slow]\ndef test_a(): ...\n"
    },
    "module_unpacked": {
        "test_a.py": "b = [pytest.mark.unit]\npytestmark = [*b, pytest.mark.slow]\ndef test_a(): ...\n"
    },
    "class_decorator": {"test_a.py": "@pytest.mark.unit\nclass TestX:\n    def test_a(self): ...\n"},
    "class_list": {
        "test_a.py": "class TestX:\n    pytestmark = [pytest.mark.unit, pytest.mark.slow]\n    def test_a(self): ...\n"
    },
    "class_of_a_marked_base": {
        "test_a.py": "@pytest.mark.unit\nclass Base: ...\nclass TestX(Base):\n    def test_a(self): ...\n"
    },
    "nested_classes": {
        "test_a.py": "@pytest.mark.unit\nclass TestX:\n    @pytest.mark.slow\n    class TestY:\n"
        "        def test_a(self): ...\n"
    },
    "unittest_case": {
        "test_a.py": "import unittest\n@pytest.mark.unit\nclass Odd(unittest.TestCase):\n    def test_a(self): ...\n"
    },
    "every_parameter": {
        "test_a.py": "@pytest.mark.parametrize('n', [pytest.param(1, marks=pytest.mark.unit),"
        " pytest.param(2, marks=[pytest.mark.unit])])\ndef test_a(n): ...\n"
    },
    "one_parameter": {
        "test_a.py": "@pytest.mark.parametrize('n', [pytest.param(1, marks=pytest.mark.unit), 2])\ndef test_a(n): ...\n"
    },
    "parameters_by_name": {
        "test_a.py": "R = [pytest.param(1, marks=pytest.mark.unit)]\n"
        "@pytest.mark.parametrize('n', R)\ndef test_a(n): ...\n"
    },
    "from_a_module": {
        "test_a.py": "from from_a_module_marks import unit\n@unit\ndef test_a(): ...\n",
        "from_a_module_marks.py": "unit = pytest.mark.unit\n",
    },
    "from_a_module_as_a_whole": {
        "test_a.py": "import whole_marks\n@whole_marks.unit\ndef test_a(): ...\n",
        "whole_marks.py": "unit = pytest.mark.unit\n",
    },
    "from_a_module_that_passes_it_on": {
        "test_a.py": "from passes_on import unit\n@unit\ndef test_a(): ...\n",
        "passes_on.py": "from passed_on import unit\n",
        "passed_on.py": "unit = pytest.mark.unit\n",
    },
    "base_class_of_a_module": {
        "test_a.py": "from base_cases import Base\nclass TestX(Base):\n    def test_a(self): ...\n",
        "base_cases.py": "@pytest.mark.unit\nclass Base: ...\n",
    },
    "conftest_marks_nothing": {
        "test_a.py": "def test_a(): ...\n",
        "conftest.py": "pytestmark = pytest.mark.unit\n",
    },
    "fixture_with_a_tests_name": {"test_a.py": "@pytest.fixture\ndef test_config(): ...\ndef test_a(): ...\n"},
    "fixture_in_a_conftest": {
        "test_a.py": "@pytest.mark.unit\ndef test_a(): ...\n",
        "conftest.py": "@pytest.fixture(scope='session')\ndef test_client(): ...\n",
    },
    "class_with_init": {
        "test_a.py": "class TestX:\n    def __init__(self): ...\n    def test_no(self): ...\ndef test_a(): ...\n"
    },
    "switched_off": {
        "test_a.py": "class TestX:\n    __test__ = False\n    def test_no(self): ...\ndef test_a(): ...\n"
    },
    "helper_module": {"test_a.py": "def test_a(): ...\n", "helpers.py": "def test_no(): ...\n"},
    "patched": {"test_a.py": "from unittest.mock import patch\n@patch('os.getcwd')\ndef test_a(fake): ...\n"},
}
JUDGE = """
import json
import pathlib


def pytest_collection_finish(session):
    found = {}
    for item in session.items:
        name = f"{item.path.parent.name}::{item.originalname or item.name}"
        marks = sorted({mark.name for mark in item.iter_markers()})
        found.setdefault(name, []).append(marks)
    pathlib.Path("found.json").write_text(json.dumps(found))
"""


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What pytest finds in all shapes: test -> the markers that every one of its items has."""
    root = tmp_path_factory.mktemp("shapes")
    for shape, files in SHAPES.items():
        (root / shape).mkdir()
        for name, code in files.items():
            (root / shape / name).write_text("import pytest\n" + code)
    (root / "conftest.py").write_text(JUDGE)
    (root / "pytest.ini").write_text("[pytest]\npythonpath = " + " ".join(SHAPES) + "\n")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--collect-only",
        "-q",
        "--import-mode=importlib",
        "-p",
        "no:cacheprovider",
    ]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(Path(root / "found.json").read_text())
    return {name: sorted(set.intersection(*map(set, items)) - BUILT_IN) for name, items in found.items()}


@pytest.mark.parametrize("shape", SHAPES)
def test_markers_are_pytests(shape: str, collected: dict[str, list[str]]) -> None:
    files = {
        name: read_python(f"import pytest\n{dedent(code)}", f"tests/{shape}/{name}")
        for name, code in SHAPES[shape].items()
    }
    read = [test for file in resolve(tuple(files.values())) if is_collected(file.path) for test in file.tests]
    wanted = {name.partition("::")[2]: marks for name, marks in collected.items() if name.startswith(f"{shape}::")}
    assert {test.name: sorted(test.markers) for test in read} == wanted
    assert not any(test.unread for test in read)


@pytest.mark.parametrize(
    "code",
    [
        "from marks import unit\n@unit\ndef test_a(): ...\n",
        "from .x import Base\nclass TestA(Base):\n    def test_a(self): ...\n",
    ],
)
def test_what_another_file_says_is_not_known_without_it(code: str) -> None:
    (test,) = read_python(code, "tests/unit/x/test_a.py").tests
    assert test.markers == ()
    assert test.unread in {("marks.unit",), (".x.Base",)}


@pytest.mark.parametrize(
    ("path", "patterns", "wanted"),
    [
        ("tests/unit/x/test_a.py", (), True),
        ("tests/unit/x/a_test.py", (), True),
        ("tests/unit/x/helper.py", (), False),
        ("tests/conftest.py", ("*.py",), False),
        ("tests/unit/check_a.py", ("check_*.py",), True),
        ("tests/unit/test_a.py", ("check_*.py",), False),
        ("tests/unit/a.py", ("unit/*.py",), True),
    ],
)
def test_which_files_pytest_looks_into(path: str, patterns: tuple[str, ...], wanted: bool) -> None:
    assert is_collected(path, patterns) is wanted


def test_whose_markers_need_no_registration() -> None:
    assert [is_own(name) for name in ("unit", "skipif", "asyncio", "django_db", "contract")] == [
        True,
        False,
        False,
        False,
        True,
    ]
