"""Functions of a Python file, which of them do nothing yet, and comments that say the work is not done."""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterator

from wizard.stack.python.scan import Scan, Scope
from wizard.stack.python.tree import dotted, last_name
from wizard.values.facts.code import Function
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Fact, Source

_COMMENT = lazy_pattern(
    r"#[^\n]*?(TODO\s*\(\s*stack-wizard\s*\)|NOT\s+(?:YET\s+)?IMPLEMENTED|(?:TODO|FIXME)\b[^\n]*?\bimplement)",
    re.IGNORECASE,
)
UNDONE = lazy_pattern(r"\bNOT\s+(?:YET\s+)?IMPLEMENTED\b|\bTODO\s*\(\s*stack-wizard\s*\)", re.IGNORECASE)
"""What says in a text for people that the work is not done."""
_LOGGING = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "log", "print"})
_STAND_IN = lazy_pattern(r"\A_*(?:Mock|Fake|Stub|Dummy|Abstract|Base)(?![a-z])|(?:Mock|Fake|Stub|Dummy|Base|ABC)\Z")
_STANDS_IN = lazy_pattern(r"(?:^|[/_])(?:mock|fake|stub|dummy|abstract|base)s?(?:_[^/]*)?\.py\Z")
_ABSTRACT = frozenset({"abstractmethod", "abstractproperty", "overload"})


def read_todos(text: str, path: str, found: Scan, docstring: str = "") -> tuple[Fact[str], ...]:
    """Returns comments such as `TODO(stack-wizard)` and `# NOT IMPLEMENTED`, each with its line, and a module's
    docstring that says so. What stands in a string, in a mock or in what others are derived from says nothing about the
    work."""
    low = text.lower()
    if "implement" not in low and "stack-wizard" not in low:
        return ()
    result: list[Fact[str]] = []
    said = UNDONE.search(docstring) if not _STANDS_IN.search(path) else None
    if said is not None:
        at = max(text.find(said[0]), 0)
        result.append(Fact(docstring[said.start() :].split("\n")[0], Source(path, text.count("\n", 0, at) + 1)))
    comments = _comments(text) if _COMMENT.search(text) else {}
    for match in _COMMENT.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        comment = comments.get(line, "")
        if _COMMENT.match(comment) and not any(first <= line <= last for first, last in _derived_from(found)):
            result.append(Fact(comment, Source(path, line)))
    return tuple(result)


def _comments(text: str) -> dict[int, str]:
    """The comments of a text by their lines, as Python's own tokens have them."""
    import tokenize  # few files have a function of whose comments something depends

    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return {}
    return {token.start[0]: token.string.strip() for token in tokens if token.type == tokenize.COMMENT}


def _derived_from(found: Scan) -> Iterator[tuple[int, int]]:
    """The first and last lines of abstract functions, and of classes that are there to be derived from or to stand in
    for others."""
    for node, scope in found.functions:
        if _is_abstract(node, scope):
            yield node.lineno, node.end_lineno or node.lineno
    for made, _, _ in found.classes:
        if _STAND_IN.search(made.name) or any(last_name(base) in ("ABC", "Protocol") for base in made.bases):
            yield made.lineno, made.end_lineno or made.lineno


def read_functions(found: Scan, path: str, todos: tuple[Fact[str], ...]) -> tuple[Function, ...]:
    """Returns every function and method, nested ones too."""
    scopes = found.scopes
    return tuple(_function(node, scope, scopes[node].params, path, todos) for node, scope in found.functions)


def _function(
    node: ast.FunctionDef | ast.AsyncFunctionDef,
    scope: Scope,
    params: tuple[str, ...],
    path: str,
    todos: tuple[Fact[str], ...],
) -> Function:
    owner = scope.name if scope.kind == "class" else ""
    if owner and params[:1] in (("self",), ("cls",)):
        params = params[1:]
    return Function(node.name, params, Source(path, node.lineno), _placeholder(node, scope, todos), owner)


def _placeholder(node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope, todos: tuple[Fact[str], ...]) -> str:
    if _is_abstract(node, scope):
        return ""
    for todo in todos:
        if node.lineno - 1 <= todo.source.line <= (node.end_lineno or node.lineno) and _innermost(
            node, todo.source.line
        ):
            return "TODO(stack-wizard)" if "stack-wizard" in todo.value else todo.value.lstrip("# ")[:60]
    body = node.body[1:] if _is_docstring(node.body[0]) else node.body
    if not body or (isinstance(body[0], ast.Pass) and all(isinstance(item, ast.Pass) for item in body)):
        return "" if node.name.startswith("__") else "pass"
    if _is_ellipsis(body[0]) and all(map(_is_ellipsis, body)):
        return "..."
    if isinstance(body[-1], ast.Raise) and _raised(body[-1]) == "NotImplementedError":
        return "NotImplementedError"
    return "only logs" if _only_logs(body) else ""


def _is_abstract(node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> bool:
    if node.decorator_list and any(last_name(item) in _ABSTRACT for item in node.decorator_list):
        return True
    bases = scope.node.bases if isinstance(scope.node, ast.ClassDef) else []
    return bool(bases) and any(
        last_name(base.value if isinstance(base, ast.Subscript) else base) == "Protocol" for base in bases
    )


def _innermost(node: ast.AST, line: int) -> bool:
    nested = (n for n in ast.walk(node) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef) and n is not node)
    return not any(inner.lineno <= line <= (inner.end_lineno or inner.lineno) for inner in nested)


def _is_docstring(item: ast.stmt) -> bool:
    return isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant) and isinstance(item.value.value, str)


def _is_ellipsis(item: ast.stmt) -> bool:
    return isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant) and item.value.value is ...


def _raised(item: ast.Raise) -> str:
    return last_name(item.exc.func if isinstance(item.exc, ast.Call) else item.exc)


def _only_logs(body: list[ast.stmt]) -> bool:
    logged = False
    for item in body:
        if isinstance(item, ast.Expr) and isinstance(item.value, ast.Call) and _is_log(item.value):
            logged = True
        elif not (isinstance(item, ast.Pass) or (isinstance(item, ast.Return) and _is_none(item.value))):
            return False
    return logged


def _is_log(call: ast.Call) -> bool:
    if last_name(call.func) not in _LOGGING:
        return False
    owner = dotted(call.func.value).lower() if isinstance(call.func, ast.Attribute) else ""
    return not owner or "log" in owner


def _is_none(node: ast.expr | None) -> bool:
    return node is None or (isinstance(node, ast.Constant) and node.value is None)
