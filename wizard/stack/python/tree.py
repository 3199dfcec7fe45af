"""Small questions to nodes of a Python syntax tree."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any

_NO_NODES = frozenset(
    {
        *("ctx", "op", "ops", "id", "attr", "kind", "level", "module", "asname", "arg", "lineno", "conversion"),
        *("type_comment", "is_async", "simple", "type_ignores", "rest", "kwd_attrs", "type_params", "tag", "names"),
    }
)
_LEAVES = frozenset({ast.Name, ast.Constant, ast.MatchSingleton, ast.Global, ast.Nonlocal})
Values = tuple[Any, ...]
"""Fields of a node: each a node, a list of nodes, or None."""


def _getter(kind: type[ast.AST]) -> Callable[[Any], Values] | None:
    """A function that gets the fields that may hold nodes; None for a kind that has none."""
    names = [f for f in kind._fields if f not in _NO_NODES and f != "name"]
    if not names or kind in _LEAVES:
        return None
    if len(names) > 1:
        return attrgetter(*names)
    name = names[0]
    return lambda node: (getattr(node, name),)


CHILDREN: dict[type, Callable[[Any], Values] | None] = {
    kind: _getter(kind) for kind in vars(ast).values() if isinstance(kind, type) and issubclass(kind, ast.AST)
}
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


def walk(root: ast.AST) -> Iterator[ast.AST]:
    """Yields nodes in the order of `ast.walk` in a third of its time; operators, contexts and aliases are left out."""
    todo: deque[Any] = deque((root,))
    while todo:
        node = todo.popleft()
        if type(node) not in CHILDREN:  # None, where nothing was written
            continue
        yield node
        fields = CHILDREN[type(node)]
        for value in fields(node) if fields is not None else ():
            if type(value) is list:
                todo.extend(value)
            else:
                todo.append(value)


def body_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Yields all nodes below a function's body, nested functions too, decorators and signature left out."""
    body = getattr(node, "body", [])
    for statement in body if isinstance(body, list) else [body]:
        yield from ast.walk(statement)
