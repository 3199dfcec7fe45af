"""Whether a health handler can only ever answer success."""

from __future__ import annotations

import ast

from wizard.stack.python.tree import body_nodes, last_name

_CONDITIONS = (
    *(ast.If, ast.IfExp, ast.Try, ast.BoolOp, ast.Compare, ast.Raise, ast.For, ast.While, ast.Match, ast.AsyncFor),
    *(ast.Assert, ast.With, ast.AsyncWith, ast.Starred, ast.TryStar),
)
_BUILDING = frozenset(
    {"jsonify", "json_response", "make_response", "dict", "str", "int", "float", "round", "bytes"}
    | {"dumps", "format", "isoformat", "now", "utcnow", "time", "monotonic", "today", "strftime"}
    | {"timestamp", "encode", "text", "json", "debug", "info", "getpid", "gethostname", "total_seconds"}
    | {"join"}
)
"""Names of calls that put an answer together and ask nobody anything."""


def static_ok(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | None) -> bool:
    """Returns True when the body has no condition, no call beside response building, no error status and a constant
    `status`.
    """
    if node is None:
        return False
    for item in body_nodes(node):
        if isinstance(item, _CONDITIONS):
            return False
        if isinstance(item, ast.Call) and not _builds(item):
            return False
        if isinstance(item, ast.Constant) and type(item.value) is int and 400 <= item.value < 600:
            return False
        if isinstance(item, ast.Dict) and not _constant_status(item):
            return False
        if isinstance(item, ast.Return) and isinstance(item.value, ast.Name | ast.Attribute):
            return False
    return True


def _builds(call: ast.Call) -> bool:
    name = last_name(call.func)
    if name == "jsonify" and any(isinstance(arg, ast.Name | ast.Attribute) for arg in call.args):
        return False
    for given in call.keywords:
        if given.arg in ("status", "status_code") and not isinstance(given.value, ast.Constant | ast.Attribute):
            return False
        if given.arg is None:
            return False
    return name in _BUILDING or name[:1].isupper()


def _constant_status(node: ast.Dict) -> bool:
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            return False
        telling = isinstance(key, ast.Constant) and key.value in ("status", "healthy", "ok", "state")
        if telling and not isinstance(value, ast.Constant):
            return False
    return True
