"""Reads which folders of the repository a program adds to `sys.path`: what lies there is imported by its own name."""

from __future__ import annotations

import ast
import posixpath
from collections import defaultdict
from collections.abc import Callable, Iterator

from wizard.rules.pythons import tree_of
from wizard.stack.python.tree import last_name
from wizard.values.source import Fact, Source

_ADDS = frozenset({"insert", "append", "extend"})
_AS_IT_IS = frozenset(
    {"Path", "PurePath", "str", "fspath", "abspath", "realpath", "normpath", "resolve", "absolute", "as_posix"}
)
"""Calls that leave a path what it is, be they given it or called on it."""
_DEEPEST = 8
_Names = dict[str, list[ast.expr]]


def search_folders(text: str, path: str) -> tuple[Fact[str], ...]:
    """Returns the folders (relative to the stack's root) that are worked out from where the file lies, with the line
    that adds each; one that is not is left out. Never raises for what people wrote."""
    if "sys.path" not in text or "__file__" not in text:
        return ()
    try:
        tree = tree_of(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    names = _bound(tree)
    found: dict[str, Fact[str]] = {}
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and _adds(call):
            for folder in _folders(call.args[-1], path, names, 0):
                place = posixpath.normpath(folder)
                if folder and not place.startswith(".."):
                    found.setdefault(place, Fact(place, Source(path, call.lineno)))
    return tuple(found.values())


def _adds(call: ast.Call) -> bool:
    """True for `sys.path.insert(0, …)` and its like."""
    func = call.func
    if not (isinstance(func, ast.Attribute) and func.attr in _ADDS and call.args):
        return False
    return isinstance(func.value, ast.Attribute) and func.value.attr == "path" and last_name(func.value.value) == "sys"


def _bound(tree: ast.Module) -> _Names:
    """What each name is set to anywhere in the file; a loop's name is each of what it goes over."""
    names: _Names = defaultdict(list)
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    names[target.id].append(node.value)
        elif isinstance(node, ast.For | ast.comprehension) and isinstance(node.target, ast.Name):
            names[node.target.id].append(node.iter)
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and isinstance(node.target, ast.Name) and node.value:
            names[node.target.id].append(node.value)
    return names


def _folders(node: ast.expr, path: str, names: _Names, depth: int) -> Iterator[str]:
    """Yields what an expression may be as a path in the repository; '' begins at its root, `file` is `__file__`."""
    if depth > _DEEPEST:
        return

    def inner(one: ast.expr) -> Iterator[str]:
        return _folders(one, path, names, depth + 1)

    if isinstance(node, ast.Name):
        if node.id == "__file__":
            yield path
        for value in names.get(node.id, ()):
            yield from inner(value)
    elif isinstance(node, ast.Tuple | ast.List):
        for item in node.elts:
            yield from inner(item)
    elif isinstance(node, ast.Attribute) and node.attr == "parent":
        yield from map(posixpath.dirname, inner(node.value))
    elif isinstance(node, ast.Subscript):
        yield from _above(node, inner)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.Add):
        yield from _joined([node.left, node.right], inner)
    elif isinstance(node, ast.Call):
        yield from _called(node, inner)


def _above(node: ast.Subscript, inner: Callable[[ast.expr], Iterator[str]]) -> Iterator[str]:
    """`Path(__file__).parents[2]`."""
    index = node.slice.value if isinstance(node.slice, ast.Constant) else None
    if isinstance(node.value, ast.Attribute) and node.value.attr == "parents" and isinstance(index, int) and index >= 0:
        for start in inner(node.value.value):
            yield posixpath.normpath(posixpath.join(start, *[".."] * (index + 1)))


def _called(node: ast.Call, inner: Callable[[ast.expr], Iterator[str]]) -> Iterator[str]:
    name = last_name(node.func)
    receiver = node.func.value if isinstance(node.func, ast.Attribute) else None
    if name == "dirname" and node.args:
        yield from map(posixpath.dirname, inner(node.args[0]))
    elif name == "joinpath" and receiver is not None:
        yield from _joined([receiver, *node.args], inner)
    elif name == "join" or (name in _AS_IT_IS and len(node.args) > 1):
        yield from _joined(node.args, inner)
    elif name in _AS_IT_IS and (node.args or receiver is not None):
        yield from inner(node.args[0] if node.args else receiver)  # type: ignore[arg-type]


def _joined(parts: list[ast.expr], inner: Callable[[ast.expr], Iterator[str]]) -> Iterator[str]:
    """A place and constants after it."""
    rest = [part.value for part in parts[1:] if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    if len(rest) == len(parts) - 1:
        for start in inner(parts[0]) if parts else ():
            yield posixpath.normpath(posixpath.join(start, *(word.lstrip("/") for word in rest)))
