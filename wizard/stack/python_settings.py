"""Environment variables a Python file reads: `os.environ`, `os.getenv`, decouple, environs, helpers and settings
classes."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from wizard.stack.python_names import Names
from wizard.stack.python_scan import Scan, Scope
from wizard.stack.python_tree import keyword, last_name
from wizard.stack.python_values import EMPTY, ENV_GETTERS, Values, literal
from wizard.values.pattern import lazy_pattern
from wizard.values.pending_facts import PendingVariable, Text
from wizard.values.secret_names import is_secret
from wizard.values.source import Source

_CONVERSIONS = {"int": "int", "float": "float", "bool": "bool", "Decimal": "float"}
HIDDEN = "***"
_COMPUTED = lazy_pattern(r"(?:secrets|uuid|os)\.\w+\(.*\)\Z|[\w.]+\((?:\d+)?\)\Z")
"""`secrets.token_urlsafe(32)`: nothing that could leak."""
_CREDENTIALS = lazy_pattern(r"(://[^/\s:@]*:)[^@\s/]+@")
_READERS = (
    "decouple.config",
    "decouple.AutoConfig",
    "environs.Env",
    "environs.env",
    "environ.Env",
    "starlette.config.Config",
)


def shown(name: str, default: str | None, *, secret: bool) -> str | None:
    """A default as it may be kept: `***` for a secret's, '' for one made anew at each start, the password of a URL left
    out."""
    if default and secret and _COMPUTED.match(default):
        return ""
    if default and (secret or is_secret(name)):
        return HIDDEN
    return _CREDENTIALS.sub(rf"\1{HIDDEN}@", default) if default else default


def read_variables(found: Scan, values: Values, path: str) -> tuple[PendingVariable, ...]:
    """Every read of the environment outside settings classes, in source order."""
    reads = list(_reads(found, values))
    if not reads:
        return ()
    context = _Context(found, values, [node for node, *_ in reads])
    result = [context.variable(node, name, default, scope, kind, path) for node, name, default, scope, kind in reads]
    return tuple(sorted(result, key=lambda v: v.source.line))


Read = tuple[ast.expr, ast.expr, ast.expr | None, Scope, str]


def _reads(found: Scan, values: Values) -> Iterator[Read]:
    names = values.names
    readers = _reader_objects(found, names)
    getters = found.called("getenv", "get", "pop") if not readers else ((call, scope) for call, scope, _ in found.calls)
    for call, scope in getters:
        if not call.args or not (readers or _may_get(call.func, names)):
            continue
        full = names.full(call.func)
        default = call.args[1] if len(call.args) > 1 else keyword(call, "default")
        if full in ENV_GETTERS:
            yield call, call.args[0], default, scope, "environ" if "environ" in full else "getenv"
        elif full == "decouple.config" or (full and full.partition(".")[0] in readers):
            yield call, call.args[0], default, scope, "reader"
    for subscript, scope in found.subscripts:
        if _is_environ(subscript.value, names) and isinstance(subscript.ctx, ast.Load):
            yield subscript, subscript.slice, None, scope, "index"
    for compare, scope in found.compares:
        membership = len(compare.ops) == 1 and isinstance(compare.ops[0], ast.In | ast.NotIn)
        if membership and _is_environ(compare.comparators[0], names):
            yield compare, compare.left, None, scope, "environ"


def _is_environ(node: ast.expr, names: Names) -> bool:
    """True for `os.environ` under whatever name; asks the cheap questions first."""
    if isinstance(node, ast.Name):
        return names.aliases.get(node.id) == "os.environ"
    return isinstance(node, ast.Attribute) and node.attr == "environ" and names.full(node) == "os.environ"


def _may_get(func: ast.expr, names: Names) -> bool:
    """False for the `get` of just any dictionary."""
    return not isinstance(func, ast.Attribute) or func.attr == "getenv" or _is_environ(func.value, names)


def _reader_objects(found: Scan, names: Names) -> set[str]:
    if not names.uses("decouple", "environs", "environ", "starlette"):
        return set()
    decouple = {"config"} if names.aliases.get("config", "").startswith("decouple.") else set()
    made = decouple | {
        target.id
        for target, value, _, _ in found.assigns
        if isinstance(target, ast.Name) and isinstance(value, ast.Call) and names.full(value.func) in _READERS
    }
    return made | ({"environs.env"} if "environs.env" in names.aliases.values() else set())


class _Context:
    """What surrounds the reads: conversions, `or` defaults and checks that raise."""

    def __init__(self, found: Scan, values: Values, nodes: list[ast.expr]) -> None:
        self.values = values
        self.reads = reads = {id(node) for node in nodes}
        self.types: dict[int, str] = {}
        self.defaults: dict[int, tuple[ast.expr, Scope]] = {}
        self.targets: dict[int, str] = {}
        self.raising = {name for test, _ in found.raising for name in _names_in(test)}
        self.raising_reads = {id(node) for test, _ in found.raising for node in ast.walk(test) if id(node) in reads}
        for boolean, scope in found.booleans:
            inner = _core(boolean.values[0])
            if isinstance(boolean.op, ast.Or) and id(inner) in reads:
                self.defaults[id(inner)] = (boolean.values[-1], scope)
        for call, _ in found.called(*_CONVERSIONS):
            kind = _CONVERSIONS[last_name(call.func)]
            if call.args:
                self.types.setdefault(id(_core(call.args[0])), kind)
        lines = {line for node in nodes for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)}
        for target, value, _, _ in found.assigns:
            first, last = value.lineno, value.end_lineno or value.lineno
            if first in lines or (last > first and not lines.isdisjoint(range(first, last + 1))):
                self._target(target, value)

    def _target(self, target: ast.expr, value: ast.expr) -> None:
        if not isinstance(value, ast.Constant | ast.Name | ast.Dict | ast.List):
            for node in ast.walk(value):
                if id(node) in self.reads:
                    self.targets[id(node)] = last_name(target)

    def variable(
        self, node: ast.expr, name: ast.expr, default: ast.expr | None, scope: Scope, kind: str, path: str
    ) -> PendingVariable:
        key = id(node)
        fallback, place = self.defaults.get(key, (default, scope))
        given = self._default(fallback, place)
        converted = self.types.get(key, "str")
        function = scope.function
        return PendingVariable(
            name=self.values.text(name, scope),
            default=given,
            raises=_open(given) and (kind in ("index", "reader") or self._checked(key, converted)),
            source=Source(path, node.lineno),
            kind={"index": "environ", "reader": "helper"}.get(kind, kind),
            type=self._cast(node) or converted,
            scope=function.name if function is not None else "",
            owner=scope.owner,
            at_import=scope.at_import,
        )

    def _checked(self, key: int, converted: str) -> bool:
        return key in self.raising_reads or converted in ("int", "float") or self.targets.get(key, "") in self.raising

    def _default(self, node: ast.expr | None, scope: Scope) -> Text | None:
        if node is None or (isinstance(node, ast.Constant) and node.value is None):
            return None
        text = self.values.text(node, scope)
        return text if text != EMPTY else literal(ast.unparse(node))

    @staticmethod
    def _cast(node: ast.expr) -> str:
        if not isinstance(node, ast.Call):
            return ""
        method = last_name(node.func) if isinstance(node.func, ast.Attribute) else ""
        return _CONVERSIONS.get(method, "") or _CONVERSIONS.get(last_name(keyword(node, "cast")), "")


def _open(default: Text | None) -> bool:
    """True without a default, or with one that only the callers of a helper know."""
    return default is None or any(kind == "param" for choice in default.choices for kind, _ in choice)


def _core(node: ast.expr) -> ast.expr:
    """The read inside `(os.getenv("X") or "1").strip()`."""
    while True:
        if isinstance(node, ast.BoolOp):
            node = node.values[0]
        elif (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("strip", "lower")
        ):
            node = node.func.value
        else:
            return node


def _names_in(test: ast.expr) -> Iterator[str]:
    for node in ast.walk(test):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
