"""Reads the tests of a Python file with their markers and calls, and what a conftest registers or adds."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from wizard.rules.markers import BUILT_IN, is_own, marker_name
from wizard.stack.python.names import Names
from wizard.stack.python.scan import Scan, Scope
from wizard.stack.python.third_party import is_stdlib
from wizard.stack.python.tree import argument, dotted, keyword, last_name
from wizard.values.facts.code import TestFunction
from wizard.values.facts.pending import NamedMarks
from wizard.values.source import Fact, Source

MAX_DEPTH = 5
"""How many names may stand for each other before a marker is reached; people write one or two."""
_NO_MARKS = frozenset(
    {"hypothesis", "freezegun", "responses", "respx", "requests_mock", "vcr", "moto", "mock", "flaky", "time_machine"}
    | {"typing_extensions", "parameterized", "aioresponses", "pytest_asyncio", "pytest", "tenacity", "testfixtures"}
)
"""Packages whose decorators mark nothing."""


class Marks:
    """Reads which markers an expression stands for, through the names of its file.

    A result may hold `?module.name`: what is imported from elsewhere may be a marker that this file cannot tell.
    """

    def __init__(self, found: Scan, names: Names) -> None:
        self.module = found.module
        self.names = names
        self.functions = {node.name: node for node, scope in found.functions if scope.kind == "module"}
        self.classes = {node.name: inner for node, scope, inner in found.classes if scope.kind == "module"}

    def of(self, node: ast.AST | None, depth: int = 0) -> Iterator[str]:
        """Yields the markers of a decorator, a `pytestmark` or a `marks=`."""
        if node is None or depth > MAX_DEPTH:
            return
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            for item in node.elts:
                yield from self.of(item, depth)
        elif isinstance(node, ast.Starred):
            yield from self.of(node.value, depth)
        elif isinstance(node, ast.BinOp):
            yield from self.of(node.left, depth)
            yield from self.of(node.right, depth)
        elif isinstance(node, ast.Call):
            yield from self._called(node, depth)
        else:
            yield from self._named(node, depth)

    def _called(self, node: ast.Call, depth: int) -> Iterator[str]:
        if last_name(node.func) == "getattr" and len(node.args) == 2 and self._full(node.args[0]) == "pytest.mark":
            yield _literal(node.args[1]) or "?getattr"
        elif self._full(node.func) == "pytest.mark.parametrize":
            yield from self._parameters(argument(node, 1, "argvalues"))
        else:
            yield from self.of(node.func, depth + 1)

    def _named(self, node: ast.AST, depth: int) -> Iterator[str]:
        full = self._full(node)
        parts = full.split(".")
        if parts[:2] == ["pytest", "mark"] and len(parts) >= 3:
            if parts[2] not in BUILT_IN:
                yield parts[2]
            return
        head, _, tail = dotted(node).partition(".")
        values = self.module.names.get(head, [])
        if values and not tail:
            for value in values:
                yield from self.of(value, depth + 1)
        elif head in self.functions and not tail:
            yield from self._of_function(self.functions[head], depth)
        elif head in self.names.aliases and not self._marks_nothing(full):
            yield f"?{full}"

    def _full(self, node: ast.AST) -> str:
        """Returns the full name, also through `mark = pytest.mark` of the same file."""
        full = self.names.full(node)
        head, _, tail = full.partition(".")
        values = self.module.names.get(head, [])
        if len(values) == 1 and tail and dotted(values[0]):
            return f"{self.names.full(values[0])}.{tail}"
        return full

    @staticmethod
    def _marks_nothing(full: str) -> bool:
        top = full.partition(".")[0]
        return bool(top) and (is_stdlib(top) or top in _NO_MARKS)

    def _of_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, depth: int) -> Iterator[str]:
        """Yields what a decorator written in the file marks: `def unit(test): return pytest.mark.unit(test)`."""
        for item in ast.walk(node):
            if isinstance(item, ast.Return) and isinstance(item.value, ast.Call | ast.Attribute | ast.Name):
                yield from (mark for mark in self.of(item.value, depth + 1) if not mark.startswith("?"))

    def _parameters(self, node: ast.expr | None) -> Iterator[str]:
        """Yields the markers that every `pytest.param` of a parametrize carries."""
        if isinstance(node, ast.Name) and len(self.module.names.get(node.id, [])) == 1:
            node = self.module.names[node.id][0]
        if isinstance(node, ast.List | ast.Tuple | ast.Set) and node.elts:
            sets = [frozenset(self.of(_marks_of(item))) for item in node.elts]
            yield from sorted(frozenset.intersection(*sets))

    def stated(self, scope: Scope) -> list[str]:
        """Returns the markers of a module's or class's `pytestmark`."""
        return [mark for value in scope.names.get("pytestmark", []) for mark in self.of(value)]

    def of_class(self, scope: Scope, depth: int = 0) -> Iterator[str]:
        """Yields the markers a class gives its tests: decorators, `pytestmark`, and those of its base classes."""
        node = scope.node
        if not isinstance(node, ast.ClassDef) or depth > MAX_DEPTH:
            return
        yield from self._all(node.decorator_list)
        yield from self.stated(scope)
        for base in node.bases:
            inner = self.classes.get(last_name(base)) if isinstance(base, ast.Name) else None
            if inner is not None:
                yield from self.of_class(inner, depth + 1)
            elif not self._marks_nothing(self.names.full(base)) and self.names.full(base) != dotted(base):
                yield f"?{self.names.full(base)}"

    def _all(self, nodes: Iterable[ast.expr]) -> Iterator[str]:
        for node in nodes:
            yield from self.of(node)

    def of_test(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> tuple[str, ...]:
        """Returns the markers of a test: its own, its classes' and the module's."""
        found = list(self._all(node.decorator_list))
        place: Scope | None = scope
        while place is not None and place.kind == "class":
            found += self.of_class(place)
            place = place.parent
        return tuple(dict.fromkeys((*found, *self.stated(self.module))))


def _marks_of(item: ast.expr) -> ast.expr | None:
    """Returns the `marks=` of a `pytest.param(…)`; None for a plain value."""
    return keyword(item, "marks") if isinstance(item, ast.Call) and last_name(item.func) == "param" else None


def read_marks(found: Scan, names: Names) -> tuple[NamedMarks, ...]:
    """Returns the names at a module's top that stand for markers, so that other files may import them."""
    marks = Marks(found, names)
    wanted = [*found.module.names, *marks.functions] if "mark" in found.names else []
    made = [NamedMarks(name, tuple(marks.of(ast.Name(name)))) for name in wanted]
    made += [NamedMarks(name, tuple(marks.of_class(scope))) for name, scope in marks.classes.items()]
    return tuple(one for one in made if one.markers)


