"""`pytestmark` on test files: in many styles, and where it is refused."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wizard.plan.recipes.styles import context, guarded, noise
from wizard.plan.recipes.markers import chosen_sites, mark, sites
from wizard.plan.splice.text import SpliceRefused
from wizard.stack.python.source import read_python
from wizard.stack.testing.pytest_config import read_pytest

PATH = "tests/unit/market/test_market.py"


def marked(text: str, path: str = PATH, **texts: str) -> str:
    """The text as the recipe leaves it, in a stack that asks for pytest; `texts`: more of its files."""
    return mark(stack(text, path, {"requirements-dev.txt": "pytest==8.0.0\n", **texts}), path, text)


def stack(text: str, path: str, texts: dict[str, str]) -> Any:
    file = read_python(text, path)
    ctx = context(path, text, tests={"unit": (file,)})
    ctx.facts.texts.update(texts)
    return ctx


HEADS = [
    "",
    '"""Tests."""\n',
    '"""Tests."""\n\nfrom __future__ import annotations\n\n',
    "# tests\n",
    "#!/usr/bin/env python\n\n",
]
IMPORTS = ["", "import os\n", "import os\nimport pytest\n", "import pytest  # noqa\n\nfrom market.logic import f\n"]
IMPORTS += ["from market.logic import (\n    f,\n)\n", "import os\n\nX = 1\nimport pytest\n"]
BODIES = [
    "def test_a():\n    assert 1\n",
    "# first\ndef test_a():\n    assert 1  # one\n",
    "\n\nclass TestA:\n    def test_a(self):\n        assert 1\n",
    "@staticmethod\ndef test_a(): assert 1",
]


IMPORTS += [
    "import sys\nsys.path.insert(0, '.')\n\nimport market\n",
    "try:\n    import market\nexcept ImportError:\n    market = None\n",
    "import unittest, sys;\n",
    "from market import (  # ours\n    f,\n)\nimport pytest as pt\n",
]


@given(
    st.sampled_from(HEADS),
    st.sampled_from(IMPORTS),
    st.integers(0, 3),
    st.sampled_from(BODIES),
    st.tuples(guarded(), noise(), st.booleans(), st.booleans()),
)
def test_every_test_of_the_file_is_marked(
    head: str, imports: str, blank: int, body: str, around: tuple[str, str, bool, bool]
) -> None:
    besides, tail, windows, bom = around
    text = head + imports + besides + "\n" * blank + body.rstrip("\n") + "\n\n\n" + tail
    text = ("\ufeff" if bom else "") + (text.replace("\n", "\r\n") if windows else text)
    after = marked(text)
    statements = [ast.unparse(node) for node in ast.parse(after.removeprefix("\ufeff")).body]
    assert statements.index("import pytest") < statements.index("pytestmark = pytest.mark.unit")
    at = statements.index("pytestmark = pytest.mark.unit")
    assert not any(line.startswith(("def ", "class ", "@")) for line in statements[:at])
    assert not any(line.startswith(("import ", "from ")) for line in statements[at:])
    assert said(after) == said(text)
    assert not windows or after.count("\n") == after.count("\r\n")


def said(text: str) -> list[str]:
    lines = (line.removeprefix("\ufeff") for line in text.splitlines())
    return [line for line in lines if line.strip() not in ("import pytest", "pytestmark = pytest.mark.unit", "")]


@pytest.mark.parametrize(
    "text",
    [
        "import pytest\npytestmark = MARKS\ndef test_a(): ...\n",
        "pytestmark = []\nif True:\n    pytestmark = None\ndef test_a(): ...\n",
        "pytest = 1\ndef test_a(): ...\n",
        "def test_a(pytest): ...\n",
        "def test_a(:\n",
    ],
)
def test_what_cannot_be_told_is_left_alone(text: str) -> None:
    with pytest.raises(SpliceRefused):
        marked(text)


@pytest.mark.parametrize(
    ("there", "then"),
    [
        ("pytest.mark.asyncio", "[pytest.mark.asyncio, pytest.mark.unit]"),
        ("pytest.mark.skipif(True, reason='x')", "[pytest.mark.skipif(True, reason='x'), pytest.mark.unit]"),
        ("[pytest.mark.asyncio]", "[pytest.mark.asyncio, pytest.mark.unit]"),
        ("[]", "[pytest.mark.unit]"),
        (
            "[\n    pytest.mark.asyncio,  # all\n    pytest.mark.timeout(3),\n]",
            "[\n    pytest.mark.asyncio,  # all\n    pytest.mark.timeout(3),\n    pytest.mark.unit,\n]",
        ),
    ],
)
def test_it_stands_beside_the_marker_that_is_there(there: str, then: str) -> None:
    text = "import pytest\n\npytestmark = {}  # all of them\n\n\nasync def test_a(): ...\n"
    assert marked(text.format(there)) == text.format(then)


UNITTEST = "import unittest\n\n\nclass TestIt(unittest.TestCase):\n    def test_a(self): ...\n"


@pytest.mark.parametrize(
    "texts",
    [
        {"requirements.txt": "flask\npytest>=7\n"},
        {"Makefile": "test:\n\tpytest -q\n"},
    ],
)
def test_unittest_in_a_stack_that_has_pytest_is_marked(texts: dict[str, str]) -> None:
    assert "pytestmark = pytest.mark.unit" in mark(stack(UNITTEST, PATH, texts), PATH, UNITTEST)


def test_unittest_beside_a_test_for_pytest_is_marked() -> None:
    ctx = stack(UNITTEST, PATH, {})
    ctx.service.tests["e2e"] = (read_python("import pytest\n", "tests/e2e/market/test_e2e.py"),)
    assert "pytestmark = pytest.mark.unit" in mark(ctx, PATH, UNITTEST)


def test_tests_that_only_pytest_sees_need_no_other_word_of_it() -> None:
    text = "def test_a(): ...\n"
    assert "pytestmark = pytest.mark.unit" in mark(stack(text, PATH, {}), PATH, text)


def test_what_the_same_plan_adds_is_no_sign_of_pytest() -> None:
    added = {"pytest.ini": "[pytest]\n", "tests/e2e/market/test_e2e.py": "import pytest\n"}
    with pytest.raises(SpliceRefused, match="nothing in the stack asks for pytest"):
        mark(stack(UNITTEST, PATH, added), PATH, UNITTEST)


def test_unittest_in_a_stack_without_pytest_is_refused_with_a_conftest_that_marks_it() -> None:
    with pytest.raises(SpliceRefused, match="nothing in the stack asks for pytest") as refused:
        mark(stack(UNITTEST, PATH, {"requirements.txt": "flask\n"}), PATH, UNITTEST)
    hook = read_python(refused.value.paste, "tests/unit/market/conftest.py")
    assert [fact.value for fact in hook.auto_markers] == ["unit"]


def test_where_a_conftest_adds_markers_nothing_is_added() -> None:
    with pytest.raises(SpliceRefused, match="adds markers while pytest runs"):
        marked("def test_a(): ...\n", **{"tests/conftest.py": "def f(item):\n    item.add_marker(item.name)\n"})


def test_without_a_configuration_that_can_be_read_no_marker_is_added() -> None:
    text = "import pytest\n\n\ndef test_a(): ...\n"
    ctx = stack(text, PATH, {"pyproject.toml": "[tool.pytest.ini_options]\naddopts = '\n"})
    ctx.facts.pytest = read_pytest(ctx.facts.texts.get)
    with pytest.raises(SpliceRefused, match=r"pyproject\.toml: the pytest configuration cannot be read"):
        mark(ctx, PATH, text)


CHOSEN = {
    "nothing": ({}, False),
    "another marker": ({"pytest.ini": "[pytest]\naddopts = -m 'not slow'\n"}, False),
    "left out": ({"pytest.ini": "[pytest]\naddopts = -ra -m 'not unit and not slow'\n"}, True),
    "left out in toml": ({"pyproject.toml": '[tool.pytest.ini_options]\naddopts = ["-m", "not unit"]\n'}, True),
    "joined": ({"pytest.ini": "[pytest]\naddopts = -munit\n"}, True),
    "the last counts": ({"pytest.ini": "[pytest]\naddopts = -m unit -m slow\n"}, False),
    "no expression": ({"pytest.ini": "[pytest]\naddopts = -m 'unit and ('\n"}, True),
    "a makefile": ({"Makefile": 'fast:\n\tpytest tests -m "not unit"\n'}, True),
    "a conftest": ({"tests/conftest.py": "def f(item):\n    return item.get_closest_marker('unit')\n"}, True),
    "a conftest elsewhere": ({"other/conftest.py": "def f(item):\n    return item.get_closest_marker('x')\n"}, False),
}


@pytest.mark.parametrize(("texts", "chosen"), CHOSEN.values(), ids=CHOSEN)
def test_a_marker_by_which_tests_are_chosen_is_not_safe(texts: dict[str, str], chosen: bool) -> None:
    ctx = stack("def test_a(): ...\n", PATH, texts)
    ctx.facts.pytest = read_pytest(texts.get) if {"pytest.ini", "pyproject.toml"} & set(texts) else None
    assert (sites(ctx), chosen_sites(ctx)) == (((), (PATH,)) if chosen else ((PATH,), ()))
