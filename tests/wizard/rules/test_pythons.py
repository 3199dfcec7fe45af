"""What a version of Python can install and run; the table of releases against the index, where one is in reach."""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from wizard.plan.container.pins import PINS, TESTED, pin
from wizard.rules.pythons import (
    COLUMNS,
    NEWEST,
    WRITTEN_FOR,
    Version,
    applies,
    base_for_new,
    installable,
    may_mean_ascii,
    newest_for,
    too_new,
)
from wizard.values.facts.code import Requirement
from wizard.values.source import Source

TEMPLATES = Path(__file__).parents[3] / "templates" / "service"
UV = Path(sys.executable).parent / "uv"


@pytest.mark.parametrize(
    ("name", "version", "python", "answer"),
    [
        ("redis", "8.1.0", (3, 9), False),
        ("redis", "7.0.1", (3, 9), True),
        ("redis", "7.0.9", (3, 9), True),
        ("pydantic", "2.14.4", (3, 9), False),
        ("pydantic-settings", "2.16.3", (3, 10), False),
        ("numpy", "2.5.0", (3, 11), False),
        ("django", "5.2", (3, 9), False),
        ("django", "4.2.99", (3, 9), True),
        ("flask", "9.0", (3, 12), None),
        ("waitress", "3.0.2", (3, 9), None),
        ("own-package", "1.0", (3, 7), None),
        ("redis", "weird", (3, 9), None),
        ("redis", "8.1.0", (3, 6), None),
    ],
)
def test_installable(name: str, version: str, python: Version, answer: bool | None) -> None:
    assert installable(name, version, python) is answer


@pytest.mark.parametrize(
    ("marker", "python", "answer"),
    [
        ("", (3, 9), True),
        ('python_version >= "3.10"', (3, 9), False),
        ('python_version >= "3.10"', (3, 10), True),
        ('python_full_version < "3.9.1"', (3, 9), True),
        ('extra == "x"', (3, 9), False),
    ],
)
def test_markers(marker: str, python: Version, answer: bool) -> None:
    assert applies(Requirement("x", "==1", True, Source("r"), marker), python) is answer


@pytest.mark.parametrize("column", COLUMNS, ids=str)
def test_the_table_against_the_index(column: Version) -> None:
    wanted = "".join(f"{name}<={row[COLUMNS.index(column)]}\n" for name, row in sorted(NEWEST.items()))
    words = (str(UV), "pip", "compile", "--no-header", "--no-annotate", "--no-deps", "--no-python-downloads")
    asked = (*words, "--python-version", ".".join(map(str, column)), "-")
    run = subprocess.run(asked, input=wanted, capture_output=True, text=True, timeout=120, check=False)
    if run.returncode != 0 and any(word in run.stderr for word in ("cache", "network", "fetch", "connect")):
        pytest.skip("no index and no copy of it is in reach")
    found = dict(line.split("==") for line in run.stdout.splitlines())
    assert found == {name: row[COLUMNS.index(column)] for name, row in NEWEST.items()}, run.stderr


def test_every_pin_has_a_release_for_every_older_python() -> None:
    for name, line in PINS.items():
        distribution = line.partition("==")[0].partition("[")[0]
        for python in (column for column in COLUMNS if column < TESTED):
            assert pin(name, python).endswith(f"=={newest_for(distribution, python)}")
        assert pin(name, TESTED) == pin(name, None) == line


@pytest.mark.parametrize(
    ("text", "python", "used"),
    [
        ("from datetime import UTC, datetime\n", (3, 10), ["datetime.UTC (Python 3.11)"]),
        ("import datetime as dt\nx = dt.UTC\n", (3, 10), ["datetime.UTC (Python 3.11)"]),
        ("import tomllib\n", (3, 9), ["tomllib (Python 3.11)"]),
        ("try:\n    import tomllib\nexcept ImportError:\n    import tomli as tomllib\n", (3, 9), []),
        ("import sys\nif sys.version_info >= (3, 11):\n    from enum import StrEnum\n", (3, 9), []),
        ("def f(a: int | None) -> str: ...\n", (3, 9), ["X | Y as an annotation (Python 3.10)"]),
        ("from __future__ import annotations\ndef f(a: int | None) -> str: ...\n", (3, 9), []),
        ("def f(a: int | None) -> str: ...\n", (3, 10), []),
        ("async def f():\n    async with asyncio.TaskGroup(): ...\nimport asyncio\n", (3, 9), []),
        (
            "import asyncio\nasync def f():\n    async with asyncio.TaskGroup(): ...\n",
            (3, 9),
            ["asyncio.TaskGroup (Python 3.11)"],
        ),
        ("# Zeiger für später\nimport datetime as dt\nx = dt.ＵＴＣ\n", (3, 10), ["datetime.UTC (Python 3.11)"]),
        ("import copy\nx = copy.replace(y, a=1)\n", (3, 11), ["copy.replace (Python 3.13)"]),
        ("raise ExceptionGroup('x', [])\n", (3, 10), ["ExceptionGroup (Python 3.11)"]),
        ("from typing import override\n", (3, 11), ["typing.override (Python 3.12)"]),
        ("from typing import override\n", (3, 12), []),
        ("x = 1\n", (3, 7), []),
        ("def broken(:\n", (3, 9), []),
    ],
)
def test_what_an_older_python_does_not_have(text: str, python: Version, used: list[str]) -> None:
    assert [fact.value for fact in too_new(text, "a.py", python)] == used


@pytest.mark.parametrize(
    ("text", "python"), [("match x:\n    case 1: ...\n", (3, 9)), ("try: ...\nexcept* ValueError: ...\n", (3, 10))]
)
def test_syntax_of_a_later_python(text: str, python: Version) -> None:
    (fact,) = too_new(text, "a.py", python)
    assert fact.value.startswith("syntax of a later Python")


def test_characters_that_python_reads_as_ascii_are_known_without_the_tables() -> None:
    """All of Unicode: whatever becomes ASCII in a name has to be looked at, everything else may be."""
    for char in map(chr, range(0x80, sys.maxunicode + 1)):
        read = unicodedata.normalize("NFKC", char) if f"_{char}".isidentifier() else char
        assert may_mean_ascii(char) or not any(one.isascii() for one in read), hex(ord(char))


@pytest.mark.parametrize("text", ["# für später → ok, 5 µs — gut\n", "# Grüße\nx = 'naïve façade Åse'\n"])
def test_words_of_most_languages_need_no_tables(text: str) -> None:
    assert not any(map(may_mean_ascii, set(text)))


def test_the_templates_fit_the_python_they_are_written_for() -> None:
    for template in TEMPLATES.glob("*.j2"):
        lines = [line for line in template.read_text().split("\n") if line.startswith(("from ", "import "))]
        imports = "\n".join(line for line in lines if "{" not in line)
        assert too_new(imports, template.name, WRITTEN_FOR) == ()


@pytest.mark.parametrize(
    ("image", "new"),
    [
        ("python:3.9", "python:3.11-slim"),
        ("python:3.12-alpine", "python:3.12-alpine"),
        ("python:3", "python:3"),
        ("example.org/own:1", "example.org/own:1"),
    ],
)
def test_the_base_of_a_new_service(image: str, new: str) -> None:
    assert base_for_new(image) == new
