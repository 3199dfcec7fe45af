"""Reads which folders of the repository a program adds to `sys.path`: what lies there is imported by its own name."""

from __future__ import annotations

import ast
import posixpath
from collections import defaultdict
from collections.abc import Iterator

from wizard.rules.pythons import tree_of
from wizard.stack.python.tree import last_name
from wizard.values.source import Fact, Source

_ADDS = frozenset({"insert", "append", "extend"})
_AS_IT_IS = frozenset(
    {"Path", "PurePath", "str", "fspath", "abspath", "realpath", "normpath", "resolve", "absolute", "as_posix"}
)
"""Calls that leave a path what it is, be they given it or called on it."""
_MOST = 2_000
"""Expressions looked at for one file: more is a file that nobody wrote by hand."""


def search_folders(text: str, path: str) -> tuple[Fact[str], ...]:
    """Returns the folders (relative to the stack's root) that are worked out from where the file lies, with the line
    that adds each; one that is not is left out. Never raises for what people wrote."""
    try:
        reader = _Reader(tree_of(text), path)
        return tuple(reader.added())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()


class _Reader:
    """What the names of one file may be as paths in the repository. A loop's name is each of what it goes over."""

    def __init__(self, tree: ast.Module, path: str) -> None:
        self.path = path
        self.names: dict[str, list[ast.expr]] = defaultdict(list)
        self.systems = {"sys"}
        self.calls: list[ast.Call] = []
        self.left = _MOST
        for node in ast.walk(tree):
            self._note(node)

    def _note(self, node: ast.AST) -> None:
        if isinstance(node, ast.Call):
            self.calls.append(node)
        elif isinstance(node, ast.Import):
            self.systems |= {name.asname for name in node.names if name.name == "sys" and name.asname}
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    self.names[target.id].append(node.value)
        elif isinstance(node, ast.For | ast.comprehension) and isinstance(node.target, ast.Name):
            self.names[node.target.id].append(node.iter)
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and isinstance(node.target, ast.Name) and node.value:
            self.names[node.target.id].append(node.value)

    def added(self) -> Iterator[Fact[str]]:
        """Yields the folders of `sys.path.insert(0, …)` and its like, each once."""
        seen: set[str] = set()
        for call in self.calls:
            for folder in self.folders(call.args[-1], ()) if self._adds(call) else ():
                place = posixpath.normpath(folder)
                if folder and not place.startswith("..") and place not in seen:
                    seen.add(place)
                    yield Fact(place, Source(self.path, call.lineno))

    def _adds(self, call: ast.Call) -> bool:
        func = call.func
        if not (isinstance(func, ast.Attribute) and func.attr in _ADDS and call.args):
            return False
        where = func.value
        return isinstance(where, ast.Attribute) and where.attr == "path" and last_name(where.value) in self.systems

    def folders(self, node: ast.expr, via: tuple[str, ...]) -> Iterator[str]:
        """Yields what an expression may be. `via`: the names on the way to it, none of which is followed again."""
        self.left -= 1
        if self.left < 0:
            return
        if isinstance(node, ast.Name):
            if node.id == "__file__":
                yield self.path
            for value in self.names.get(node.id, ()) if node.id not in via else ():
                yield from self.folders(value, (*via, node.id))
        elif isinstance(node, ast.Tuple | ast.List):
            for item in node.elts:
                yield from self.folders(item, via)
        elif isinstance(node, ast.Attribute) and node.attr == "parent":
            yield from map(posixpath.dirname, self.folders(node.value, via))
        elif isinstance(node, ast.Subscript):
            yield from self._above(node, via)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.Add):
            yield from self._joined([node.left, node.right], via)
        elif isinstance(node, ast.Call):
            yield from self._called(node, via)

    def _above(self, node: ast.Subscript, via: tuple[str, ...]) -> Iterator[str]:
        """`Path(__file__).parents[2]`."""
        index = node.slice.value if isinstance(node.slice, ast.Constant) else None
        inner = node.value
        if isinstance(inner, ast.Attribute) and inner.attr == "parents" and isinstance(index, int) and index >= 0:
            for start in self.folders(inner.value, via):
                yield posixpath.normpath(posixpath.join(start, *[".."] * (index + 1)))

    def _called(self, node: ast.Call, via: tuple[str, ...]) -> Iterator[str]:
        name = last_name(node.func)
        receiver = node.func.value if isinstance(node.func, ast.Attribute) else None
        if name == "dirname" and node.args:
            yield from map(posixpath.dirname, self.folders(node.args[0], via))
        elif name == "joinpath" and receiver is not None:
            yield from self._joined([receiver, *node.args], via)
        elif name == "join" or (name in _AS_IT_IS and len(node.args) > 1):
            yield from self._joined(node.args, via)
        elif name in _AS_IT_IS and (given := node.args[0] if node.args else receiver) is not None:
            yield from self.folders(given, via)

    def _joined(self, parts: list[ast.expr], via: tuple[str, ...]) -> Iterator[str]:
        """A place and constants after it."""
        rest = [part.value for part in parts[1:] if isinstance(part, ast.Constant) and isinstance(part.value, str)]
        if parts and len(rest) == len(parts) - 1:
            for start in self.folders(parts[0], via):
                yield posixpath.normpath(posixpath.join(start, *(word.lstrip("/") for word in rest)))
