"""The set of distributions that the wizard pins with hashes."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.generated.lock import PYTHONS, compiled
from wizard.plan.container.lock import locked
from wizard.plan.container.pins import PINS, requirements
from wizard.rules.pythons import Version


def names(entries: tuple[str, ...]) -> list[str]:
    return [entry.partition("==")[0] for entry in entries]


@pytest.mark.parametrize("python", [None, *PYTHONS, (3, 14)])
@pytest.mark.parametrize("tables", [False, True])
@pytest.mark.parametrize("redis", [False, True])
def test_every_set_of_the_wizards_own_pins_is_known_whole(python: Version | None, tables: bool, redis: bool) -> None:
    entries = locked(requirements(tables, python, redis=redis))
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", entry) for entry in entries)
    assert {"flask", "werkzeug", "pydantic-core"} <= set(names(entries))
    assert ("psycopg-binary" in names(entries), "redis" in names(entries)) == (tables, redis)


def test_pins_are_those_of_the_wizard() -> None:
    """After a change of `PINS`, `make lock` asks the index again."""
    assert locked(PINS.values())


@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("flask==3.1.2",),
        ("flask==3.1.3", "numpy==2.0.0"),
        ("flask>=3",),
        ("flask",),
        ("flask==3.1.3 ; python_version > '3'",),
    ],
)
def test_a_set_with_a_stranger_is_not_hashed_by_half(lines: tuple[str, ...]) -> None:
    assert locked(lines) == ()


def test_each_entry_says_who_asks_for_it() -> None:
    found = dict(zip(names(locked(["flask==3.1.3"])), locked(["flask==3.1.3"]), strict=True))
    assert found["markupsafe"].endswith("    # via flask, jinja2, werkzeug")
    assert found["flask"].endswith("    # via -r requirements.in")


def test_names_are_compared_as_the_index_does() -> None:
    assert names(locked(["Prometheus_Client==0.26.0"])) == ["prometheus-client"]


def test_the_index_says_the_same() -> None:
    try:
        said = compiled((3, 11))
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no index in reach: {error.stderr[-200:]}")
    wanted = set(re.findall(r"sha256:[0-9a-f]{64}", said))
    have = set(re.findall(r"sha256:[0-9a-f]{64}", "".join(locked(requirements(tables=True)))))
    assert have <= wanted  # files may be added to a release, never exchanged
