"""What the names of a Python file stand for, and which calls hand values on: the raw material of `python_resolve`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from wizard.stack.python.names import Names
from wizard.stack.python.scan import Scan, Scope
from wizard.stack.python.tree import FunctionNode, dotted, last_name
from wizard.stack.python.values import EMPTY, Values, merge
from wizard.values.facts.pending import PendingCall, Text
from wizard.values.source import Source

NEVER_HELPERS = frozenset(
    {"append", "extend", "add", "get", "pop", "items", "keys", "values", "join", "format", "split"}
    | {"strip", "encode", "debug", "info", "warning", "error", "exception", "critical", "log", "print"}
    | {"len", "isinstance", "getattr", "hasattr", "setattr", "str", "int", "float", "bool", "dict"}
    | {"list", "set", "tuple", "jsonify", "dumps", "loads", "Counter", "Gauge", "Histogram"}
    | {"getLogger", "basicConfig", "route", "fixture", "raises", "add_argument", "range", "round"}
    | {"min", "max", "sum", "sorted", "replace", "startswith", "endswith", "lower", "upper", "execute"}
    | {"patch", "labels", "inc", "observe", "setdefault", "update", "fetchone", "isoformat", "strftime"}
    | {"ValueError", "RuntimeError", "getenv", "Field", "field", "super", "open", "Path", "next"}
    | {"iter", "enumerate", "zip", "abs", "any", "all", "type"}
)
"""Names of calls that are never helpers of a service: methods of texts, dicts, logs and cursors, and built-ins."""
READS = frozenset({"listen", "get_message", "xread", "xreadgroup"})
"""Calls that mark the function with the message loop."""
_CONFIG_NAMES = ("Config", "Settings", "Options", "Environment", "Channels", "Topics")
_CARRIES = (
    ast.Constant,
    ast.Name,
    ast.Attribute,
    ast.JoinedStr,
    ast.Tuple,
    ast.List,
    ast.Call,
    ast.Starred,
    ast.IfExp,
    ast.BoolOp,
)
MAX_ARGUMENTS = 6


def read_bindings(found: Scan, values: Values) -> tuple[tuple[str, Text], ...]:
    """Returns module constants (`NAME`), class and instance attributes (`Class.name`), dict entries (`NAME.key`) and
    parameter defaults.
    """
    merged: dict[str, list[Text]] = {}
    for name, text in (*_assigned(found, values), *_constructed(found, values), *_defaults(found, values)):
        if text.choices or text.variable:
            merged.setdefault(name, []).append(text)
    return tuple((name, texts[0] if len(texts) == 1 else merge(texts)) for name, texts in merged.items())


def _assigned(found: Scan, values: Values) -> Iterator[tuple[str, Text]]:
    for target, value, scope, _ in found.assigns:
        if scope.kind == "function" and isinstance(target, ast.Name):
            continue
        name = _bound_name(target, scope)
        if not name:
            continue
        yield name, values.text(value, scope)
        if isinstance(value, ast.Dict):
            yield f"{name}.*", merge([values.text(item, scope) for item in value.values])
            for key, item in zip(value.keys, value.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str | int):
                    yield f"{name}.{key.value}", values.text(item, scope)
        elif isinstance(value, ast.Tuple | ast.List) and scope.kind == "module":
            for position, item in enumerate(value.elts[:8]):
                yield f"{name}.{position}", values.text(item, scope)


def _bound_name(target: ast.expr, scope: Scope) -> str:
    if isinstance(target, ast.Name):
        if scope.kind == "class":
            return f"{scope.name}.{target.id}"
        return target.id if scope.kind in ("module", "block") else ""
    if isinstance(target, ast.Attribute) and dotted(target.value) in ("self", "cls") and scope.owner:
        return f"{scope.owner}.{target.attr}"
    return ""


def _constructed(found: Scan, values: Values) -> Iterator[tuple[str, Text]]:
    """`Config(port=int(os.getenv(…)))` and `cls(port=…)`: keywords of configuration objects bind their attributes."""
    for call, scope, name in found.calls:
        if not call.keywords or not (name == "cls" or name.endswith(_CONFIG_NAMES)):
            continue
        owner = scope.owner if name == "cls" else name
        for given in call.keywords:
            if given.arg and not isinstance(given.value, ast.Name):
                text = values.text(given.value, scope)
                if text != EMPTY:
                    yield f"{owner}.{given.arg}", text


def _defaults(found: Scan, values: Values) -> Iterator[tuple[str, Text]]:
    for node, scope in found.functions:
        if not node.args.defaults and not node.args.kw_defaults:
            continue
        owner = scope.name if scope.kind == "class" else ""
        for name, default in _with_defaults(node):
            if isinstance(default, ast.Constant | ast.Name | ast.Attribute | ast.Tuple):
                yield f"{owner if node.name == '__init__' else node.name}({name})", values.text(default, scope)


def _with_defaults(node: FunctionNode) -> Iterator[tuple[str, ast.expr]]:
    spec = node.args
    if spec.defaults:
        positional = [*spec.posonlyargs, *spec.args]
        for arg, default in zip(reversed(positional), reversed(spec.defaults), strict=False):
            yield arg.arg, default
    for arg, given in zip(spec.kwonlyargs, spec.kw_defaults, strict=True) if spec.kw_defaults else ():
        if given is not None:
            yield arg.arg, given


def read_calls(found: Scan, values: Values, path: str) -> tuple[PendingCall, ...]:
    """Calls that hand a string, name or environment value to something that may be a helper of the service."""
    converted = {
        id(call.args[0]): last_name(call.func) for call, _ in found.called("int", "float", "bool") if call.args
    }
    elsewhere = values.names.outside
    result: list[PendingCall] = []
    for call, scope, name in found.calls:
        if not name or name in NEVER_HELPERS or not (call.args or call.keywords) or _root(call.func) in elsewhere:
            continue
        made = _pending(call, name, scope, values, path, converted.get(id(call), ""))
        if made is not None:
            result.append(made)
    return tuple(result)


def _root(func: ast.expr) -> str:
    """The first component of an attribute chain; '' for a plain name."""
    if not isinstance(func, ast.Attribute):
        return ""
    while isinstance(func, ast.Attribute):
        func = func.value
    return func.id if isinstance(func, ast.Name) else ""


def _pending(call: ast.Call, name: str, scope: Scope, values: Values, path: str, type_: str) -> PendingCall | None:
    args = tuple(values.text(item, scope) if isinstance(item, _CARRIES) else None for item in call.args[:MAX_ARGUMENTS])
    keywords = tuple(
        (k.arg, values.text(k.value, scope))
        for k in call.keywords[:MAX_ARGUMENTS]
        if k.arg and isinstance(k.value, _CARRIES)
    )
    if not any(text for text in args if text not in (None, EMPTY)) and all(text == EMPTY for _, text in keywords):
        return None
    function = scope.function
    owner = scope.owner if name == "cls" else name
    within = function.name if function is not None else ""
    return PendingCall(owner, args, keywords, Source(path, call.lineno), within, type_, scope.at_import)


def call_graph(found: Scan) -> dict[str, set[str]]:
    """Returns function -> last names of everything it calls."""
    graph: dict[str, set[str]] = {}
    for _, scope, name in found.calls:
        function = scope.function
        if function is not None:
            graph.setdefault(function.name, set()).add(name)
    return graph


def import_time(found: Scan, names: Names) -> tuple[frozenset[str], tuple[tuple[str, frozenset[str]], ...]]:
    """Returns (functions and classes called while the module is imported, plain calls of each function)."""
    at_import: set[str] = set()
    plain: dict[str, set[str]] = {}
    for call, scope, name in found.calls:
        called = _plain(call.func, name, names)
        if not called:
            continue
        if scope.at_import:
            at_import.update(called)
            continue
        function = scope.function
        if function is not None:
            plain.setdefault(function.name, set()).update(called)
            if scope.owner and function.name in ("__init__", "__post_init__"):
                plain.setdefault(scope.owner, set()).update(called)
    return frozenset(at_import), tuple((name, frozenset(called)) for name, called in plain.items() if called)


def _plain(func: ast.expr, name: str, names: Names) -> set[str]:
    """Names of a call that cannot be a method of just any object: `load()`, `Config.from_env()`, `config.load()`."""
    if isinstance(func, ast.Name):
        return {name}
    if name in READS:
        return {name}
    base = dotted(func.value) if isinstance(func, ast.Attribute) else ""
    if base and (base in ("self", "cls") or base[:1].isupper() or base in names.aliases):
        return {name, base} if base[:1].isupper() else {name}
    return set()
