"""Small questions to nodes of a Python syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def parameters(node: FunctionNode) -> tuple[str, ...]:
    """Returns all parameter names of a function, in order."""
    spec = node.args
    return tuple(arg.arg for arg in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs))


def dotted(node: ast.AST | None) -> str:
    """Returns `a.b.c` of a name or attribute chain; '' for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    parts.append(node.id)
    return ".".join(reversed(parts))


def last_name(node: ast.AST | None) -> str:
    """Returns the last component of what is called or named; '' when it has none."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """Returns the value of a keyword argument, or None."""
    return next((item.value for item in call.keywords if item.arg == name), None)


def argument(call: ast.Call, position: int, *names: str) -> ast.expr | None:
    """Returns a positional argument (star arguments end the counting) or the first keyword of these names, or None."""
    for index, value in enumerate(call.args):
        if isinstance(value, ast.Starred):
            break
        if index == position:
            return value
    return next((item.value for item in call.keywords if item.arg in names), None)


def body_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Yields all nodes below a function's body, nested functions too, decorators and signature left out."""
    body = getattr(node, "body", [])
    for statement in body if isinstance(body, list) else [body]:
        yield from ast.walk(statement)
