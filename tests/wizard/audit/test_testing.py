"""Phase 5: tests and markers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from wizard.values.facts.code import PythonFile, TestFunction
from wizard.values.source import Fact, Problem, Source


def file(kind: str, *markers: str, name: str = "test_market_x.py", count: int = 1, **words: Any) -> PythonFile:
    path = f"tests/{kind}/market/{name}"
    tests = tuple(
        TestFunction(f"test_{i}", markers, frozenset({"handle"}), Source(path, 10 * i + 5)) for i in range(count)
    )
    return PythonFile(path, tests=tests, **words)


@pytest.mark.parametrize(("item", "kind"), [("5.1", "unit"), ("5.2", "integration"), ("5.3", "e2e")])
def test_tests_are_there_and_collected(good: Any, passed: Any, item: str, kind: str) -> None:
    none = good.tests(kind).finding(item)
    assert (none.status, none.sources) == ("unmet", (Source(f"tests/{kind}/market"),))
    assert good.tests(kind, file(kind, count=0)).finding(item).status == "broken"
    bad = file(kind, kind, problems=(Problem("invalid syntax", Source("x.py", 3)),))
    assert good.tests(kind, bad).finding(item).sources == (Source("x.py", 3),)
    assert good.finding(item).status == "unknown"
    assert good.finding(item, passed(item)).status == "met"
    assert good.finding(item, passed(item, False)).status == "broken"
    skipped = passed(item, None, result="needs an engine")
    assert (good.finding(item, skipped).status, good.finding(item, skipped).summary) == ("unknown", "needs an engine")


def test_passing_once_does_not_help_files_that_are_gone(good: Any, passed: Any) -> None:
    assert good.tests("unit").finding("5.1", passed("5.1")).status == "unmet"


def test_a_conftest_is_no_test_file(good: Any) -> None:
    assert good.tests("unit", file("unit", count=0, name="conftest.py")).finding("5.1").status == "unmet"


def test_a_fake_server_is_no_integration(good: Any) -> None:
    fake = file("integration", "integration", imports=(Fact("fakeredis", Source("t.py", 2)),))
    assert good.tests("integration", fake).finding("5.2").status == "broken"


def test_markers(good: Any) -> None:
    assert good.market(tests={}).finding("5.4").status == "unmet"
    assert good.tests("unit", file("unit")).finding("5.4").summary == "1 test without a marker: test_0"
    strange = good.tests("unit", file("unit", "unit", "slwo")).finding("5.4")
    assert strange.summary == "not registered in the pytest configuration: slwo"
    assert strange.sources[-1] == Source("pytest.ini", 3)
    misfit = good.tests("e2e", file("e2e", "unit")).finding("5.4")
    assert misfit.summary == "test_0 is marked unit, but stands in the e2e folder"
    assert good.tests("unit", file("unit", "unit", "asyncio", "skipif")).finding("5.4").status == "met"


def test_markers_need_a_configuration(good: Any) -> None:
    assert good.stack(pytest=None).finding("5.4").status == "broken"
    bad = replace(good.facts.pytest, problems=(Problem("no section header", Source("pytest.ini", 1)),))
    assert good.stack(pytest=bad).finding("5.4").status == "unknown"


def test_markers_of_a_conftest_count(good: Any) -> None:
    """Those its hook adds to every test, and those it registers itself."""
    at = Source("tests/conftest.py", 7)
    hook = file("unit", count=0, name="conftest.py", names_used=frozenset({"add_marker"}))
    found = good.tests("unit", file("unit"), replace(hook, auto_markers=(Fact("unit", at),))).finding("5.4")
    assert (found.status, found.sources[-1]) == ("met", at)
    other = good.tests("unit", file("unit"), replace(hook, auto_markers=(Fact("slow", at),))).finding("5.4")
    assert other.summary == "1 test without a marker: test_0"
    registering = file("unit", count=0, name="conftest.py", registers=(Fact("odd", at),))
    assert good.tests("unit", file("unit", "unit", "odd"), registering).finding("5.4").status == "met"


def test_markers_that_a_hook_adds_cannot_be_read(good: Any) -> None:
    hook = file("unit", count=0, name="conftest.py", names_used=frozenset({"add_marker"}))
    assert good.tests("unit", file("unit"), hook).finding("5.4").status == "unknown"
