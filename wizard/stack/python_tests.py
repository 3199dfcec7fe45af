"""Tests of a Python file with their markers and calls, and what a conftest registers or adds."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from wizard.stack.python_names import Names
from wizard.stack.python_scan import Scan, Scope
from wizard.stack.python_tree import argument, dotted, last_name
from wizard.values.code_facts import TestFunction
from wizard.values.source import Fact, Source

BUILT_IN = frozenset(
    {"parametrize", "skip", "skipif", "xfail", "usefixtures", "filterwarnings", "tryfirst", "trylast", "hookwrapper"}
)
"""Markers of pytest itself."""
PLUGINS = frozenset(
    {
        *("asyncio", "anyio", "trio", "timeout", "flaky", "django_db", "benchmark", "order", "run", "dependency"),
        *("xdist_group", "freeze_time", "vcr", "repeat", "forked", "no_cover", "enable_socket", "disable_socket"),
        *("respx", "httpx_mock", "aiohttp", "celery", "block_network", "allow_hosts", "mongodb", "randomize"),
    }
)
"""Markers that well-known plugins register themselves."""


def read_markers(found: Scan, names: Names, path: str) -> tuple[Fact[str], ...]:
    """Every use of `pytest.mark.X` with its line, without pytest's own and well-known plugins' markers."""
    result: list[Fact[str]] = []
    for node in _marked(found):
        for name, line in _marks(node, names):
            result.append(Fact(name, Source(path, line)))
    return tuple(sorted(result, key=lambda fact: fact.source.line))


def _marked(found: Scan) -> Iterator[ast.expr]:
    for node, _ in found.functions:
        yield from node.decorator_list
    for holder, _, _ in found.classes:
        yield from holder.decorator_list
    for target, value, _, _ in found.assigns:
        if isinstance(target, ast.Name) and target.id == "pytestmark":
            yield value


def _marks(node: ast.expr, names: Names) -> Iterator[tuple[str, int]]:
    if isinstance(node, ast.List | ast.Tuple):
        for item in node.elts:
            yield from _marks(item, names)
        return
    if isinstance(node, ast.BinOp):
        yield from _marks(node.left, names)
        yield from _marks(node.right, names)
        return
    full = names.full(node.func if isinstance(node, ast.Call) else node)
    if full.startswith("pytest.mark.") and full.count(".") == 2:
        name = full.rpartition(".")[2]
        if name not in BUILT_IN and name not in PLUGINS:
            yield name, node.lineno


def read_tests(found: Scan, names: Names, path: str) -> tuple[TestFunction, ...]:
    """Test functions, methods of `Test…` classes and of `unittest.TestCase`s."""
    module = _statement_marks(found.module, names)
    result: list[TestFunction] = []
    for node, scope in found.functions:
        if not node.name.startswith("test") or not _is_test(scope):
            continue
        own = [name for item in node.decorator_list for name, _ in _marks(item, names)]
        inherited = _inherited(scope, names)
        markers = tuple(dict.fromkeys((*own, *inherited, *module)))
        result.append(TestFunction(node.name, markers, _calls(node), Source(path, node.lineno)))
    return tuple(result)


def _is_test(scope: Scope) -> bool:
    if scope.kind == "module":
        return True
    if not isinstance(scope.node, ast.ClassDef):
        return False
    return scope.name.startswith("Test") or any(last_name(base).endswith("TestCase") for base in scope.node.bases)


def _inherited(scope: Scope, names: Names) -> list[str]:
    result: list[str] = []
    place: Scope | None = scope
    while place is not None and isinstance(place.node, ast.ClassDef):
        result += [name for item in place.node.decorator_list for name, _ in _marks(item, names)]
        result += _statement_marks(place, names)
        place = place.parent
    return result


def _statement_marks(scope: Scope, names: Names) -> list[str]:
    return [name for value in scope.names.get("pytestmark", []) for name, _ in _marks(value, names)]


def _calls(node: ast.AST) -> frozenset[str]:
    return frozenset(name for item in ast.walk(node) if isinstance(item, ast.Call) and (name := last_name(item.func)))


def read_conftest(found: Scan, path: str) -> tuple[tuple[Fact[str], ...], tuple[Fact[str], ...]]:
    """(markers registered with `addinivalue_line("markers", …)`, markers added with `item.add_marker`)."""
    registered: list[Fact[str]] = []
    added: list[Fact[str]] = []
    for call, _ in found.called("addinivalue_line", "add_marker"):
        name = last_name(call.func)
        source = Source(path, call.lineno)
        if name == "addinivalue_line" and _literal(argument(call, 0)) == "markers":
            registered.append(Fact(marker_name(_literal(argument(call, 1))), source))
        elif name == "add_marker":
            given = argument(call, 0)
            marker = _literal(given) or dotted(given.func if isinstance(given, ast.Call) else given).rpartition(".")[2]
            if marker and marker not in BUILT_IN:
                added.append(Fact(marker, source))
    return tuple(fact for fact in registered if fact.value), tuple(added)


def _literal(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def marker_name(line: str) -> str:
    """The name in a marker's ini line: `slow(reason): takes long` -> `slow`."""
    return line.partition(":")[0].partition("(")[0].strip()
