"""The one walk over a Python file's syntax tree: everything the topical readers look at, sorted into lists.

The walk is the hot path of a cold audit (PERF.md, row 4), so it skips what holds no node of interest.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from wizard.stack.python.tree import CHILDREN, Values, last_name, parameters
from wizard.values.lean import dataclass, field


@dataclass(slots=True, eq=False)
class Scope:
    """A module, class or function while it is read. `names`: what its simple assignments bind, name -> value nodes."""

    kind: str
    name: str = ""
    node: ast.AST | None = None
    parent: Scope | None = None
    names: dict[str, list[ast.expr]] = field(default_factory=dict)
    loops: dict[str, ast.expr] = field(default_factory=dict)
    params: tuple[str, ...] = ()
    main: bool = False

    @property
    def owner(self) -> str:
        """The class a method or class body belongs to, or ''."""
        scope: Scope | None = self
        while scope is not None:
            if scope.kind == "class":
                return scope.name
            scope = scope.parent
        return ""

    @property
    def function(self) -> Scope | None:
        """The innermost function around, or None at module and class level."""
        scope: Scope | None = self
        while scope is not None and scope.kind != "function":
            scope = scope.parent
        return scope

    @property
    def at_import(self) -> bool:
        """True when code here runs while the module is imported."""
        scope: Scope | None = self
        while scope is not None:
            if scope.kind == "function" or scope.main:
                return False
            scope = scope.parent
        return True


Attempt = ast.Try | ast.TryStar | ast.With | ast.AsyncWith


@dataclass(slots=True)
class Scan:
    """What the walk found, in source order. `calls`: with the last component of what is called.

    `attempts`: every `try` and `with suppress(…)`, and whether it stands in a loop. `looped`: names called in loops.
    `fallbacks`: (test, value) of every `if test: return value` and `if test: name = value`.
    """

    module: Scope
    calls: list[tuple[ast.Call, Scope, str]] = field(default_factory=list)
    by_name: dict[str, list[tuple[ast.Call, Scope]]] = field(default_factory=dict)
    functions: list[tuple[ast.FunctionDef | ast.AsyncFunctionDef, Scope]] = field(default_factory=list)
    classes: list[tuple[ast.ClassDef, Scope, Scope]] = field(default_factory=list)
    imports: list[tuple[ast.Import | ast.ImportFrom, bool, bool]] = field(default_factory=list)
    assigns: list[tuple[ast.expr, ast.expr, Scope, ast.stmt]] = field(default_factory=list)
    subscripts: list[tuple[ast.Subscript, Scope]] = field(default_factory=list)
    raising: list[tuple[ast.expr, Scope]] = field(default_factory=list)
    fallbacks: list[tuple[ast.expr, ast.expr, Scope]] = field(default_factory=list)
    attempts: list[tuple[Attempt, Scope, bool]] = field(default_factory=list)
    looped: set[str] = field(default_factory=set)
    returns: list[tuple[ast.expr, Scope]] = field(default_factory=list)
    compares: list[tuple[ast.Compare, Scope]] = field(default_factory=list)
    booleans: list[tuple[ast.BoolOp, Scope]] = field(default_factory=list)
    scopes: dict[ast.AST, Scope] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    has_main: bool = False

    def called(self, *names: str) -> Iterator[tuple[ast.Call, Scope]]:
        """Yields the calls of functions or methods of these names."""
        for name in names:
            yield from self.by_name.get(name, ())


def scan(tree: ast.Module) -> Scan:
    """Walks `tree` once. Raises `RecursionError` for trees nested beyond the interpreter's limit."""
    walker = _Walker(Scan(Scope("module", node=tree)))
    walker.all((tree.body,), walker.found.module)
    return walker.found


