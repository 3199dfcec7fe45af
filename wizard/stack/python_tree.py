"""Small questions to nodes of a Python syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def parameters(node: FunctionNode) -> tuple[str, ...]:
    """All parameter names of a function, in order."""
    spec = node.args
    return tuple(arg.arg for arg in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs))


def dotted(node: ast.AST | None) -> str:
    """`a.b.c` of a name or attribute chain; '' for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    parts.append(node.id)
    return ".".join(reversed(parts))


def last_name(node: ast.AST | None) -> str:
    """The last component of what is called or named; '' when it has none."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """The value of a keyword argument, or None."""
    return next((item.value for item in call.keywords if item.arg == name), None)


def argument(call: ast.Call, position: int, *names: str) -> ast.expr | None:
    """A positional argument (star arguments end the counting) or the first keyword of these names, or None."""
    for index, value in enumerate(call.args):
        if isinstance(value, ast.Starred):
            break
        if index == position:
            return value
    return next((item.value for item in call.keywords if item.arg in names), None)


def body_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes below a function's body, nested functions too, decorators and signature left out."""
    body = getattr(node, "body", [])
    for statement in body if isinstance(body, list) else [body]:
        yield from ast.walk(statement)


def docstring(tree: ast.Module) -> str:
    """The module's docstring without its indentation, '' when it has none.

    As `ast.get_docstring`, which imports `inspect` (3 ms of a cold start) to take the indentation away.
    """
    text = ast.get_docstring(tree, clean=False)
    if not text:
        return ""
    first, *rest = text.expandtabs().split("\n")
    margin = min((len(line) - len(line.lstrip()) for line in rest if line.strip()), default=0)
    return "\n".join([first.lstrip(), *(line[margin:] for line in rest)]).strip("\n")
