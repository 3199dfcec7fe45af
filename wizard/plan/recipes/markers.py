"""Marks a test file that has no marker for the folder it stands in."""

from __future__ import annotations

import ast
from functools import partial
from typing import Any

from wizard.plan.context import PlanContext
from wizard.plan.recipes.code import Module, before_more, changed, nodes_at, rewritten, without_comment
from wizard.plan.recipes.imports import (
    below_imports,
    is_bound,
    is_free,
    own_packages,
    with_imports,
    with_statement_after,
)
from wizard.plan.recipes.proof import prove, statement
from wizard.plan.recipes.recipe import Recipe
from wizard.plan.splice.text import SpliceRefused
from wizard.rules.markers import chooses, is_collected, is_own
from wizard.syntax.python import parse_python
from wizard.values.pattern import lazy_pattern

KINDS = ("unit", "integration", "e2e")
_BY_HAND = """\
from pathlib import Path


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("{}")
"""
"""What marks the tests of a folder without an import in their files: only pytest reads a conftest.py."""
_PYTEST = lazy_pattern(r"\bpytest\b")
_READS_MARKERS = lazy_pattern(r"\bget_closest_marker\b|\biter_markers\b|\.keywords\b")
_CHOSEN = lazy_pattern(r"\bpytest\b[^\n]*?\s-m[ =]?(?:\"([^\"\n]*)\"|'([^'\n]*)'|([A-Za-z]\w*))")


def mark(ctx: PlanContext, path: str, text: str) -> str:
    """Adds `pytestmark` below the imports, or to the one that is there. Raises `SpliceRefused` where the file uses the
    names for something else, or nothing of the stack runs pytest."""
    tree = parse_python(text)
    if tree is None:
        raise SpliceRefused("the file does not parse")
    kind = _kind(ctx, path)
    _check_pytest(ctx, path, kind, tree)
    if not is_free(tree, "pytest"):
        raise SpliceRefused("the name pytest is something else there", f"pytestmark = pytest.mark.{kind}")
    imported = is_bound(tree, "pytest", _first_definition(tree))
    stored = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == "pytestmark"]
    if stored:
        return _joined(text, _value(tree, stored, kind), kind, imported)
    return _marked(text, kind, imported, own_packages(ctx))


def _check_pytest(ctx: PlanContext, path: str, kind: str, tree: ast.Module) -> None:
    """Raises `SpliceRefused` where its tests may run without pytest, or markers are given while it runs."""
    if not (_is_for_pytest(tree) or _asks_for_pytest(ctx)):
        said = "nothing in the stack asks for pytest, and unittest would fail on `import pytest`"
        raise SpliceRefused(f"{said}: a conftest.py beside it can mark its tests", _BY_HAND.format(kind))
    config = ctx.facts.pytest
    if config is not None and config.problems:
        broken = config.problems[0]
        said = f"the pytest configuration cannot be read, so that no marker can be registered: {broken.message}"
        raise SpliceRefused(f"{broken.source}: {said}")
    hook = next((found for found in _conftests(ctx, path) if "add_marker" in (ctx.text(found) or "")), "")
    if hook:
        raise SpliceRefused(f"{hook} adds markers while pytest runs, this one perhaps, too")


def _is_for_pytest(tree: ast.Module) -> bool:
    """Tells whether a file has tests that unittest does not see: functions, and classes without a base."""
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    return any(
        (isinstance(node, functions) and node.name.startswith("test"))
        or (isinstance(node, ast.ClassDef) and node.name.startswith("Test") and not node.bases)
        for node in tree.body
    )


def _asks_for_pytest(ctx: PlanContext) -> bool:
    """Tells whether the stack, as it was read, has anything that asks for pytest: its configuration, a test, or a word
    in another file. What this plan adds does not count."""
    tests = [file for service in ctx.facts.services for files in service.tests.values() for file in files]
    if ctx.facts.pytest is not None or any(fact.value == "pytest" for file in tests for fact in file.imports):
        return True
    others = (text for path, text in ctx.facts.texts.items() if not path.endswith(("pytest.ini", "pytest.toml", ".py")))
    return any(_PYTEST.search(text) for text in others)


def _first_definition(tree: ast.Module) -> int:
    found = (n.lineno for n in tree.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef))
    return next(found, 1 << 30)


def _value(tree: ast.Module, stored: list[ast.Name], kind: str) -> ast.expr:
    """Returns what the module's one `pytestmark` is set to."""
    for node in tree.body:
        if (
            isinstance(node, ast.Assign)
            and node.targets == stored
            and isinstance(node.value, ast.Attribute | ast.Call | ast.List)
        ):
            return node.value
    raise SpliceRefused("it has a pytestmark already, which is more than a marker or a list", f"pytest.mark.{kind}")