class _Walker:
    def __init__(self, found: Scan) -> None:
        self.found = found
        self.name = found.names.add
        self.optional = 0
        self.typing = 0
        self.looping = 0

    def visit(self, node: ast.AST, scope: Scope) -> None:
        """Sorts a node into the lists and goes on with its children."""
        self.all((node,), scope)

    def all(self, values: Values, scope: Scope) -> None:
        """Visits the nodes of some fields; names, most of all nodes, cost no further call."""
        for value in values:
            for item in value if type(value) is list else (value,):
                kind = type(item)
                while kind is ast.Attribute:
                    self.name(item.attr)
                    item = item.value
                    kind = type(item)
                if kind is ast.Name:
                    self.name(item.id)
                    continue
                special, fields = _KINDS.get(kind, _NOTHING)
                inner = scope if special is None else special(self, item, scope)
                if inner is not None and fields is not None:
                    self.all(fields(item), inner)

    def _call(self, node: ast.Call, scope: Scope) -> Scope:
        func = node.func
        kind = type(func)
        name = func.attr if kind is ast.Attribute else func.id if kind is ast.Name else ""  # type: ignore[attr-defined]
        self.found.calls.append((node, scope, name))
        self.found.by_name.setdefault(name, []).append((node, scope))
        if self.looping:
            self.found.looped.add(name)
        return scope

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> None:
        self.found.functions.append((node, scope))
        inner = Scope("function", node.name, node, scope, params=parameters(node))
        self.found.scopes[node] = inner
        self.all((node.decorator_list, node.args, node.returns), scope)
        self.all((node.body,), inner)

    def _lambda(self, node: ast.Lambda, scope: Scope) -> None:
        self.visit(node.args, scope)
        self.visit(node.body, Scope("function", "", node, scope, params=parameters(node)))

    def _class(self, node: ast.ClassDef, scope: Scope) -> None:
        inner = Scope("class", node.name, node, scope)
        self.found.scopes[node] = inner
        self.found.classes.append((node, scope, inner))
        self.all((node.bases, node.keywords, node.decorator_list), scope)
        self.all((node.body,), inner)

    def _assign(self, node: ast.Assign, scope: Scope) -> Scope:
        for target in node.targets:
            self._bind(target, node.value, scope, node)
        return scope

    def _annotated(self, node: ast.AnnAssign, scope: Scope) -> Scope:
        if node.value is not None:
            self._bind(node.target, node.value, scope, node)
        return scope

    def _walrus(self, node: ast.NamedExpr, scope: Scope) -> Scope:
        scope.names.setdefault(node.target.id, []).append(node.value)
        return scope

    def _bind(self, target: ast.expr, value: ast.expr, scope: Scope, node: ast.stmt) -> None:
        if isinstance(target, ast.Name):
            scope.names.setdefault(target.id, []).append(value)
        elif isinstance(target, ast.Tuple):
            if isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
                for inner, part in zip(target.elts, value.elts, strict=True):
                    self._bind(inner, part, scope, node)
            return
        self.found.assigns.append((target, value, scope, node))

    def _loop(self, node: ast.For | ast.AsyncFor, scope: Scope) -> None:
        if isinstance(node.target, ast.Name):
            scope.loops[node.target.id] = node.iter
        self._looped(node, scope, (node.target, node.iter))

    def _while(self, node: ast.While, scope: Scope) -> None:
        self._looped(node, scope, (node.test,))

    def _looped(self, node: ast.For | ast.AsyncFor | ast.While, scope: Scope, before: Values) -> None:
        self.all(before, scope)
        self.looping += 1
        self.all((node.body,), scope)
        self.looping -= 1
        self.all((node.orelse,), scope)

    def _comprehension(self, node: ast.comprehension, scope: Scope) -> Scope:
        if isinstance(node.target, ast.Name):
            scope.loops.setdefault(node.target.id, node.iter)
        return scope

    def _with(self, node: ast.With | ast.AsyncWith, scope: Scope) -> Scope:
        if any(
            isinstance(item.context_expr, ast.Call) and last_name(item.context_expr.func) == "suppress"
            for item in node.items
        ):
            self.found.attempts.append((node, scope, self.looping > 0))
        return scope

    def _try(self, node: ast.Try | ast.TryStar, scope: Scope) -> None:
        self.found.attempts.append((node, scope, self.looping > 0))
        optional = any(_catches_import(handler) for handler in node.handlers)
        self.optional += optional
        self.all((node.body, node.handlers), scope)
        self.optional -= optional
        self.all((node.orelse, node.finalbody), scope)

    def _if(self, node: ast.If, scope: Scope) -> Scope | None:
        if _stops(node.body[0]) or any(_stops(statement) for statement in node.body[1:]):
            self.found.raising.append((node.test, scope))
        first = node.body[0]
        if isinstance(first, (ast.Return, ast.Assign)) and first.value is not None:
            self.found.fallbacks.append((node.test, first.value, scope))
        if _is_main(node.test):
            self.found.has_main = True
            inner = Scope("block", "", node, scope, names=scope.names, loops=scope.loops, main=True)
            self.all((node.body, node.orelse), inner)
            return None
        if _is_typing(node.test):
            self.typing += 1
            self.all((node.body,), scope)
            self.typing -= 1
            self.all((node.orelse,), scope)
            return None
        return scope

    def _return(self, node: ast.Return, scope: Scope) -> Scope:
        if node.value is not None:
            self.found.returns.append((node.value, scope))
        return scope

    def _import(self, node: ast.Import | ast.ImportFrom, scope: Scope) -> None:
        self.found.imports.append((node, self.optional > 0, self.typing > 0))


