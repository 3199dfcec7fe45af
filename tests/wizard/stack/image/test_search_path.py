"""Folders that a program adds to `sys.path`, as people write it."""

from __future__ import annotations

import pytest

from wizard.stack.image.search_path import search_folders

HERE = "services/api/main.py"


@pytest.mark.parametrize(
    ("added", "folders"),
    [
        ("str(Path(__file__).parent / '../../shared/lib')", ["shared/lib"]),
        ("str(Path(__file__).resolve().parent.parent)", ["services"]),
        ("str(Path(__file__).parents[2] / 'shared' / 'lib')", ["shared/lib"]),
        ("os.path.dirname(os.path.dirname(os.path.abspath(__file__)))", ["services"]),
        ("os.path.join(os.path.dirname(__file__), '..', '..')", ["."]),
        ("os.path.abspath(os.path.join(os.path.dirname(__file__), '../../shared'))", ["shared"]),
        ("os.path.dirname(__file__) + '/lib'", ["services/api/lib"]),
        ("str(Path(__file__).parent.joinpath('lib'))", ["services/api/lib"]),
        ("HERE", ["services/api"]),
        ("str(ROOT / 'lib')", ["services/lib"]),
        ("str(SHARED)", ["shared", "libs"]),
        ("str(DEEP)", ["shared/lib", "services/api"]),
        ("str(Path(__file__).parents[9])", []),
        ("'/app/shared'", []),
        ("os.environ['LIB']", []),
        ("LOOP", []),
        ("str(Path(name) / 'lib')", []),
    ],
)
@pytest.mark.parametrize("call", ["insert(0, {})", "append({})", "extend([{}])"])
def test_folders_that_are_worked_out_from_the_file(call: str, added: str, folders: list[str]) -> None:
    code = (
        "import os, sys\nfrom pathlib import Path\nHERE = os.path.dirname(__file__)\nROOT = Path(__file__).parents[1]\n"
        "LOOP = LOOP\nfor SHARED in (Path(__file__).parents[2] / 'shared', Path(__file__).parents[2] / 'libs'): pass\n"
        "UP = (Path(__file__).parent / '../../shared/lib').resolve()\nOWN = Path(__file__).parent.resolve()\n"
        "for DEEP in (UP, OWN): pass\n"
        f"sys.path.{call.format(added)}\n"
    )
    found = search_folders(code, HERE)
    assert [fact.value for fact in found] == folders
    assert {fact.source.line for fact in found} <= {10}


def test_sys_under_another_name() -> None:
    code = "import sys as _sys\n_sys.path.insert(0, __file__.x)\n_sys.path.append(os.path.dirname(__file__))\n"
    assert [fact.value for fact in search_folders(code, HERE)] == ["services/api"]


def test_names_without_end_are_given_up() -> None:
    many = "".join(f"a{n} = a{n + 1} = b\n" + f"a{n} = a{n + 1}\n" * 9 for n in range(40))
    assert search_folders(f"import sys\n{many}b = __file__\nsys.path.append(str(a0))\n", HERE) is not None


@pytest.mark.parametrize(
    "code",
    [
        "x.path.insert(0, __file__)  # sys.path",
        "sys.path.insert(0, __file__",
        "# sys.path, __file__",
        "sys.path.insert(__file__ if x else y)",
        "sys.path = [__file__]",
    ],
)
def test_anything_else_says_nothing(code: str) -> None:
    assert search_folders(code, HERE) == ()
