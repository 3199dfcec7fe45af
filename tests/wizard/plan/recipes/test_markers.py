"""`pytestmark` on test files: in many styles, and where it is refused."""

from __future__ import annotations

import ast
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.plan.recipes.markers import mark
from wizard.plan.splice.text import SpliceRefused

PATH = "tests/unit/market/test_market.py"
CTX: Any = SimpleNamespace(service=SimpleNamespace(tests={"unit": (SimpleNamespace(path=PATH),)}))
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


@given(st.sampled_from(HEADS), st.sampled_from(IMPORTS), st.integers(0, 3), st.sampled_from(BODIES), st.booleans())
def test_every_test_of_the_file_is_marked(head: str, imports: str, blank: int, body: str, windows: bool) -> None:
    text = head + imports + "\n" * blank + body
    text = text.replace("\n", "\r\n") if windows else text
    after = mark(CTX, PATH, text)
    statements = [ast.unparse(node) for node in ast.parse(after).body]
    assert statements.index("import pytest") < statements.index("pytestmark = pytest.mark.unit")
    added = {"import pytest", "pytestmark = pytest.mark.unit", ""}
    was = [line for line in text.splitlines() if line not in added]
    assert [line for line in after.splitlines() if line not in added] == was
    assert not windows or after.count("\n") == after.count("\r\n")


@pytest.mark.parametrize(
    "text",
    [
        "import pytest\npytestmark = pytest.mark.slow\ndef test_a(): ...\n",
        "pytest = 1\ndef test_a(): ...\n",
        "def test_a(:\n",
    ],
)
def test_what_is_there_already_is_left_alone(text: str) -> None:
    with pytest.raises(SpliceRefused):
        mark(CTX, PATH, text)
