"""Tests with their markers, wherever those stand."""

from __future__ import annotations

from textwrap import dedent

from wizard.stack.python.source import read_python
from wizard.values.facts.code import PythonFile


def read(code: str, name: str = "test_x.py") -> PythonFile:
    return read_python(dedent(code), f"tests/unit/x/{name}")


def test_markers_on_function_class_and_module_add_up() -> None:
    file = read(
        """\
        import pytest
        from pytest import mark
        pytestmark = [pytest.mark.unit, pytest.mark.slow(reason="x")]

        @pytest.mark.fast
        @pytest.mark.parametrize("n", [1])
        def test_a(n): ...

        @mark.db
        class TestB:
            pytestmark = pytest.mark.redis

            @pytest.mark.asyncio
            async def test_c(self): ...

            class TestInner:
                def test_d(self): ...

        def helper(): ...
        """
    )
    assert {t.name: t.markers for t in file.tests} == {
        "test_a": ("fast", "unit", "slow"),
        "test_c": ("db", "redis", "unit", "slow"),
        "test_d": ("db", "redis", "unit", "slow"),
    }


def test_which_functions_are_tests() -> None:
    file = read(
        """\
        import unittest
        class TestA:
            def test_a(self): ...
        class Helper:
            def test_no(self): ...
        class Cases(unittest.TestCase):
            def test_b(self): ...
        def test_c():
            def test_nested(): ...
        """
    )
    assert [t.name for t in file.tests] == ["test_a", "test_b", "test_c"]


def test_calls_include_those_on_modules_loaded_by_path() -> None:
    file = read(
        """\
        import importlib.util
        spec = importlib.util.spec_from_file_location("logic", "services/x/logic.py")
        logic = importlib.util.module_from_spec(spec)
        def test_a():
            assert logic.handle({"a": 1}) is None
        """
    )
    assert "handle" in file.tests[0].calls


def test_service_code_has_no_tests() -> None:
    file = read_python("def test_connection(): return 1\n", "services/x/service.py")
    assert file.tests == ()


def test_conftest_registers_and_adds_markers() -> None:
    file = read(
        """\
        import pytest
        def pytest_configure(config):
            config.addinivalue_line("markers", "unit(level): fast tests")
        def pytest_collection_modifyitems(items):
            for item in items:
                item.add_marker(pytest.mark.integration)
                item.add_marker("e2e")
        """,
        "conftest.py",
    )
    assert [fact.value for fact in file.registers] == ["unit"]
    assert [fact.value for fact in file.auto_markers] == ["integration", "e2e"]
