"""A password from its mounted file first: in many styles, run, and where it is refused."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wizard.plan.recipes.styles import context, guarded, noise
from wizard.plan.recipes.secrets import READER, from_file
from wizard.plan.splice.text import SpliceRefused

PATH = "services/market/service.py"
CTX = context(compose=SimpleNamespace(secrets=(SimpleNamespace(value="redis_password"),)))
HEADS = [
    "",
    '"""It."""\n',
    '"""It."""\n\nfrom __future__ import annotations\n\n',
    "# it\n",
    "#!/usr/bin/env python\n\n",
]
STYLES = [
    ("import os\n", 'os.environ["REDIS_PASSWORD"]'),
    ("import os, sys\n", "os.environ['REDIS_PASSWORD']"),
    ("import os\nimport sys\n", 'os.environ.get("REDIS_PASSWORD", "")'),
    ("import os\n", "os.getenv('REDIS_PASSWORD', default=None)"),
    ("from os import environ\n", 'environ["REDIS_PASSWORD"]'),
    ("from os import getenv as env\nimport sys\n", 'env("REDIS_PASSWORD")'),
    ("import os\n", 'os.environ.get(\n    "REDIS_PASSWORD",  # from operations\n    "",\n)'),
    ("import os\n", '(os.environ["REDIS_PASSWORD"])'),
]
USES = [
    ("client = make(host='ä', password={})  # ours\n", False),
    ("PASSWORD = {}\n", False),
    ("PASSWORD: str = {}\n", False),
    ("def password():\n    return {}\n", False),
    ("URL = 'redis://:' + {} + '@redis'\n", True),
    ("PAIR = ({}, 1)\n", True),
    ("PASSWORD = {}.strip()\n", True),
    ("PASSWORD = {} or None\n", True),
    ("# said\nclass Settings:\n    password = {}\n    user = 'x'\n", False),
    ("if (given := {}):\n    print(given)\n", True),
    ("password = lambda: {}\n", True),
    ("client = make(\n    password={},\n    db=1,\n)\n", False),
    ("PASSWORD = \\\n    {}\n", False),
    ("user = 'x'; PASSWORD = {};\n", False),
    ("PASSWORD = {} if late else ''\n", True),
]


def bare(lines: Iterable[str]) -> str:
    """The lines without their layout: a call that gets too long has one argument a line and a last comma."""
    return "".join("".join(lines).split()).replace(",)", ")")


@given(
    st.sampled_from(HEADS),
    st.sampled_from(STYLES),
    st.sampled_from(USES),
    st.integers(0, 3),
    st.tuples(guarded(), noise(), st.booleans()),
)
def test_the_file_comes_first_and_the_variable_stays(
    head: str, style: tuple[str, str], use: tuple[str, bool], blank: int, around: tuple[str, str, bool]
) -> None:
    besides, tail, windows = around
    imports, read = style
    code, brackets = use
    text = head + imports + besides + "\n" * blank + code.format(read) + "\n" * 2 + tail
    text = text.replace("\n", "\r\n") if windows else text
    after = from_file(CTX, PATH, text)
    tree = ast.parse(after)
    call = f'{READER}("REDIS_PASSWORD", "redis_password") or '
    assert after.count(call) == 1
    written = read.replace("\n", "\r\n") if windows else read
    assert (f"({call}{written})" in after) is brackets
    without = after.replace(f"({call}{written})", written) if brackets else after.replace(call, "")
    was = [line for line in text.splitlines() if line]
    function = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == READER)
    rest = without.splitlines()[: function.lineno - 1] + without.splitlines()[function.end_lineno :]
    assert bare(line for line in rest if line != "import os") == bare(line for line in was if line != "import os")
    assert not windows or after.count("\n") == after.count("\r\n")
    first_use = next(n for n, s in enumerate(tree.body) if s is not function and READER in ast.unparse(s))
    assert tree.body.index(function) < first_use


@pytest.mark.parametrize(
    ("environment", "files", "value"),
    [
        ({"REDIS_PASSWORD": "by variable"}, {}, "by variable"),
        ({"REDIS_PASSWORD": "x", "REDIS_PASSWORD_FILE": "given"}, {"given": "by file\n"}, "by file"),
        ({"REDIS_PASSWORD_FILE": "given"}, {"given": "by file"}, "by file"),
        ({"REDIS_PASSWORD_FILE": ""}, {}, KeyError),
        ({"REDIS_PASSWORD_FILE": "gone", "REDIS_PASSWORD": "x"}, {}, FileNotFoundError),
        ({}, {}, KeyError),
    ],
)
def test_what_it_reads_when_it_runs(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    files: dict[str, str],
    value: str | type[Exception],
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("REDIS_PASSWORD", "REDIS_PASSWORD_FILE"):
        monkeypatch.delenv(name, raising=False)
    for name, text in environment.items():
        monkeypatch.setenv(name, text)
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    code = from_file(CTX, PATH, 'import os\n\nPASSWORD = os.environ["REDIS_PASSWORD"]\n')
    space: dict[str, Any] = {}
    if isinstance(value, str):
        exec(code, space)  # noqa: S102  (the code that the recipe made)
        assert space["PASSWORD"] == value
    else:
        with pytest.raises(value):
            exec(code, space)  # noqa: S102


@pytest.mark.parametrize(
    "text",
    [
        "import os\nURL = f\"redis://:{os.environ['REDIS_PASSWORD']}@redis\"\n",
        'import os\nos.environ["REDIS_PASSWORD"] = "x"\n',
        'import os\nsecret_from_file = 1\nPASSWORD = os.environ["REDIS_PASSWORD"]\n',
        'os = load()\nPASSWORD = os.environ["REDIS_PASSWORD"]\n',
        'import os\nPASSWORD = os.environ.get("REDIS_PASSWORD", os.environ["AUTH_TOKEN"])\nimport os.path as os\n',
        "import os\nPORT = os.environ['REDIS_PORT']\n",
        "import os\nPASSWORD = os.environ[NAME]\n",
        "import os\nPASSWORD = os.environ[\n",
    ],
)
def test_what_cannot_be_told_is_refused(text: str) -> None:
    with pytest.raises(SpliceRefused):
        from_file(CTX, PATH, text)


NESTED = """import os

