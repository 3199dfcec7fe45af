"""Finds the calls that make a client or a pool of redis-py, whatever the file calls the class."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from wizard.syntax.python import parse_python

MODULES = frozenset({"redis", "redis.asyncio"})
CLIENTS = frozenset({"Redis", "StrictRedis", "from_url"})
POOLS = frozenset({"ConnectionPool", "BlockingConnectionPool"})
_MADE = CLIENTS | POOLS
_INNER = (".client", ".connection")
_Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def constructors(text: str) -> list[tuple[ast.Call, str]]:
    """Returns the calls that make a redis-py client or pool, each with its module: `redis` or `redis.asyncio`."""
    tree = parse_python(text)
    if tree is None:
        return []
    names = imported(tree)
    found = []
    for node, hidden in _calls(tree, frozenset(_given_away(tree, names))):
        full = full_name(node.func, names)
        module, _, last = full.rpartition(".")
        if last == "from_url" and module.rpartition(".")[2] in _MADE:
            module = module.rpartition(".")[0]
        for inner in _INNER:
            module = module.removesuffix(inner)
        if last in _MADE and module in MODULES and root_of(node.func) not in hidden:
            found.append((node, module))
    return found


def is_pool(call: ast.Call) -> bool:
    """Tells whether a constructor makes a pool of connections, and no client."""
    return any(name in POOLS for name in _words(call.func))


def imported(tree: ast.Module) -> dict[str, str]:
    """Returns each name that an import of the file binds, with what it stands for; '' for two different things."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            pairs = [
                (a.asname or a.name.partition(".")[0], a.name if a.asname else a.name.partition(".")[0])
                for a in node.names
            ]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            pairs = [(alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names]
        else:
            continue
        for bound, full in pairs:
            names[bound] = full if names.get(bound, full) == full else ""
    return names


def full_name(func: ast.expr, names: dict[str, str]) -> str:
    """Returns what a dotted name stands for, '' where no import says it."""
    words = _words(func)
    if not words or not names.get(words[0]):
        return ""
    return ".".join([names[words[0]], *words[1:]])


def root_of(func: ast.expr) -> str:
    """Returns the first word of a dotted name, '' for another expression."""
    return next(iter(_words(func)), "")


def _words(func: ast.expr) -> list[str]:
    parts: list[str] = []
    while isinstance(func, ast.Attribute):
        parts.append(func.attr)
        func = func.value
    return [func.id, *reversed(parts)] if isinstance(func, ast.Name) else []


def _calls(node: ast.AST, hidden: frozenset[str]) -> Iterator[tuple[ast.Call, frozenset[str]]]:
    """Yields the calls below a node in the order of the file, each with the names that stand for something local."""
    for child in ast.iter_child_nodes(node):
        inner = hidden | _local(child) if isinstance(child, _Scope) else hidden
        if isinstance(child, ast.Call):
            yield child, hidden
        yield from _calls(child, inner)


def _local(function: _Scope) -> frozenset[str]:
    """The names that a function binds itself other than by an import: its parameters and what it assigns."""
    inside = list(_inside(function))
    elsewhere = {name for n in inside if isinstance(n, ast.Global | ast.Nonlocal) for name in n.names}
    bound = {arg.arg for arg in ast.walk(function.args) if isinstance(arg, ast.arg)}
    bound |= {n.id for n in inside if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    bound |= {n.name for n in inside if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}
    return frozenset(bound - elsewhere)


def _inside(node: ast.AST) -> Iterator[ast.AST]:
    """Yields what is below a function, without what is below another one in it."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, _Scope | ast.ClassDef):
            yield from _inside(child)


def _given_away(tree: ast.Module, names: dict[str, str]) -> Iterator[str]:
    """Yields the imported names that the module gives to something else, other than to none and to a client: what
    `redis = None` stands for where the import failed has no constructors."""
    for node in _inside(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name in names:
            yield node.name
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id in names and not _harmless(node.value, target.id):
                    yield target.id


def _harmless(value: ast.expr, name: str) -> bool:
    if isinstance(value, ast.Constant):
        return value.value is None
    return isinstance(value, ast.Call) and root_of(value.func) == name


def given_to(text: str, call: ast.Call) -> frozenset[str | None]:
    """Returns the names of what a constructor is given by keyword, those of an unpacked dictionary that the function
    writes out itself, too; None among them: it may be given anything."""
    found: set[str | None] = {None for arg in call.args if isinstance(arg, ast.Starred)}
    for keyword in call.keywords:
        if keyword.arg is not None:
            found.add(keyword.arg)
        else:
            found |= _keys(_scope_of(text, call), keyword.value)
    return frozenset(found)


def _scope_of(text: str, call: ast.Call) -> ast.AST:
    """The innermost function around a call, else the module."""
    tree = parse_python(text) or ast.Module([], [])
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.lineno <= call.lineno <= (node.end_lineno or 0)
    ]
    return max(around, key=lambda node: node.lineno, default=tree)


def _keys(scope: ast.AST, value: ast.expr) -> set[str | None]:
    """The keys of a dictionary that is written out, or of a name that stands for one and is only added to by key."""
    if isinstance(value, ast.Dict):
        return {key.value if isinstance(key, ast.Constant) else None for key in value.keys}  # type: ignore[misc]
    if not isinstance(value, ast.Name):
        return {None}
    uses = [node for node in ast.walk(scope) if isinstance(node, ast.Name) and node.id == value.id]
    found: set[str | None] = set()
    told = 0
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if target in uses and isinstance(node.value, ast.Dict):
                    found |= _keys(scope, node.value)
                    told += 1
                elif isinstance(target, ast.Subscript) and target.value in uses:
                    found.add(target.slice.value if isinstance(target.slice, ast.Constant) else None)  # type: ignore[arg-type]
                    told += 1
        elif isinstance(node, ast.Call):
            told += sum(keyword.arg is None and keyword.value in uses for keyword in node.keywords)
    return found if told == len(uses) and any(not isinstance(use.ctx, ast.Load) for use in uses) else {None}