def _joined(text: str, value: ast.expr, kind: str, imported: bool) -> str:
    """The marker beside the one that is there, or at the end of their list."""
    marker = f"pytest.mark.{kind}"
    if not imported:
        raise SpliceRefused("it has a pytestmark already, and no `import pytest`", marker, value.lineno)

    def change(module: Module) -> Module:
        import libcst

        kinds = {ast.List: libcst.List, ast.Call: libcst.Call}
        (old,) = nodes_at(module, [value], kinds.get(type(value), libcst.Attribute))
        return changed(module, [(old, partial(_with_marker, marker=marker))])

    listed = isinstance(value, ast.List)
    pair = ("", marker) if listed else (ast.unparse(value), f"[{ast.unparse(value)}, {marker}]")
    after = rewritten(text, change)
    prove(text, after, [pair])
    return after


def _with_marker(value: Any, marker: str) -> Any:
    """A list with one more element, laid out as the others are; a list of both for a single marker."""
    import libcst

    new = libcst.Element(libcst.parse_expression(marker))
    plain = libcst.Comma(whitespace_after=libcst.SimpleWhitespace(" "))
    if not isinstance(value, libcst.List):
        return libcst.List([libcst.Element(value, comma=plain), new])
    elements = list(value.elements)
    if not elements:
        return value.with_changes(elements=[new])
    last = elements[-1]
    between = elements[0].comma if len(elements) > 1 else plain
    if len(elements) == 1 and isinstance(value.lbracket.whitespace_after, libcst.ParenthesizedWhitespace):
        between = libcst.Comma(whitespace_after=value.lbracket.whitespace_after)
    if isinstance(last.comma, libcst.Comma):
        new = new.with_changes(comma=without_comment(last.comma))
        between = before_more(last.comma.whitespace_after, without_comment(between))
    elements[-1] = last.with_changes(comma=between)
    return value.with_changes(elements=[*elements, new])


def _marked(text: str, kind: str, imported: bool, own: frozenset[str]) -> str:
    line = f"pytestmark = pytest.mark.{kind}"

    def change(module: Module) -> Module:
        import libcst

        if not imported:
            module = with_imports(module, ["import pytest"], own)
        index = below_imports(module, lambda _: False)
        module = with_statement_after(module, index, line)
        body = list(module.body)
        blank = libcst.EmptyLine(indent=False)
        body[index + 1] = body[index + 1].with_changes(leading_lines=[blank])
        if index + 2 < len(body) and not any(not each.comment for each in body[index + 2].leading_lines[:1]):
            lines = body[index + 2].leading_lines
            body[index + 2] = body[index + 2].with_changes(leading_lines=[blank, *lines])
        return module.with_changes(body=body)

    after = rewritten(text, change)
    prove(text, after, [("", statement(line)), *([] if imported else [("", "import pytest")])])
    return after


def _kind(ctx: PlanContext, path: str) -> str:
    tests = ctx.service.tests if ctx.service else {}
    return next(kind for kind in KINDS if any(file.path == path for file in tests.get(kind, ())))


def _unmarked(ctx: PlanContext) -> list[str]:
    """The test files of which no test has a marker of the stack's own."""
    found = []
    config = ctx.facts.pytest
    patterns = config.python_files if config is not None else ()
    for kind in KINDS:
        for file in ctx.service.tests.get(kind, ()) if ctx.service else ():
            looked_into = file.tests and is_collected(file.path, patterns) and ctx.text(file.path) is not None
            if looked_into and not any(test.unread or any(map(is_own, test.markers)) for test in file.tests):
                found.append(file.path)
    return found


def _is_chosen(ctx: PlanContext, path: str) -> bool:
    """Tells whether a run of the stack takes or leaves tests by this marker: in its configuration, a line that starts
    pytest, or a conftest.py that asks for markers."""
    kind, config = _kind(ctx, path), ctx.facts.pytest
    if any(_READS_MARKERS.search(ctx.text(found) or "") for found in _conftests(ctx, path)):
        return True
    said = [config.selects] if config is not None and config.selects else []
    for other, text in ctx.facts.texts.items():
        if "pytest" in text and not other.endswith((".py", ".md", ".rst")):
            said += [next(filter(None, match.groups())) for match in _CHOSEN.finditer(text) if any(match.groups())]
    return any(chooses(expression, kind) for expression in said)


def _conftests(ctx: PlanContext, path: str) -> list[str]:
    """The conftest.py files in a test file's folder and above it."""
    return [p for p in ctx.facts.texts if p.endswith("conftest.py") and path.startswith(p.removesuffix("conftest.py"))]


def sites(ctx: PlanContext) -> tuple[str, ...]:
    """Returns the unmarked test files that run as before when they are marked."""
    return tuple(path for path in _unmarked(ctx) if not _is_chosen(ctx, path))


def chosen_sites(ctx: PlanContext) -> tuple[str, ...]:
    """Returns the unmarked test files that some run takes or leaves by their marker."""
    return tuple(path for path in _unmarked(ctx) if _is_chosen(ctx, path))


PYTESTMARK = Recipe(
    "pytestmark",
    "test-markers",
    "safe",
    "mark its tests for their folder",
    "",
    sites,
    mark,
)
PYTESTMARK_CHOSEN = Recipe(
    "pytestmark-chosen",
    "test-markers",
    "unsafe",
    "mark its tests for their folder",
    "the stack chooses tests by this marker: a run that took them may leave them out from now on",
    chosen_sites,
    mark,
)