TOKEN = os.getenv("REDIS_PASSWORD", os.getenv("REDIS_AUTH", ""))
"""
LATER = '''"""It."""

import sys

sys.path.insert(0, "lib")

import os
try:
    import redis
except ImportError:
    redis = None

# the password
PASSWORD = os.environ["REDIS_PASSWORD"]
'''
TYPED = """import os


def password() -> str:
    return os.environ["REDIS_PASSWORD"]
"""


def test_a_read_that_is_the_default_of_another_is_changed_as_well() -> None:
    after = from_file(CTX, PATH, NESTED)
    assert after.count(f"{READER}(") == 3
    assert f'os.getenv("REDIS_PASSWORD", {READER}("REDIS_AUTH", "redis_password") or os.getenv("REDIS_AUTH"' in after


def test_the_function_stands_below_all_imports() -> None:
    lines = from_file(CTX, PATH, LATER).splitlines()
    assert lines.index("    redis = None") + 3 == lines.index(f"def {READER}(name, secret):")
    assert lines.index("# the password") == len(lines) - 2


def test_it_says_its_types_where_the_file_does() -> None:
    assert f"def {READER}(name: str, secret: str) -> str:" in from_file(CTX, PATH, TYPED)


@pytest.mark.parametrize(("variable", "named", "changed"), [("API_TOKEN", False, False), ("API_TOKEN", True, True)])
def test_a_secret_that_the_stack_does_not_mount_is_read_from_a_file_when_named(
    variable: str, named: bool, changed: bool
) -> None:
    ctx: Any = SimpleNamespace(**{**vars(CTX), "choice": SimpleNamespace(fixes=("secret-file",) if named else ())})
    text = f'import os\n\nTOKEN = os.environ["{variable}"]\n'
    if changed:
        assert f'{READER}("API_TOKEN", "api_token") or os.environ["API_TOKEN"]' in from_file(ctx, PATH, text)
    else:
        with pytest.raises(SpliceRefused):
            from_file(ctx, PATH, text)