def read_tests(found: Scan, names: Names, path: str) -> tuple[TestFunction, ...]:
    """Returns the test functions, methods of `Test…` classes and of `unittest.TestCase`s; fixtures are no tests."""
    marks = Marks(found, names)
    result: list[TestFunction] = []
    for node, scope in found.functions:
        if not node.name.startswith("test") or not _is_test(scope) or _is_fixture(node, names):
            continue
        every = marks.of_test(node, scope)
        markers = tuple(mark for mark in every if not mark.startswith("?") and is_own(mark))
        unread = tuple(mark[1:] for mark in every if mark.startswith("?"))
        result.append(TestFunction(node.name, markers, _calls(node), Source(path, node.lineno), unread))
    return tuple(result)


def _is_fixture(node: ast.FunctionDef | ast.AsyncFunctionDef, names: Names) -> bool:
    called = (item.func if isinstance(item, ast.Call) else item for item in node.decorator_list)
    return any(names.full(item).rpartition(".")[2] in ("fixture", "yield_fixture") for item in called)


def _is_test(scope: Scope) -> bool:
    """True where pytest looks for tests: at the top, in `TestCase`s, in `Test…` classes that it can make."""
    if scope.kind == "module":
        return not _is_switched_off(scope)
    if not isinstance(scope.node, ast.ClassDef) or _is_switched_off(scope):
        return False
    if any(last_name(base).endswith("TestCase") for base in scope.node.bases):
        return True
    made = {item.name for item in scope.node.body if isinstance(item, ast.FunctionDef)}
    outer = scope.parent is None or scope.parent.kind == "module" or _is_test(scope.parent)
    return scope.name.startswith("Test") and outer and made.isdisjoint(("__init__", "__new__"))


def _is_switched_off(scope: Scope) -> bool:
    return any(isinstance(v, ast.Constant) and v.value is False for v in scope.names.get("__test__", []))


def _calls(node: ast.AST) -> frozenset[str]:
    return frozenset(name for item in ast.walk(node) if isinstance(item, ast.Call) and (name := last_name(item.func)))


def read_conftest(found: Scan, path: str) -> tuple[tuple[Fact[str], ...], tuple[Fact[str], ...]]:
    """Returns the markers registered with `addinivalue_line("markers", …)` and those added with `item.add_marker`."""
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
