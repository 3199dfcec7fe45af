"""Marks a test file that has no marker for the folder it stands in."""

from __future__ import annotations

import ast

from wizard.plan.context import PlanContext
from wizard.plan.recipes.code import Module, import_index, rewritten, with_import_pytest, with_statement_after
from wizard.plan.recipes.proof import prove, statement
from wizard.plan.recipes.recipe import Recipe
from wizard.plan.splice.text import SpliceRefused
from wizard.rules.markers import is_collected, is_own
from wizard.syntax.python import parse_python

KINDS = ("unit", "integration", "e2e")


def mark(ctx: PlanContext, path: str, text: str) -> str:
    """Adds `pytestmark` below the imports. Raises `SpliceRefused` where the file has a marker, or uses the names."""
    tree = parse_python(text)
    if tree is None:
        raise SpliceRefused("the file does not parse")
    kind = _kind(ctx, path)
    stored = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    if any(name.id == "pytestmark" for name in stored):
        raise SpliceRefused("it has a pytestmark already", f"pytest.mark.{kind}")
    imported = any(
        isinstance(node, ast.Import) and any(a.name == "pytest" and a.asname is None for a in node.names)
        for node in tree.body
    )
    if not imported and any(isinstance(n, ast.Name) and n.id == "pytest" for n in ast.walk(tree)):
        raise SpliceRefused("the name pytest is something else there", f"pytestmark = pytest.mark.{kind}")
    return _marked(text, kind, imported)


def _marked(text: str, kind: str, imported: bool) -> str:
    line = f"pytestmark = pytest.mark.{kind}"

    def change(module: Module) -> Module:
        import libcst

        index = import_index(module)
        if not imported:
            module = with_import_pytest(module, index)
            index += 1
        while index + 1 < len(module.body) and _unimported(module, index):
            index += 1
        module = with_statement_after(module, index, line)
        body = list(module.body)
        body[index + 1] = body[index + 1].with_changes(leading_lines=[libcst.EmptyLine(indent=False)])
        if index + 2 < len(body) and not body[index + 2].leading_lines:
            body[index + 2] = body[index + 2].with_changes(leading_lines=[libcst.EmptyLine(indent=False)])
        return module.with_changes(body=body)

    after = rewritten(text, change)
    prove(text, after, [("", statement(line)), *([] if imported else [("", "import pytest")])])
    return after


def _unimported(module: Module, index: int) -> bool:
    """True while pytest is only imported further down, below something that is no import."""
    seen = "".join(module.code_for_node(node) for node in module.body[: index + 1])
    return not any(line.startswith("import ") and "pytest" in line for line in seen.splitlines())


def _kind(ctx: PlanContext, path: str) -> str:
    tests = ctx.service.tests if ctx.service else {}
    return next(kind for kind in KINDS if any(file.path == path for file in tests.get(kind, ())))


def sites(ctx: PlanContext) -> tuple[str, ...]:
    """Returns the test files of which no test has a marker of the stack's own."""
    found = []
    config = ctx.facts.pytest
    patterns = config.python_files if config is not None else ()
    for kind in KINDS:
        for file in ctx.service.tests.get(kind, ()) if ctx.service else ():
            looked_into = file.tests and is_collected(file.path, patterns) and ctx.text(file.path) is not None
            if looked_into and not any(test.unread or any(map(is_own, test.markers)) for test in file.tests):
                found.append(file.path)
    return tuple(found)


PYTESTMARK = Recipe(
    "pytestmark",
    "test-markers",
    "safe",
    "mark its tests for their folder",
    "",
    sites,
    mark,
)