def _collected(kind: str) -> Callable[[_Walker, ast.AST, Scope], Scope]:
    """Put the node into the list of this name and go on with its children."""

    def collect(walker: _Walker, node: ast.AST, scope: Scope) -> Scope:
        getattr(walker.found, kind).append((node, scope))
        return scope

    return collect


_SPECIAL: dict[type, Callable[..., Scope | None]] = {
    ast.Call: _Walker._call,
    ast.Subscript: _collected("subscripts"),
    ast.Compare: _collected("compares"),
    ast.BoolOp: _collected("booleans"),
    ast.FunctionDef: _Walker._function,
    ast.AsyncFunctionDef: _Walker._function,
    ast.Lambda: _Walker._lambda,
    ast.ClassDef: _Walker._class,
    ast.Assign: _Walker._assign,
    ast.AnnAssign: _Walker._annotated,
    ast.NamedExpr: _Walker._walrus,
    ast.For: _Walker._loop,
    ast.AsyncFor: _Walker._loop,
    ast.While: _Walker._while,
    ast.comprehension: _Walker._comprehension,
    ast.Try: _Walker._try,
    ast.TryStar: _Walker._try,
    ast.With: _Walker._with,
    ast.AsyncWith: _Walker._with,
    ast.If: _Walker._if,
    ast.Return: _Walker._return,
    ast.Import: _Walker._import,
    ast.ImportFrom: _Walker._import,
}
_KINDS = {kind: (_SPECIAL.get(kind), fields) for kind, fields in CHILDREN.items()}
_NOTHING = (None, None)


def _catches_import(handler: ast.ExceptHandler) -> bool:
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(last_name(kind) in ("ImportError", "ModuleNotFoundError") for kind in caught)


def _is_main(test: ast.expr) -> bool:
    return (
        isinstance(test, ast.Compare)
        and isinstance(test.left, ast.Name)
        and test.left.id == "__name__"
        and len(test.comparators) == 1
        and isinstance(test.comparators[0], ast.Constant)
        and test.comparators[0].value == "__main__"
    )


def _is_typing(test: ast.expr) -> bool:
    return last_name(test) == "TYPE_CHECKING"


def _stops(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Raise):
        return True
    value = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(value, ast.Call) and last_name(value.func) in ("exit", "_exit", "abort")
